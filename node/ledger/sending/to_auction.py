"""What is sent to the interval auction: the table of its intents."""

from collections.abc import Callable, Mapping
from typing import Any

from node.core.auction.clearing import Order
from node.core.auction.tariff import Tariff
from node.core.commands import (
    AnnounceWithdrawal,
    ClearInterval,
    CollectOwed,
    DepositTokens,
    ExecuteWithdrawal,
    FundGrid,
    Intent,
    NoteSilence,
    PlaceOrder,
    PostTariff,
    SettleOrders,
    WithdrawBalance,
)
from node.core.wire.codec import from_plain, to_plain
from node.ledger.contracts.auction import AuctionContract, Placement
from node.ledger.contracts.community import Contracts
from node.ledger.sending.row import Priority, Row, Sent, members_of

_AUCTION_MONEY_GAS = 120_000


def _auction(contracts: Contracts) -> AuctionContract:
    if contracts.auction is None:
        raise ValueError("this street has no auction (contract.auction)")
    return contracts.auction


def _at_auction(
    data: Callable[[AuctionContract, Sent], str],
) -> Callable[[Contracts, Sent], tuple[str, str]]:
    return lambda to, one: (_auction(to).address, data(_auction(to), one))


def _place_order(to: Contracts, one: PlaceOrder) -> tuple[str, str]:
    auction = _auction(to)
    placement = Placement(interval=one.interval, meter_id=one.meter_id, order=one.order)
    if not one.added:
        return auction.address, auction.place(placement)
    paid = to.token.transfer_and_call(auction.address, one.added, auction.placement(placement))
    return to.token.address, paid


def _write_place(one: PlaceOrder) -> dict[str, Any]:
    return members_of(one) | {"order": to_plain(one.order)}


def _read_place(members: dict[str, Any]) -> PlaceOrder:
    order: Order = from_plain(Order, members.pop("order"))
    return PlaceOrder(order=order, **members)


def _read_settle(members: dict[str, Any]) -> SettleOrders:
    return SettleOrders(interval=members["interval"], meter_ids=tuple(members["meter_ids"]))


def _deposit(to: Contracts, one: DepositTokens) -> tuple[str, str]:
    return to.token.address, to.token.transfer_and_call(_auction(to).address, one.amount, b"")


def _tariff(auction: AuctionContract, one: PostTariff) -> str:
    tariff = Tariff(feed_in_per_kwh=one.feed_in_per_kwh, tick_size_per_kwh=one.tick_size_per_kwh)
    return auction.set_tariff(one.first_interval, tariff)


TO_AUCTION: Mapping[type[Intent], Row[Any]] = {
    PlaceOrder: Row[PlaceOrder](
        call=_place_order,
        gas=lambda _: 350_000,
        priority=Priority.TRADE,
        name=None,
        is_once=False,
        perishable=True,
        place=lambda one: (one.interval, one.meter_id),
        write=_write_place,
        read=_read_place,
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
        read=_read_settle,
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
}
