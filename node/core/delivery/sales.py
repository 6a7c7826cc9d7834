"""Decide when a seller is paid: complete orders at once, the others at their end, each once."""

from dataclasses import dataclass

from node.core.commands import CloseOrder, Intent, Redeem
from node.core.records import Order, Receipt

Settlement = Redeem | CloseOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """Pair an open order of this seller with the newest verified receipt for it."""

    order: Order
    receipt: Receipt | None

    @property
    def key(self) -> tuple[str, int]:
        """Name the sale by its buyer and number."""
        return self.order.buyer, self.order.number

    @property
    def signed_milliwh(self) -> int:
        """Give what the buyer has signed for, or what the chain has already paid."""
        signed = self.receipt.drawn_milliwh if self.receipt is not None else 0
        return max(signed, self.order.drawn_milliwh)


def pair(orders: tuple[Order, ...], receipts: tuple[Receipt, ...], seller: str) -> tuple[Sale, ...]:
    """Pair a seller's open orders with their receipts.

    A receipt for more than was bought is no receipt: the contract would refuse it.
    """
    newest = {(r.buyer, r.number): r for r in receipts if r.seller == seller}
    sales = []
    for order in orders:
        receipt = newest.get((order.buyer, order.number))
        if receipt is not None and receipt.drawn_milliwh > order.energy_milliwh:
            receipt = None
        if order.seller == seller:
            sales.append(Sale(order=order, receipt=receipt))
    return tuple(sales)


def settled_by(intent: Intent) -> tuple[str, int] | None:
    """Name the sale that a transaction settles; None where it settles none."""
    match intent:
        case Redeem(receipt=receipt):
            return receipt.buyer, receipt.number
        case CloseOrder(buyer=buyer, number=number):
            return buyer, number
        case _:
            return None


def redeemed_by(intent: Intent) -> Receipt | None:
    """Give the receipt by which a transaction pays the seller; None where it does not."""
    return intent.receipt if isinstance(intent, Redeem) else None


def is_whole(intent: Intent) -> bool:
    """Tell whether a transaction pays for an order that was drawn to its end."""
    return isinstance(intent, Redeem) and not intent.close


def settle(sale: Sale, chain_now_s: float, ends_now: bool) -> Settlement | None:
    """Give the transaction that this sale is due, if any.

    A complete order closes by its redemption. One that has expired, or that `ends_now` because the
    seller has withdrawn, is redeemed with its newest receipt and the rest returned in one go; where
    nothing more was signed for, the seller renounces the rest.
    """
    order, receipt = sale.order, sale.receipt
    fresh = receipt is not None and receipt.drawn_milliwh > order.drawn_milliwh
    if receipt is not None and fresh and receipt.drawn_milliwh == order.energy_milliwh:
        return Redeem(receipt=receipt, close=False)
    if chain_now_s < order.expires_s and not ends_now:
        return None
    if receipt is not None and fresh:
        return Redeem(receipt=receipt, close=True)
    return CloseOrder(buyer=order.buyer, number=order.number)
