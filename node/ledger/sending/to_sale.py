"""What is sent to the sale: the table of its intents."""

from collections.abc import Callable, Mapping
from typing import Any

from node.core.commands import (
    LONGEST_ORDER_S,
    CloseOrder,
    Intent,
    OpenOrder,
    PostOffer,
    Redeem,
    RefundOrder,
)
from node.core.records import Receipt
from node.ledger.contracts.community import Contracts
from node.ledger.sending.row import Priority, Row, Sent


def _at_sale(
    data: Callable[[Contracts, Sent], str],
) -> Callable[[Contracts, Sent], tuple[str, str]]:
    return lambda to, one: (to.sale.address, data(to, one))


def _open_order(to: Contracts, one: OpenOrder) -> tuple[str, str]:
    if to.pays_by_allowance:
        return to.sale.address, to.sale.open(one)
    purchase = to.sale.purchase(one)
    return to.token.address, to.token.approve_and_call(to.sale.address, one.max_cost, purchase)


def _read_order(members: dict[str, Any]) -> OpenOrder:
    # One that was kept before purchases named their longest duration.
    return OpenOrder(**{"max_duration_s": LONGEST_ORDER_S} | members)


def _redeem(to: Contracts, one: Redeem) -> str:
    return to.sale.redeem_and_close(one.receipt) if one.close else to.sale.redeem(one.receipt)


def _name_of_redeem(one: Redeem) -> str:
    receipt = one.receipt
    drawn = f"{receipt.drawn_milliwh}{' close' if one.close else ''}"
    return f"{receipt.buyer} {receipt.seller} {receipt.number} {drawn}"


def _write_redeem(one: Redeem) -> dict[str, Any]:
    plain = {name: getattr(one.receipt, name) for name in one.receipt.__slots__}
    return {"close": one.close, "receipt": plain | {"signature": one.receipt.signature.hex()}}


def _read_redeem(members: dict[str, Any]) -> Redeem:
    plain = members["receipt"]
    signature = bytes.fromhex(plain.pop("signature"))
    return Redeem(receipt=Receipt(signature=signature, **plain), close=members["close"])


TO_SALE: Mapping[type[Intent], Row[Any]] = {
    OpenOrder: Row[OpenOrder](
        call=_open_order,
        gas=lambda _: 200_000,
        priority=Priority.LIGHT,
        name=lambda one: f"{one.number}",
        is_once=True,
        perishable=True,
        read=_read_order,
    ),
    PostOffer: Row[PostOffer](
        call=_at_sale(lambda to, one: to.sale.post_offer(one)),
        gas=lambda _: 80_000,
        priority=Priority.TRADE,
        name=None,
        is_once=False,
        perishable=True,
        place=lambda _: (),
    ),
    Redeem: Row[Redeem](
        call=_at_sale(_redeem),
        gas=lambda _: 110_000,
        priority=Priority.PROTECT,
        name=_name_of_redeem,
        is_once=True,
        write=_write_redeem,
        read=_read_redeem,
    ),
    CloseOrder: Row[CloseOrder](
        call=_at_sale(lambda to, one: to.sale.close(one.buyer, one.number)),
        gas=lambda _: 90_000,
        priority=Priority.PROTECT,
        name=lambda one: f"{one.buyer} {one.number}",
        is_once=True,
    ),
    RefundOrder: Row[RefundOrder](
        call=_at_sale(lambda to, one: to.sale.refund(one.buyer, one.seller, one.number)),
        gas=lambda _: 90_000,
        priority=Priority.PROTECT,
        name=lambda one: f"{one.buyer} {one.seller} {one.number}",
        is_once=True,
    ),
}
