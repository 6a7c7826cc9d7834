"""Tell what an order's fills are worth to its home beside the grid's two prices."""

from collections.abc import Mapping

from node.core.auction.clearing import Bid, Fills, Kind, Order
from node.core.auction.tariff import Tariff
from node.core.units import proceeds_down


def saving(
    order: Order, fills: Fills, tariff: Tariff, ticks: Mapping[Kind, int], unit_milliwh: int
) -> int:
    """Give it in base units: below retail for a buyer, above feed-in for a seller, rounded down.

    `ticks` are the kinds' prices. What the meter shows beyond the fills is the grid's either way.
    """
    saved = 0
    for kind, tick in ticks.items():
        price = tariff.price_per_kwh(tick)
        gain = price - tariff.feed_in_per_kwh
        if isinstance(order, Bid):
            gain = tariff.retail_per_kwh - price
        saved += proceeds_down(fills.units(kind) * unit_milliwh, gain)
    return saved
