"""Clear a market by sorting its orders one by one: the exact rule, and the ancestor's matches.

It knows no ticks: a limit is any number. `clear_exactly` shares the marginal orders out in
proportion, as our rule does; `match_in_turn` serves them one after another, as the ancestor did,
and counts the matches.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from bench.workloads import Buyer, Seller
from node.core.auction import WHOLE, Bid, Kind, Offer, preferred_kind


@dataclass(frozen=True, kw_only=True)
class Cleared:
    """Hold one kind's end: volume, the highest matched seller's limit, the lowest matched buyer's,
    and the share that the buyers at that limit get."""

    volume: int
    price: int | None
    marginal: int | None
    share: Fraction


def off_ticks(orders):
    """Take ticks for limits; a buyer's tick 0 is no wish."""
    return [
        Seller(kind=o.kind, limit=o.tick, energy=o.energy_units)
        if isinstance(o, Offer)
        else Buyer(
            solar_limit=o.solar_tick or None, chp_limit=o.chp_tick or None, energy=o.energy_units
        )
        for o in orders
    ]


def first_kind(orders) -> Kind:
    """Give the kind that more buyers put the higher limit on."""
    wishes = [(o.solar_limit or 0, o.chp_limit or 0) for o in orders if isinstance(o, Buyer)]
    return preferred_kind([Bid(solar_tick=s, chp_tick=c, energy_units=1) for s, c in wishes])


def clear_kind(offers, needs) -> Cleared:
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
    if volume == 0:
        return Cleared(volume=0, price=None, marginal=None, share=Fraction(0))
    better = sum(energy for limit, energy in needs if limit > marginal)
    level = sum(energy for limit, energy in needs if limit == marginal)
    share = Fraction(volume - better, level)
    return Cleared(volume=volume, price=price, marginal=marginal, share=share)


def clear_exactly(orders) -> dict[Kind, Cleared]:
    """Clear both kinds; the rest of buyers who are alike is whole units, as fills are."""
    first = first_kind(orders)
    cleared = {}
    groups = _alike([o for o in orders if isinstance(o, Buyer)])
    for kind in (first, first.other):
        offers = [(o.limit, o.energy) for o in orders if isinstance(o, Seller) and o.kind is kind]
        needs = [(b.limit(kind), b.energy) for b in groups if b.limit(kind) is not None]
        found = clear_kind([o for o in offers if o[1]], [n for n in needs if n[1]])
        cleared[kind] = found
        groups = [_with_rest(buyer, kind, found) for buyer in groups]
    return cleared


def match_in_turn(orders):
    """Match as the ancestor: each buyer in turn with each seller in turn.

    Gives the price and the number of matches of each kind, and of those with the grid.
    """
    first = first_kind(orders)
    left = [o.energy for o in orders]
    prices, matches = {}, {}
    for kind in (first, first.other):
        sellers = [i for i, o in enumerate(orders) if isinstance(o, Seller) and o.kind is kind]
        buyers = [i for i, o in enumerate(orders) if isinstance(o, Buyer) and left[i]]
        sellers.sort(key=lambda i: orders[i].limit)
        buyers.sort(key=lambda i, kind=kind: -orders[i].limit(kind))
        prices[kind], matches[kind] = None, 0
        while sellers and buyers and orders[sellers[0]].limit <= orders[buyers[0]].limit(kind):
            energy = min(left[sellers[0]], left[buyers[0]])
            prices[kind] = orders[sellers[0]].limit
            matches[kind] += 1
            left[sellers[0]] -= energy
            left[buyers[0]] -= energy
            sellers = sellers if left[sellers[0]] else sellers[1:]
            buyers = buyers if left[buyers[0]] else buyers[1:]
    return prices, matches, sum(energy > 0 for energy in left)


def _alike(buyers):
    def limits(buyer):
        return (buyer.solar_limit or -1, buyer.chp_limit or -1)

    return [
        Buyer(
            solar_limit=None if solar == -1 else solar,
            chp_limit=None if chp == -1 else chp,
            energy=sum(buyer.energy for buyer in group),
        )
        for (solar, chp), group in groupby(sorted(buyers, key=limits), key=limits)
    ]


def _with_rest(buyer, kind, found):
    limit = buyer.limit(kind)
    if found.volume == 0 or limit is None or limit < found.marginal:
        rest = buyer.energy
    elif limit > found.marginal:
        rest = 0
    else:
        # The chain keeps a share as whole parts of 2^32.
        rest = buyer.energy * (WHOLE - int(found.share * WHOLE)) // WHOLE
    return Buyer(solar_limit=buyer.solar_limit, chp_limit=buyer.chp_limit, energy=rest)
