"""Draw random communities' intervals, and hold each key to what must be true of every one.

`python -m tests.node.core.sharing.campaign --seed 7 --count 100000` draws as many as one likes,
others with each seed; with `--append FILE` that file is told how far it has come. In the tests
`test_keys` draws a thousand, and in a soak a hundred thousand.
"""

import argparse
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from node.core.sharing.flows import flows
from node.core.sharing.keys import (
    Contract,
    Limits,
    Shared,
    by_contracts,
    by_factors,
    by_limits,
    by_need,
    in_sum,
)
from node.core.sharing.money import Account
from node.core.units import MILLIWH_PER_KWH
from tests.node.core.sharing.exact import exact_by_factors, exact_by_limits, exact_by_need

TELLS_EACH = 1_000
"""Intervals from one line of `--append` to the next."""
CENT = 10_000


def contract(giver: int, taker: int, factor: int, price: int) -> Contract:
    """Make a contract; the factor in hundredths of a per cent."""
    return Contract(giver=giver, taker=taker, factor=factor, price_per_kwh=price)


def limits(*pairs: tuple[int, int | None]) -> list[Limits]:
    """Make limits of ticks to buy and to sell."""
    return [Limits(bid_tick=bid, offer_tick=offer) for bid, offer in pairs]


class Interval:
    """An interval of a random community, by the order of its members."""

    def __init__(self, rng: random.Random) -> None:
        members = rng.randint(1, 12)
        most = rng.choice([3, 50, 10**4, 10**9])
        self.need = [rng.choice([0, rng.randint(0, most)]) for _ in range(members)]
        self.surplus = [
            0 if wants and rng.random() < 0.8 else rng.choice([0, rng.randint(0, most)])
            for wants in self.need
        ]
        self.factors = _factors(rng, members)
        self.limits = limits(
            *((rng.randint(0, 63), rng.choice([None, rng.randint(0, 63)])) for _ in self.need)
        )
        self.contracts = _contracts(rng, members)
        self.price_per_kwh = rng.randint(0, 10**6)
        self.rng = random.Random(rng.getrandbits(64))

    def shared(self) -> list[Shared]:
        """Share it by each key."""
        energies = by_contracts(self.need, self.surplus, self.contracts)
        return [
            by_need(self.need, self.surplus),
            by_factors(self.need, self.surplus, self.factors, hands_on=False),
            by_factors(self.need, self.surplus, self.factors, hands_on=True),
            by_limits(self.need, self.surplus, self.limits)[0],
            in_sum(self.contracts, energies, len(self.need)),
        ]


def _factors(rng: random.Random, members: int) -> list[int]:
    left, factors = 10_000, []
    for _ in range(members):
        factors.append(rng.choice([0, rng.randint(0, left)]))
        left -= factors[-1]
    return factors


def _contracts(rng: random.Random, members: int) -> list[Contract]:
    left = [10_000] * members
    found = {}
    for _ in range(rng.randint(0, 2 * members)):
        giver, taker = rng.randrange(members), rng.randrange(members)
        if (giver, taker) in found or giver == taker:
            continue
        factor = rng.randint(0, left[giver])
        left[giver] -= factor
        found[giver, taker] = contract(giver, taker, factor, rng.randint(0, 5))
    return list(found.values())


def drawn(seed: int, count: int) -> Iterator[Interval]:
    """Draw so many intervals."""
    rng = random.Random(seed)
    for _ in range(count):
        yield Interval(rng)


def both_sides_are_equal(interval: Interval) -> None:
    """As an operator says it: own coverage of consumers = own coverage of producers."""
    for shared in interval.shared():
        assert sum(shared.got) == sum(shared.given) == shared.total


def nobody_is_over_its_meter(interval: Interval) -> None:
    """Nobody gets more than it needed or gives more than it had."""
    for shared in interval.shared():
        pairs = zip(shared.got, interval.need, strict=True)
        assert all(0 <= got <= wants for got, wants in pairs)
        pairs = zip(shared.given, interval.surplus, strict=True)
        assert all(0 <= gave <= has for gave, has in pairs)


def all_is_shared_that_can_be(interval: Interval) -> None:
    """The dynamic key, and limits that are open to all, reach the smaller of both sums."""
    dynamic = by_need(interval.need, interval.surplus)
    open_to_all = limits(*[(63, 0)] * len(interval.need))

    assert dynamic.total == min(sum(interval.need), sum(interval.surplus))
    assert by_limits(interval.need, interval.surplus, open_to_all)[0] == dynamic


def flows_add_up(interval: Interval) -> None:
    """Who got whose energy adds up by taker and by giver."""
    for shared in interval.shared():
        got, given = [0] * len(shared.got), [0] * len(shared.given)
        for flow in flows(shared):
            assert flow.energy_milliwh > 0
            got[flow.taker] += flow.energy_milliwh
            given[flow.giver] += flow.energy_milliwh
        assert (got, given) == (list(shared.got), list(shared.given))


def money_is_conserved(interval: Interval) -> None:
    """What all pay is what all receive, exactly and rounded to cents, each within one of them."""
    account = Account.of(len(interval.need))
    for shared in interval.shared()[:-1]:
        account.add(shared, interval.price_per_kwh)
    energies = by_contracts(interval.need, interval.surplus, interval.contracts)
    account.add_contracts(interval.contracts, energies)
    pays, receives = account.rounded(CENT)

    assert sum(account.pays) == sum(account.receives)
    assert sum(pays) == sum(receives)
    for rounded, exact in ((pays, account.pays), (receives, account.receives)):
        of_exact = [Fraction(amount, MILLIWH_PER_KWH * CENT) for amount in exact]
        _assert_near(rounded, of_exact, 1)


def a_second_implementation_agrees(interval: Interval) -> None:
    """By exact fractions, and none of the product's code, it is the same within rounding."""
    need, surplus = interval.need, interval.surplus
    dynamic = by_need(need, surplus)
    got, given = exact_by_need(need, surplus)
    _assert_near(dynamic.got, got, 1)
    _assert_near(dynamic.given, given, 1)
    for hands_on in (False, True):
        static = by_factors(need, surplus, interval.factors, hands_on=hands_on)
        exact = exact_by_factors(need, surplus, interval.factors, hands_on=hands_on)
        # Each round of handing on rounds once more.
        _assert_near(static.got, exact, len(need) + 1 if hands_on else 1)
    shared, price = by_limits(need, surplus, interval.limits)
    got, given, exact_price = exact_by_limits(
        need,
        surplus,
        [limit.bid_tick for limit in interval.limits],
        [limit.offer_tick for limit in interval.limits],
    )
    assert price == exact_price
    _assert_near(shared.got, got, 1)
    _assert_near(shared.given, given, 1)


def the_order_of_contracts_changes_nothing(interval: Interval) -> None:
    """However they are listed, each contract brings the same."""
    turned = interval.rng.sample(range(len(interval.contracts)), len(interval.contracts))
    energies = by_contracts(interval.need, interval.surplus, interval.contracts)

    found = by_contracts(
        interval.need, interval.surplus, [interval.contracts[place] for place in turned]
    )

    assert found == [energies[place] for place in turned]


def the_order_of_members_changes_nothing(interval: Interval) -> None:
    """But which of two equals has the unit that is left."""
    turned = interval.rng.sample(range(len(interval.need)), len(interval.need))
    for key in (by_need, _by_equal_limits):
        shared = key(interval.need, interval.surplus)

        found = key(
            [interval.need[place] for place in turned],
            [interval.surplus[place] for place in turned],
        )

        assert _by_need_and_surplus(found, interval, turned) == _by_need_and_surplus(
            shared, interval, range(len(interval.need))
        )


PROPERTIES: Mapping[str, Callable[[Interval], None]] = {
    holds.__name__: holds
    for holds in (
        both_sides_are_equal,
        nobody_is_over_its_meter,
        all_is_shared_that_can_be,
        flows_add_up,
        money_is_conserved,
        a_second_implementation_agrees,
        the_order_of_contracts_changes_nothing,
        the_order_of_members_changes_nothing,
    )
}


def _by_equal_limits(need: Sequence[int], surplus: Sequence[int]) -> Shared:
    return by_limits(need, surplus, limits(*[(40, 20)] * len(need)))[0]


def _by_need_and_surplus(
    shared: Shared, interval: Interval, order: Sequence[int]
) -> tuple[list[tuple[int, int]], ...]:
    return (
        sorted(zip((interval.need[place] for place in order), shared.got, strict=True)),
        sorted(zip((interval.surplus[place] for place in order), shared.given, strict=True)),
    )


def _assert_near(found: Sequence[int], exact: Sequence[Fraction], within: int) -> None:
    for is_, should in zip(found, exact, strict=True):
        assert abs(is_ - should) < within, (found, exact)


def main() -> None:
    """Draw as many intervals as are asked for, by a seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--append", type=Path, help="a file that is told each 1,000 intervals")
    chosen = parser.parse_args()
    said = ""
    for done, interval in enumerate(drawn(chosen.seed, chosen.count), start=1):
        for holds in PROPERTIES.values():
            holds(interval)
        said = f"{done} intervals by seed {chosen.seed}: {len(PROPERTIES)} properties hold"
        if done % TELLS_EACH == 0 and chosen.append is not None:
            with chosen.append.open("a", encoding="utf-8") as told:
                told.write(f"{said}\n")
    print(said)


if __name__ == "__main__":
    main()
