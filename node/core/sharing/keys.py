"""Share one interval's metered surplus among those who needed energy: one function for each key.

Members stand in one order, the same in every argument and answer; it decides between equals, so
whoever lists members by a name that stays gets the same whatever order they came in. Energies are
milliwatt-hours. Both sides of every answer add up to the same, and nobody gets more than it needed
or gives more than it had: what is left is the grid's. A member that showed both in one interval may
be allocated its own energy, as grid operators do. Prices are in `prices`, money in `money`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from node.core.auction.clearing import NO_TRADE, step
from node.core.auction.tariff import TICKS
from node.core.sharing.split import split

WHOLE_FACTOR = 10_000
"""A factor of everything: factors are hundredths of a per cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Hold what each member got from its neighbours and gave to them."""

    got: Sequence[int]
    given: Sequence[int]

    @property
    def total(self) -> int:
        """Give the energy that changed hands."""
        return sum(self.got)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Hold what two members agreed on: this part of the giver's surplus, at this price.

    `factor` is in hundredths of a per cent, the price in base units per kilowatt-hour; giver and
    taker are places in the order of members.
    """

    giver: int
    taker: int
    factor: int
    price_per_kwh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Hold a member's standing limits as ticks: the most it pays and the least it takes.

    A `bid_tick` of 0 buys nothing, an `offer_tick` of None sells nothing.
    """

    bid_tick: int
    offer_tick: int | None


def taking_part(energies: Sequence[int], factors: Sequence[int]) -> list[int]:
    """Give the part of each energy that is this community's: a point may be in several."""
    return [
        energy * factor // WHOLE_FACTOR for energy, factor in zip(energies, factors, strict=True)
    ]


def by_need(need: Sequence[int], surplus: Sequence[int]) -> Shared:
    """Share in proportion: those who need by their need, those who give by their surplus.

    The dynamic key of Austria's and Switzerland's communities.
    """
    total = min(sum(need), sum(surplus))
    return Shared(got=split(total, need), given=split(total, surplus))


def by_factors(
    need: Sequence[int], surplus: Sequence[int], factors: Sequence[int], *, hands_on: bool
) -> Shared:
    """Share the surplus by fixed factors, nobody getting more than it needed: the static key.

    What somebody cannot use is the grid's, or with `hands_on` goes to the others by their factors
    until it is used up or all are served.

    Raises:
        ValueError: the factors add up to more than the whole.
    """
    if sum(factors) > WHOLE_FACTOR:
        raise ValueError(f"factors of {sum(factors)} in all: {WHOLE_FACTOR} at most")
    supply = sum(surplus)
    nobodys = WHOLE_FACTOR - sum(factors)
    entitled = split(supply, [*factors, nobodys])[:-1]
    got = [min(*pair) for pair in zip(need, entitled, strict=True)]
    if hands_on:
        _hand_on(got, need, factors, supply - sum(got))
    return Shared(got=got, given=split(sum(got), surplus))


def by_contracts(
    need: Sequence[int], surplus: Sequence[int], contracts: Sequence[Contract]
) -> list[int]:
    """Give the energy of each contract, in their order: its part of the giver's surplus, if needed.

    A taker with several draws from the cheapest first, from equals by the order of givers.

    Raises:
        ValueError: a giver has promised more than its whole surplus.
    """
    energies = _promised(surplus, contracts)
    left = list(need)
    turn = sorted(
        range(len(contracts)),
        key=lambda place: (
            contracts[place].price_per_kwh,
            contracts[place].giver,
            contracts[place].taker,
        ),
    )
    for place in turn:
        taker = contracts[place].taker
        energies[place] = min(energies[place], left[taker])
        left[taker] -= energies[place]
    return energies


def in_sum(contracts: Sequence[Contract], energies: Sequence[int], members: int) -> Shared:
    """Add up contracts' energies to what each of so many members got and gave."""
    got, given = [0] * members, [0] * members
    for contract, energy in zip(contracts, energies, strict=True):
        got[contract.taker] += energy
        given[contract.giver] += energy
    return Shared(got=got, given=given)


def by_limits(
    need: Sequence[int], surplus: Sequence[int], limits: Sequence[Limits]
) -> tuple[Shared, int]:
    """Clear standing limits against what was metered; give the uniform price's tick beside it.

    The interval auction's clearing of one kind, after the fact: the same ticks and the same price,
    but exact to the milliwatt-hour at the margin, where it is shared in proportion.
    """
    supply, demand = [0] * TICKS, [0] * TICKS
    for energy, limit in zip(surplus, limits, strict=True):
        if limit.offer_tick is not None:
            supply[limit.offer_tick] += energy
    for energy, limit in zip(need, limits, strict=True):
        demand[limit.bid_tick] += energy
    cleared = step(supply, demand)
    if cleared == NO_TRADE:
        nothing = [0] * len(need)
        return Shared(got=nothing, given=nothing), cleared.price_tick
    price, marginal = cleared.price_tick, cleared.marginal_tick
    got = _inside_and_at_the_margin(
        need,
        [limit.bid_tick > marginal for limit in limits],
        [limit.bid_tick == marginal for limit in limits],
        cleared.volume_units,
    )
    given = _inside_and_at_the_margin(
        surplus,
        [limit.offer_tick is not None and limit.offer_tick < price for limit in limits],
        [limit.offer_tick == price for limit in limits],
        cleared.volume_units,
    )
    return Shared(got=got, given=given), price


def _hand_on(got: list[int], need: Sequence[int], factors: Sequence[int], left: int) -> None:
    # Each round serves somebody wholly or uses up what is left, so there are no more than members.
    while left:
        weights = [
            factor if has < wants else 0
            for factor, has, wants in zip(factors, got, need, strict=True)
        ]
        if not any(weights):
            return
        for place, more in enumerate(split(left, weights)):
            taken = min(more, need[place] - got[place])
            got[place] += taken
            left -= taken


def _promised(surplus: Sequence[int], contracts: Sequence[Contract]) -> list[int]:
    promised = [0] * len(contracts)
    by_giver: dict[int, list[int]] = {}
    for place, contract in enumerate(contracts):
        by_giver.setdefault(contract.giver, []).append(place)
    for giver, places in by_giver.items():
        # By takers and not by the contracts' order, which may be any.
        places.sort(key=lambda place: contracts[place].taker)
        factors = [contracts[place].factor for place in places]
        if sum(factors) > WHOLE_FACTOR:
            raise ValueError(
                f"member {giver} has promised {sum(factors)} of its surplus: {WHOLE_FACTOR} at most"
            )
        parts = split(surplus[giver], [*factors, WHOLE_FACTOR - sum(factors)])
        for place, part in zip(places, parts, strict=False):
            promised[place] = part
    return promised


def _inside_and_at_the_margin(
    energies: Sequence[int], inside: Sequence[bool], margin: Sequence[bool], volume: int
) -> list[int]:
    whole = [energy if is_in else 0 for energy, is_in in zip(energies, inside, strict=True)]
    at_margin = [energy if is_at else 0 for energy, is_at in zip(energies, margin, strict=True)]
    parts = split(volume - sum(whole), at_margin)
    return [all_of_it + part for all_of_it, part in zip(whole, parts, strict=True)]
