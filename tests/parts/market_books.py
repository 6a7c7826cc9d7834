"""Check the money of homes that traded at an auction against the rule, to the unit."""

from collections.abc import Sequence
from typing import NamedTuple

from node.core.auction.clearing import Offer, Order, clear
from node.core.auction.settlement import settle
from tests.parts.market_street import MarketStreet


class Lived(NamedTuple):
    """Hold what one home did in an interval; metered are its import and export (mWh)."""

    interval: int
    home: int
    order: Order
    metered: tuple[int, int]


def check_books(street: MarketStreet, lived: Sequence[Lived]) -> None:
    """See that each home has exactly what its intervals are worth by the rule, no more, once.

    The grid's balance must have covered all that it owed.

    Raises:
        AssertionError: somebody has more or less, and which.
    """
    traded, worth = _by_the_rule(street, lived)
    has_all, own, grid, owed, tokens = _money_of_one_block(street)
    for number, (home, has) in enumerate(zip(street.homes, has_all, strict=True)):
        should = home.money_in + worth[number]
        assert has == should, f"home {number} has {has}, its intervals are worth {should}"
    assert owed == 0, f"the grid owes {owed}"
    # What buyers pay and sellers do not get, a part of a unit each, is nobody's.
    dust = tokens - sum(has_all) - own - grid
    assert dust == -traded >= 0, f"{dust} is nobody's instead of {-traded}"


def _money_of_one_block(street: MarketStreet) -> tuple[list[int], int, int, int, int]:
    """Give the homes' balances, the utility's own, the grid's, what it owes, and the contract's.

    A utility that runs moves its money on: what two blocks say does not add up.
    """
    while True:
        block = street.chain.number()
        has_all = street.balances()
        grid, owed = street.ask(street.auction.utility())
        own = street.ask(street.auction.balance_of(street.utility.account))
        tokens = street.tokens_of(street.auction.address)
        if street.chain.number() == block:
            return has_all, own, grid, owed, tokens


def _by_the_rule(street: MarketStreet, lived: Sequence[Lived]) -> tuple[int, list[int]]:
    """Give what all homes got by trade together, and what each one's intervals are worth."""
    traded, worth = 0, [0] * len(street.homes)
    for interval in sorted({one.interval for one in lived}):
        together = [one for one in lived if one.interval == interval]
        clearing, terms = clear([one.order for one in together]), street.terms_in(interval)
        for one in together:
            metered = one.metered[isinstance(one.order, Offer)]
            end = settle(one.order, clearing, metered, terms)
            worth[one.home] += end.trade + end.grid
            traded += end.trade
    return traded, worth
