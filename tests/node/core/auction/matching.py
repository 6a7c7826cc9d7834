"""Match as the ancestor did, one after another, to compare with its published numbers."""

from bench.market.exact import first_kind
from bench.market.workloads import Buyer, Seller


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
