"""Tell how much of what was sold in an interval came from one seller.

Whoever sells a large part of it can lift the uniform price for all by bidding against itself, and
no rule of the auction sees that. So the share stands beside the price.
"""

from collections.abc import Iterable

from node.core.auction.clearing import Bid, Clearing, Kind, Order, fills

_PERCENT = 100


def largest_seller_pct(
    clearing: Clearing, orders: Iterable[tuple[str, Order]]
) -> tuple[int | None, int | None]:
    """Give the largest seller's share of each kind in per cent, in the order of `Kind`.

    `orders` come with their accounts; None where nothing of a kind was sold. Of an account with
    several meters all count together.
    """
    sold: dict[Kind, dict[str, int]] = {kind: {} for kind in Kind}
    for account, order in orders:
        if isinstance(order, Bid):
            continue
        of_kind = sold[order.kind]
        of_kind[account] = of_kind.get(account, 0) + fills(clearing, order).units(order.kind)
    solar, chp = (_largest(list(sold[kind].values())) for kind in (Kind.SOLAR, Kind.CHP))
    return solar, chp


def _largest(units: list[int]) -> int | None:
    return round(max(units) * _PERCENT / sum(units)) if sum(units) else None
