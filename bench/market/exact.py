"""Clear a market by sorting its orders one by one: the exact rule, beside which ours is measured.

It knows no ticks: a limit is any number. The marginal orders are shared out in proportion, as our
rule does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from bench.market.workloads import Buyer, Seller
from node.core.auction.clearing import WHOLE, Bid, Kind, Offer, Order, preferred_kind


@dataclass(frozen=True, kw_only=True)
class Cleared:
    """Hold one kind's end: volume, the highest matched seller's limit, the lowest matched buyer's,
    and the share that the buyers at that limit get."""

    volume: int
    price: int | None
    marginal: int | None
    share: Fraction


def off_ticks(orders: Iterable[Order]) -> list[Seller | Buyer]:
    """Take ticks for limits; a buyer's tick 0 is no wish."""
    return [
        Seller(kind=o.kind, limit=o.tick, energy=o.energy_units)
        if isinstance(o, Offer)
        else Buyer(
            solar_limit=o.solar_tick or None, chp_limit=o.chp_tick or None, energy=o.energy_units
        )
        for o in orders
    ]


def first_kind(orders: Iterable[Seller | Buyer]) -> Kind:
    """Give the kind that more buyers put the higher limit on."""
    wishes = [(o.solar_limit or 0, o.chp_limit or 0) for o in orders if isinstance(o, Buyer)]
    return preferred_kind([Bid(solar_tick=s, chp_tick=c, energy_units=1) for s, c in wishes])


def clear_kind(offers: Iterable[tuple[int, int]], needs: Iterable[tuple[int, int]]) -> Cleared:
    """Clear one kind from (limit, energy) of sellers and buyers, by merit order."""
    offers, needs = sorted(offers), sorted(needs, reverse=True)
    volume, price, marginal = 0, None, None
    sold = bought = 0
    seller, buyer = iter(offers), iter(needs)
    ask, bid = next(seller, None), next(buyer, None)
    while ask and bid and ask[0] <= bid[0]:
        price, marginal = ask[0], bid[0]
        volume = min(sold + ask[1], bought + bid[1])
        if sold + ask[1] == volume:
            sold, ask = volume, next(seller, None)
        if bid and bought + bid[1] == volume:
            bought, bid = volume, next(buyer, None)
    if marginal is None:
        return Cleared(volume=0, price=None, marginal=None, share=Fraction(0))
    better = sum(energy for limit, energy in needs if limit > marginal)
    level = sum(energy for limit, energy in needs if limit == marginal)
    share = Fraction(volume - better, level)
    return Cleared(volume=volume, price=price, marginal=marginal, share=share)


def clear_exactly(orders: Sequence[Seller | Buyer]) -> dict[Kind, Cleared]:
    """Clear both kinds; the rest of buyers who are alike is whole units, as fills are."""
    first = first_kind(orders)
    cleared = {}
    groups = _alike([o for o in orders if isinstance(o, Buyer)])
    for kind in (first, first.other):
        offers = [(o.limit, o.energy) for o in orders if isinstance(o, Seller) and o.kind is kind]
        wishes = [(b.limit(kind), b.energy) for b in groups]
        needs = [(limit, energy) for limit, energy in wishes if limit is not None]
        found = clear_kind([o for o in offers if o[1]], [n for n in needs if n[1]])
        cleared[kind] = found
        groups = [_with_rest(buyer, kind, found) for buyer in groups]
    return cleared


def _alike(buyers: Sequence[Buyer]) -> list[Buyer]:
    def limits(buyer: Buyer) -> tuple[int, int]:
        return (buyer.solar_limit or -1, buyer.chp_limit or -1)

    return [
        Buyer(
            solar_limit=None if solar == -1 else solar,
            chp_limit=None if chp == -1 else chp,
            energy=sum(buyer.energy for buyer in group),
        )
        for (solar, chp), group in groupby(sorted(buyers, key=limits), key=limits)
    ]


def _with_rest(buyer: Buyer, kind: Kind, found: Cleared) -> Buyer:
    limit = buyer.limit(kind)
    if found.marginal is None or limit is None or limit < found.marginal:
        rest = buyer.energy
    elif limit > found.marginal:
        rest = 0
    else:
        # The chain keeps a share as whole parts of 2^32.
        rest = buyer.energy * (WHOLE - int(found.share * WHOLE)) // WHOLE
    return Buyer(solar_limit=buyer.solar_limit, chp_limit=buyer.chp_limit, energy=rest)
