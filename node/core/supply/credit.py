"""Keep count of energy credit: what was bought, and how much of it has been drawn.

One `Draw` stands for one open order of this buyer. Per seller there are at most two, one being
drawn and one successor, and the lower number is drawn to its end first.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from node.core.commands import SignReceipt
from node.core.records import ChainView, Order, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Hold one order being drawn, or waiting to be.

    `expires_s` is chain time; `block` is the one that confirmed it. `receipted_milliwh` is the
    newest receipt's drawn energy, signed at `receipted_at_s` (monotonic).
    """

    seller: str
    number: int
    energy_milliwh: int
    price_per_kwh: int
    expires_s: int
    block: int
    drawn_milliwh: int
    receipted_milliwh: int
    receipted_at_s: float

    @property
    def remaining_milliwh(self) -> int:
        """Give the credit that is left."""
        return self.energy_milliwh - self.drawn_milliwh


Draws = tuple[Draw, ...]


def absorb_view(
    draws: Draws, view: ChainView, buyer: str, now_s: float, pending: Collection[int]
) -> Draws:
    """Make the draws agree with the orders that are open at the view's block.

    A `pending` order is left out though a block shows it: it is not deep enough yet.
    """
    orders = {
        (order.seller, order.number): order
        for order in view.orders
        if order.buyer == buyer and order.number not in pending
    }
    kept = []
    for draw in draws:
        order = orders.pop((draw.seller, draw.number), None)
        if order is not None:
            kept.append(_agreeing(draw, order))
        elif draw.block > view.block.number:
            kept.append(draw)
    kept += [_adopted(order, view.block.number, now_s) for order in orders.values()]
    return tuple(sorted(kept, key=lambda draw: draw.number))


def absorb_energy(
    draws: Draws, seller: str, energy_milliwh: int, chain_now_s: float
) -> tuple[Draws, int]:
    """Charge metered energy to a seller's draws, lowest number first; give what none covers.

    An expired draw comes last: its seller may have settled it already.
    """
    result = []
    for draw in sorted(draws, key=lambda d: (d.expires_s <= chain_now_s, d.number)):
        if draw.seller == seller and energy_milliwh > 0:
            part = min(energy_milliwh, draw.remaining_milliwh)
            energy_milliwh -= part
            draw = replace(draw, drawn_milliwh=draw.drawn_milliwh + part)
        result.append(draw)
    return tuple(sorted(result, key=lambda draw: draw.number)), energy_milliwh


def absorb_receipt(draws: Draws, receipt: Receipt) -> Draws:
    """Raise a draw to what an own receipt, kept elsewhere over a restart, says was drawn."""
    return tuple(
        _raised(draw, min(receipt.drawn_milliwh, draw.energy_milliwh))
        if (draw.seller, draw.number) == (receipt.seller, receipt.number)
        else draw
        for draw in draws
    )


def sign_due(
    draws: Draws, now_s: float, period_s: float, at_once: bool
) -> tuple[Draws, tuple[SignReceipt, ...]]:
    """Sign receipts for what was drawn since the last; `at_once` does not wait for the period."""
    result, commands = [], []
    for draw in draws:
        due = at_once or now_s - draw.receipted_at_s >= period_s or not draw.remaining_milliwh
        if draw.drawn_milliwh > draw.receipted_milliwh and due:
            commands.append(
                SignReceipt(
                    seller=draw.seller, number=draw.number, drawn_milliwh=draw.drawn_milliwh
                )
            )
            draw = replace(draw, receipted_milliwh=draw.drawn_milliwh, receipted_at_s=now_s)
        result.append(draw)
    return tuple(result), tuple(commands)


def usable(draws: Draws, seller: str, chain_now_s: float) -> Draws:
    """Give a seller's draws with credit left that have not expired."""
    return tuple(
        draw
        for draw in draws
        if draw.seller == seller and draw.remaining_milliwh > 0 and draw.expires_s > chain_now_s
    )


def left_milliwh(draws: Draws) -> int:
    """Add up the credit that is left."""
    return sum(draw.remaining_milliwh for draw in draws)


def _raised(draw: Draw, signed_milliwh: int) -> Draw:
    return replace(
        draw,
        drawn_milliwh=max(draw.drawn_milliwh, signed_milliwh),
        receipted_milliwh=max(draw.receipted_milliwh, signed_milliwh),
    )


def _agreeing(draw: Draw, order: Order) -> Draw:
    agreeing = replace(
        draw,
        energy_milliwh=order.energy_milliwh,
        price_per_kwh=order.price_per_kwh,
        expires_s=order.expires_s,
    )
    return _raised(agreeing, order.drawn_milliwh)


def _adopted(order: Order, block: int, now_s: float) -> Draw:
    return Draw(
        seller=order.seller,
        number=order.number,
        energy_milliwh=order.energy_milliwh,
        price_per_kwh=order.price_per_kwh,
        expires_s=order.expires_s,
        block=block,
        drawn_milliwh=order.drawn_milliwh,
        receipted_milliwh=order.drawn_milliwh,
        receipted_at_s=now_s,
    )
