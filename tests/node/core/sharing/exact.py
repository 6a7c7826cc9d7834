"""The keys once more, by exact fractions and without any of the product's code: slow, and plain."""

from collections.abc import Sequence
from fractions import Fraction


def exact_by_need(need: Sequence[int], surplus: Sequence[int]) -> tuple[list[Fraction], ...]:
    """Give what each should get and give, unrounded."""
    demand, supply = sum(need), sum(surplus)
    total = min(demand, supply)
    return (
        [Fraction(wants * total, demand) if demand else Fraction() for wants in need],
        [Fraction(has * total, supply) if supply else Fraction() for has in surplus],
    )


def exact_by_factors(
    need: Sequence[int], surplus: Sequence[int], factors: Sequence[int], *, hands_on: bool
) -> list[Fraction]:
    """Give what each should get by fixed factors, unrounded."""
    supply = Fraction(sum(surplus))
    got = [
        min(Fraction(wants), supply * factor / 10_000)
        for wants, factor in zip(need, factors, strict=True)
    ]
    left = supply - sum(got)
    while hands_on and left > 0:
        hungry = [
            place for place, wants in enumerate(need) if got[place] < wants and factors[place]
        ]
        together = sum(factors[place] for place in hungry)
        if not hungry:
            break
        handed = {
            place: min(left * factors[place] / together, need[place] - got[place])
            for place in hungry
        }
        for place, more in handed.items():
            got[place] += more
        left -= sum(handed.values())
    return got


def exact_by_limits(
    need: Sequence[int],
    surplus: Sequence[int],
    bids: Sequence[int],
    offers: Sequence[int | None],
) -> tuple[list[Fraction], list[Fraction], int]:
    """Give what each should get and give, and the price's tick, from a walk over single orders."""
    sellers = sorted(
        (tick, place)
        for place, tick in enumerate(offers)
        if tick is not None and surplus[place] > 0
    )
    buyers = sorted(
        ((tick, place) for place, tick in enumerate(bids) if tick > 0 and need[place] > 0),
        key=lambda order: -order[0],
    )
    volume, price = _volume(sellers, buyers, need, surplus)
    got, given = [Fraction()] * len(need), [Fraction()] * len(need)
    _serve(got, buyers, need, volume)
    _serve(given, sellers, surplus, volume)
    return got, given, price


def _volume(sellers, buyers, need, surplus) -> tuple[int, int]:
    best, price = 0, 0
    for tick in range(64):
        supply = sum(surplus[place] for limit, place in sellers if limit <= tick)
        demand = sum(need[place] for limit, place in buyers if limit >= tick)
        best = max(best, min(supply, demand))
    if best:
        price = min(
            tick
            for tick in range(64)
            if sum(surplus[place] for limit, place in sellers if limit <= tick) >= best
        )
    return best, price


def _serve(served, orders, energies, volume) -> None:
    left = Fraction(volume)
    for tick in dict.fromkeys(limit for limit, _ in orders):
        at_tick = [place for limit, place in orders if limit == tick]
        together = sum(energies[place] for place in at_tick)
        part = min(Fraction(1), left / together)
        for place in at_tick:
            served[place] = energies[place] * part
        left -= together * part
