"""The one table of what a node may send: how each intent is called, ordered and known again.

To add one: its record in `core.commands`, and its row here.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Generic, TypeVar

from node.core.auction.tariff import Tariff
from node.core.commands import (
    AnnounceWithdrawal,
    ClearInterval,
    CloseOrder,
    CollectOwed,
    DepositTokens,
    ExecuteWithdrawal,
    FundGrid,
    Intent,
    NoteSilence,
    OpenOrder,
    PlaceOrder,
    PostOffer,
    PostTariff,
    Redeem,
    RefundOrder,
    ReportReadings,
    SendGas,
    SettleOrders,
    WithdrawBalance,
)
from node.keys.keccak import checksum_address
from node.ledger.contracts.auction import AuctionContract, Placement
from node.ledger.contracts.community import Contracts
from node.ledger.sending.intent_texts import to_json

PLAIN_TRANSFER_GAS = 21_000
MOST_GAS = 16_777_216
"""No transaction above this can be sent on chains that have EIP-7825."""

_AUCTION_MONEY_GAS = 120_000

Sent = TypeVar("Sent")


class Priority(IntEnum):
    """Say what goes first: money that protects, then light, then trade, then the rest."""

    PROTECT = 0
    LIGHT = 1
    TRADE = 2
    REST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractCall:
    """Hold one call, with a gas limit that the chain's estimate may raise."""

    to: str
    data: str
    gas: int
    value_wei: int


@dataclass(frozen=True, kw_only=True)
class Row(Generic[Sent]):
    """Hold what is known of one kind of intent.

    `call` gives the contract's address and the data. `gas` is a bound, no estimate: what the
    contracts were measured to use at their dearest, and half again. `name` names the promise: of
    two intents of one name only one may ever be carried out; None where the newest counts, or where
    it is the account's own money or the chain takes it but once, so that a kept promise may be
    repeated. `is_once` says that the chain itself takes it but once, so that signing it under a
    second nonce, while the first may stand, cannot carry it out twice. What is `perishable` would
    surprise if it were sent late. A newer one takes the place of one that waits where their
    `place` is the same.
    """

    call: Callable[[Contracts, Sent], tuple[str, str]]
    gas: Callable[[Sent], int]
    priority: Priority
    name: Callable[[Sent], str] | None
    is_once: bool
    perishable: bool = False
    place: Callable[[Sent], Hashable] | None = None
    value_wei: Callable[[Sent], int] = lambda _: 0


def _auction(contracts: Contracts) -> AuctionContract:
    if contracts.auction is None:
        raise ValueError("this street has no auction (contract.auction)")
    return contracts.auction


def _at_sale(
    data: Callable[[Contracts, Sent], str],
) -> Callable[[Contracts, Sent], tuple[str, str]]:
    return lambda to, one: (to.sale.address, data(to, one))


def _at_auction(
    data: Callable[[AuctionContract, Sent], str],
) -> Callable[[Contracts, Sent], tuple[str, str]]:
    return lambda to, one: (_auction(to).address, data(_auction(to), one))


def _redeem(to: Contracts, one: Redeem) -> str:
    return to.sale.redeem_and_close(one.receipt) if one.close else to.sale.redeem(one.receipt)


def _open_order(to: Contracts, one: OpenOrder) -> tuple[str, str]:
    purchase = to.sale.purchase(one)
    return to.token.address, to.token.approve_and_call(to.sale.address, one.max_cost, purchase)


def _place_order(to: Contracts, one: PlaceOrder) -> tuple[str, str]:
    auction = _auction(to)
    placement = Placement(interval=one.interval, meter_id=one.meter_id, order=one.order)
    if not one.added:
        return auction.address, auction.place(placement)
    paid = to.token.transfer_and_call(auction.address, one.added, auction.placement(placement))
    return to.token.address, paid


def _deposit(to: Contracts, one: DepositTokens) -> tuple[str, str]:
    return to.token.address, to.token.transfer_and_call(_auction(to).address, one.amount, b"")


def _tariff(auction: AuctionContract, one: PostTariff) -> str:
    tariff = Tariff(feed_in_per_kwh=one.feed_in_per_kwh, tick_size_per_kwh=one.tick_size_per_kwh)
    return auction.set_tariff(one.first_interval, tariff)


def _name_of_redeem(one: Redeem) -> str:
    receipt = one.receipt
    drawn = f"{receipt.drawn_milliwh}{' close' if one.close else ''}"
    return f"{receipt.buyer} {receipt.seller} {receipt.number} {drawn}"


def _name_of_report(one: ReportReadings) -> str:
    boundaries = [reading.boundary for reading in one.readings]
    return f"{one.meter_id} {boundaries[:1]} {len(boundaries)}"


_TABLE: Mapping[type[Intent], Row[Any]] = {
    OpenOrder: Row[OpenOrder](
        call=_open_order,
        gas=lambda _: 200_000,
        priority=Priority.LIGHT,
        name=lambda one: f"{one.number}",
        is_once=True,
        perishable=True,
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
    ReportReadings: Row[ReportReadings](
        call=lambda to, one: (to.registry.address, to.registry.report(one.meter_id, one.readings)),
        gas=lambda one: 100_000 + 36_000 * (len(one.readings) - 1),
        priority=Priority.REST,
        name=_name_of_report,
        is_once=True,
    ),
    PlaceOrder: Row[PlaceOrder](
        call=_place_order,
        gas=lambda _: 350_000,
        priority=Priority.TRADE,
        name=None,
        is_once=False,
        perishable=True,
        place=lambda one: (one.interval, one.meter_id),
    ),
    ClearInterval: Row[ClearInterval](
        call=_at_auction(lambda auction, one: auction.clear(one.interval)),
        gas=lambda _: 2_700_000,
        priority=Priority.LIGHT,
        name=None,
        is_once=True,
    ),
    NoteSilence: Row[NoteSilence](
        call=_at_auction(lambda auction, one: auction.note_silence(one.interval)),
        gas=lambda _: _AUCTION_MONEY_GAS,
        priority=Priority.REST,
        name=None,
        is_once=False,
    ),
    SettleOrders: Row[SettleOrders](
        call=_at_auction(lambda auction, one: auction.settle(one.interval, one.meter_ids)),
        # At its dearest the grid is short: each home gets a debt, which is two slots more.
        gas=lambda one: 100_000 + 84_000 * len(one.meter_ids),
        priority=Priority.REST,
        name=None,
        is_once=True,
    ),
    PostTariff: Row[PostTariff](
        call=_at_auction(_tariff),
        gas=lambda _: 150_000,
        priority=Priority.TRADE,
        name=None,
        is_once=False,
    ),
    DepositTokens: Row[DepositTokens](
        call=_deposit,
        gas=lambda _: _AUCTION_MONEY_GAS,
        priority=Priority.REST,
        name=None,
        is_once=False,
    ),
    WithdrawBalance: Row[WithdrawBalance](
        call=_at_auction(lambda auction, one: auction.withdraw(one.amount)),
        gas=lambda _: _AUCTION_MONEY_GAS,
        priority=Priority.REST,
        name=None,
        is_once=False,
    ),
    CollectOwed: Row[CollectOwed](
        call=_at_auction(lambda auction, _: auction.collect_owed()),
        gas=lambda _: _AUCTION_MONEY_GAS,
        priority=Priority.REST,
        name=None,
        is_once=True,
    ),
    FundGrid: Row[FundGrid](
        call=_at_auction(lambda auction, one: auction.fund(one.amount)),
        gas=lambda _: _AUCTION_MONEY_GAS,
        priority=Priority.REST,
        name=None,
        is_once=False,
    ),
    AnnounceWithdrawal: Row[AnnounceWithdrawal](
        call=_at_auction(lambda auction, one: auction.announce_withdrawal(one.amount)),
        gas=lambda _: _AUCTION_MONEY_GAS,
        priority=Priority.REST,
        name=None,
        is_once=False,
    ),
    ExecuteWithdrawal: Row[ExecuteWithdrawal](
        call=_at_auction(lambda auction, _: auction.execute_withdrawal()),
        gas=lambda _: _AUCTION_MONEY_GAS,
        priority=Priority.REST,
        name=None,
        is_once=False,
    ),
    SendGas: Row[SendGas](
        call=lambda _, one: (checksum_address(one.account), "0x"),
        gas=lambda _: PLAIN_TRANSFER_GAS,
        priority=Priority.REST,
        name=lambda one: f"{one.account} {one.day}",
        is_once=False,
        value_wei=lambda one: one.amount_wei,
    ),
}


def row_of(intent: Intent) -> Row[Any]:
    """Give what is known of an intent's kind."""
    return _TABLE[type(intent)]


def call_of(contracts: Contracts, intent: Intent) -> ContractCall:
    """Build the call that carries an intent out.

    Raises:
        ValueError: the intent cannot be written as a call.
    """
    row = row_of(intent)
    to, data = row.call(contracts, intent)
    return ContractCall(to=to, data=data, gas=row.gas(intent), value_wei=row.value_wei(intent))


def identity_of(intent: Intent) -> str:
    """Name the promise: two intents of one name may only ever be carried out once."""
    name = row_of(intent).name
    return f"{type(intent).__name__} {to_json(intent) if name is None else name(intent)}"


def may_be_repeated(intent: Intent) -> bool:
    """Say whether a kept promise may be sent again."""
    return row_of(intent).name is None


def is_superseded(older: Intent, newer: Intent) -> bool:
    """Say whether an intent that waits gives way to a newer one."""
    place = row_of(older).place
    return place is not None and type(older) is type(newer) and place(older) == place(newer)
