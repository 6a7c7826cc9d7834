"""Speak with EnergySale: offers, orders, receipts, refunds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode

from node.core.commands import OpenOrder, PostOffer
from node.core.records import ClosedOrder, Offer, Order, Receipt
from node.core.units import format_tokens, format_wh
from node.keys.keccak import checksum_address
from node.ledger.contracts.artifacts import Artifact, artifact, topic_of
from node.ledger.contracts.ask import Ask
from node.ledger.contracts.known import Known
from node.system.words import local_time

_CLOSE = "close(address,uint32)"
_GRACE = "GRACE()"
_LAST_NUMBER = "lastNumber(address)"
_OFFERS = "offers(address)"
_OPEN = "open((address,uint32,uint64,uint64,uint32))"
_ORDERS_OF = "ordersOf(address,address)"
_POST_OFFER = "postOffer(uint64,uint64,uint64,uint32,uint32)"
_REDEEM = "redeem(address,address,uint32,uint64,bytes)"
_REDEEM_AND_CLOSE = "redeemAndClose(address,uint32,uint64,bytes)"
_REFUND = "refund(address,address,uint32)"
_TOKEN = "TOKEN()"
_ORDER_CLOSED = "OrderClosed(address,address,uint32,uint64,uint256)"
_ORDER_OPENED = "OrderOpened(address,address,uint32,uint64,uint64,uint32)"
_ORDER_REDEEMED = "OrderRedeemed(address,address,uint32,uint64,uint256)"
_PURCHASE = "(address,uint32,uint64,uint64,uint32)"


def _price(price: int) -> str:
    return f"{format_tokens(price)} per kWh"


_SENTENCES: Mapping[str, Callable[..., str]] = {
    "SaleTokenWithoutCode": lambda token: f"no contract is at the token's address {token}",
    "SaleGraceOutOfRange": lambda grace, least, most: (
        f"a grace of {grace} s is not from {least} to {most} s"
    ),
    "SaleZeroPrice": lambda: "an offer needs a price",
    "SaleZeroLeast": lambda: "an offer's least order is at least 1 mWh",
    "SaleDurationOutOfRange": lambda duration, least, most: (
        f"an order's duration of {duration} s is not from {least} to {most} s"
    ),
    "SaleNotToken": lambda caller: f"{caller} is not the token of this sale",
    "SalePurchaseMalformed": lambda length: f"the purchase has {length} bytes, not 160",
    "SaleNumberStep": lambda number, last: (
        f"order {number} does not follow order {last}, the account's newest, by one or two"
    ),
    "SaleNotByBuyer": lambda operator, buyer: (
        f"{operator} cannot buy for {buyer}: a purchase by a transfer is the buyer's own call"
    ),
    "SaleDurationAboveLimit": lambda offered, limit: (
        f"the seller's orders run for {offered} s, longer than the limit of {limit} s"
    ),
    "SaleOwnOffer": lambda seller: f"{seller} cannot buy from itself",
    "SaleOfferExpired": lambda seller, until: (
        f"{seller} has no offer"
        if until == 0
        else f"the offer of {seller} ended at {local_time(until)}"
    ),
    "SalePriceAboveLimit": lambda asked, limit: (
        f"the seller asks {_price(asked)}, above the limit of {_price(limit)}"
    ),
    "SaleEnergyBelowLeast": lambda energy, least: (
        f"{format_wh(energy)} is below the seller's least order of {format_wh(least)}"
    ),
    "SaleEnergyAboveAvailable": lambda energy, available: (
        f"{format_wh(energy)} is more than the {format_wh(available)} that the offer has left"
    ),
    "SaleOrderOpen": lambda number: f"order {number} is still open in the same place",
    "SaleChargeAboveValue": lambda charge, value: (
        f"the order costs {format_tokens(charge)}, more than the {format_tokens(value)} allowed"
    ),
    "SaleChargeNotValue": lambda charge, value: (
        f"the order costs {format_tokens(charge)}, not the {format_tokens(value)} sent"
    ),
    "SaleChargeNotReceived": lambda charge: (
        f"the token did not move exactly {format_tokens(charge)}: it is no money for this sale"
    ),
    "SaleOrderNotOpen": lambda buyer, seller, number: (
        f"order {number} of {buyer} with {seller} is not open"
    ),
    "SaleDrawnNotRising": lambda drawn, redeemed: (
        f"the receipt says {format_wh(drawn)}, and {format_wh(redeemed)} is redeemed already"
    ),
    "SaleDrawnAboveEnergy": lambda drawn, energy: (
        f"the receipt says {format_wh(drawn)}, more than the {format_wh(energy)} bought"
    ),
    "SaleReceiptNotSigned": lambda buyer: f"the receipt is not signed by {buyer}",
    "SaleGraceRunning": lambda at: f"a refund is possible from {local_time(at)} on",
}
SALE = Known(
    name="EnergySale",
    key="sale",
    takes=("token", "grace_s"),
    repeated=("grace_s",),
    ties={"token": _TOKEN},
    told=("grace of {} s", (_GRACE,)),
    since="SaleNumberStep",
    sentences=_SENTENCES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """Hold an `OrderRedeemed` event: all that was drawn so far, and what was paid for the rise."""

    buyer: str
    seller: str
    number: int
    drawn_milliwh: int
    amount: int


def _members(order: OpenOrder) -> tuple[object, ...]:
    return (
        order.seller,
        order.number,
        order.energy_milliwh,
        order.max_price_per_kwh,
        order.max_duration_s,
    )


class SaleContract:
    """Build calls and questions to the sale; energy in milliwatt-hours, chain times."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._artifact: Artifact = artifact(SALE.name)
        self.order_closed_topic = topic_of(self._artifact.events[_ORDER_CLOSED])
        self.order_opened_topic = topic_of(self._artifact.events[_ORDER_OPENED])
        self.redeemed_topic = topic_of(self._artifact.events[_ORDER_REDEEMED])

    def purchase(self, order: OpenOrder) -> bytes:
        """Encode what the token hands to the sale with the buyer's approval."""
        return encode([_PURCHASE], [_members(order)])

    def open(self, order: OpenOrder) -> str:
        """Buy, as the caller, with what the sale may take of its tokens."""
        return self._artifact.call_data(_OPEN, _members(order))

    def post_offer(self, offer: PostOffer) -> str:
        """Replace the caller's offer."""
        return self._artifact.call_data(
            _POST_OFFER,
            offer.price_per_kwh,
            offer.available_milliwh,
            offer.least_milliwh,
            offer.until_s,
            offer.duration_s,
        )

    def redeem(self, receipt: Receipt) -> str:
        """Pay the seller up to a receipt."""
        return self._artifact.call_data(
            _REDEEM,
            receipt.buyer,
            receipt.seller,
            receipt.number,
            receipt.drawn_milliwh,
            receipt.signature,
        )

    def redeem_and_close(self, receipt: Receipt) -> str:
        """Pay the caller, the seller, up to a receipt, and return the rest to the buyer."""
        return self._artifact.call_data(
            _REDEEM_AND_CLOSE,
            receipt.buyer,
            receipt.number,
            receipt.drawn_milliwh,
            receipt.signature,
        )

    def close(self, buyer: str, number: int) -> str:
        """Renounce, as the seller, what is not redeemed."""
        return self._artifact.call_data(_CLOSE, buyer, number)

    def refund(self, buyer: str, seller: str, number: int) -> str:
        """Return the rest of an order whose grace has passed to its buyer."""
        return self._artifact.call_data(_REFUND, buyer, seller, number)

    def offer_of(self, seller: str) -> Ask[Offer | None]:
        """Ask for a seller's offer; None if it never made one."""

        def offer(
            price: int, available: int, least: int, until_s: int, duration_s: int
        ) -> Offer | None:
            if price == 0:
                return None
            return Offer(
                seller=checksum_address(seller),
                price_per_kwh=price,
                available_milliwh=available,
                least_milliwh=least,
                until_s=until_s,
                duration_s=duration_s,
            )

        return self._artifact.ask(self.address, offer, _OFFERS, seller)

    def orders_of(self, buyer: str, seller: str) -> Ask[tuple[Order, ...]]:
        """Ask for the open orders of a pair, the lower number first; it has two places."""

        def orders(*places: tuple[int, int, int, int, int]) -> tuple[Order, ...]:
            found = [
                Order(
                    buyer=checksum_address(buyer),
                    seller=checksum_address(seller),
                    number=number,
                    energy_milliwh=energy,
                    drawn_milliwh=drawn,
                    price_per_kwh=price,
                    expires_s=expires_s,
                )
                for energy, drawn, price, number, expires_s in places
                if energy > 0
            ]
            return tuple(sorted(found, key=lambda order: order.number))

        return self._artifact.ask(self.address, orders, _ORDERS_OF, buyer, seller)

    def last_number(self, buyer: str) -> Ask[int]:
        """Ask for a buyer's newest order number."""
        return self._artifact.ask(self.address, int, _LAST_NUMBER, buyer)

    def grace(self) -> Ask[int]:
        """Ask for the seconds from an order's end to its refund."""
        return self._artifact.ask(self.address, int, _GRACE)

    def token(self) -> Ask[str]:
        """Ask for the token's address."""
        return self._artifact.ask(self.address, checksum_address, _TOKEN)

    def closed(self, log: Mapping[str, Any], block: int) -> ClosedOrder:
        """Read an `OrderClosed` event of a block.

        Raises:
            LookupError, ValueError, DecodingError: it is none.
        """
        buyer, seller, number, drawn, _returned = self._artifact.event(_ORDER_CLOSED, log, 2)
        return ClosedOrder(
            buyer=checksum_address(buyer),
            seller=checksum_address(seller),
            number=number,
            drawn_milliwh=drawn,
            block=block,
        )

    def opened(self, log: Mapping[str, Any]) -> tuple[str, str, int]:
        """Read of an `OrderOpened` event which order it is: its buyer, seller and number.

        Raises:
            LookupError, ValueError, DecodingError: it is none.
        """
        buyer, seller, number, *_ = self._artifact.event(_ORDER_OPENED, log, 2)
        return checksum_address(buyer), checksum_address(seller), number

    def redeemed(self, log: Mapping[str, Any]) -> Redeemed:
        """Read an `OrderRedeemed` event.

        Raises:
            LookupError, ValueError, DecodingError: it is none.
        """
        buyer, seller, number, drawn, amount = self._artifact.event(_ORDER_REDEEMED, log, 2)
        return Redeemed(
            buyer=checksum_address(buyer),
            seller=checksum_address(seller),
            number=number,
            drawn_milliwh=drawn,
            amount=amount,
        )
