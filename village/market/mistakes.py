"""Name what of a market's day does not add up: readings, settlements, pairings, money."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from node.core.auction.pairing import Wires
from village.books import Books, OrderBook
from village.community import TOKENS_OF_UTILITY, TOKENS_PER_HOME, Community
from village.households import UTILITY
from village.market.bills import Slice
from village.market.books import MarketBooks


def missing(market: MarketBooks, community: Community, intervals: Collection[int]) -> list[str]:
    """Name what was not reported or not settled."""
    names = {account: name for name, account in community.accounts.items()}
    unread = [
        f"{name} reported no whole interval {interval}"
        for name, meter_id in community.meters.items()
        for interval in intervals
        if market.rise(meter_id, interval) is None
    ]
    unsettled = [
        f"the order of {names[placed.account]} in interval {interval} is not settled"
        for (meter_id, interval), placed in market.orders.items()
        if interval in intervals and (meter_id, interval) not in market.settled
    ]
    return unread + unsettled


def unexplained(slices: Sequence[Slice]) -> list[str]:
    """Name each order that was settled for other energy than its meter shows."""
    return [
        f"{piece.home}, interval {piece.interval}: settled for {piece.unexplained_milliwh} mWh"
        " more than the meter shows"
        for piece in slices
        if piece.unexplained_milliwh
    ]


def mispaired(
    market: MarketBooks, published: Mapping[int, Sequence[Mapping[str, Any]]], wires: Wires
) -> list[str]:
    """Name each published pairing that does not follow from the fills and the wires."""
    found = []
    for interval, said in sorted(published.items()):
        pairing = market.pairing(interval, wires)
        meant = [asdict(part) for part in pairing.parts] if pairing is not None else None
        if list(said) != meant:
            found.append(f"interval {interval}: paired {said}, and its fills make {meant}")
    return found


def misfits(
    market: MarketBooks, books: Books, accounts: Mapping[str, str], utility: str
) -> list[str]:
    """Name each account whose money is not what its orders brought, to the unit."""
    found = []
    deposits = market.deposits()
    settled = list(market.settled.values())
    for name, account in accounts.items():
        purse = market.purses[account]
        escrow = sum(order.escrow for order in books.orders if order.buyer == account)
        has = purse.tokens + purse.balance + deposits.get(account, 0) + escrow + purse.owed
        earned = sum(one.trade + one.grid for one in settled if one.account == account)
        found += _misfit(name, has, TOKENS_PER_HOME + earned + _sale(account, books.orders))
    purse = market.purses[utility]
    has = purse.tokens + purse.balance + market.grid_balance - market.grid_owes
    found += _misfit(UTILITY, has, TOKENS_OF_UTILITY - sum(one.grid for one in settled))
    liabilities = market.grid_balance + sum(deposits.values())
    liabilities += sum(purse.balance for purse in market.purses.values())
    dust = -sum(one.trade for one in settled)
    return found + _misfit("the auction", market.in_auction, liabilities + dust)


def _sale(account: str, orders: Sequence[OrderBook]) -> int:
    """Give what the sale has paid an account; what is still in escrow is the buyer's."""
    earned = sum(order.paid for order in orders if order.seller == account)
    return earned - sum(order.paid for order in orders if order.buyer == account)


def _misfit(name: str, has: int, meant: int) -> list[str]:
    if has == meant:
        return []
    return [f"{name} has {has} base units, and its orders make it {meant}"]
