"""Turn fills and a meter's energy into money: deposits, trades, and the grid's two tariffs.

The same rule as the contract's, to the base unit. What a home pays or deposits rounds up, what it
receives rounds down. A trade is between neighbours and follows the fills alone; what the meter
shows beyond them the grid buys at feed-in and sells at retail, and what a buyer leaves undrawn it
takes back at feed-in less a tick. An order's unmatched part is not traded.

Buyers' fills round down to whole units, so they may add up to less than the sellers'. A buyer at
the margin therefore pays for its exact share, which covers the sellers always, and the grid buys
the part of a unit between its share and its fill from it, at the same price. A seller at the margin
is held to its exact part in milliwatt-hours, rounded down; its fill is what pairings are made of.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from node.core.auction.clearing import (
    FINEST,
    Bid,
    Clearing,
    Fills,
    Kind,
    Offer,
    Order,
    fills,
    shares,
    sold,
)
from node.core.auction.tariff import Tariff
from node.core.units import MILLIWH_PER_KWH, cost_up, proceeds_down

_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Hold what an interval's money depends on: the unit in milliwatt-hours, the margin of a
    buyer's deposit in per cent, and the tariff in force."""

    unit_milliwh: int
    margin_percent: int
    tariff: Tariff


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Hold one order's end, in base units.

    `trade` and `grid` are what the home receives; negative, what it pays. What the grid pays may
    have to wait for the utility's money; everything else is the home's at once.
    """

    fills: Fills
    metered_milliwh: int
    deposit: int
    trade: int
    grid: int

    @property
    def returned(self) -> int:
        """Give what leaves the deposit and the trade for the home, without what the grid pays."""
        return self.deposit + self.trade + min(self.grid, 0)


def deposit_up(order: Order, terms: Terms) -> int:
    """Give what an order must deposit: the worst that it can owe.

    A buyer's is its energy and the margin at retail; a seller's is retail less feed-in, because
    the feed-in price is the least that its sale has brought.
    """
    energy = order.energy_units * terms.unit_milliwh
    tariff = terms.tariff
    if isinstance(order, Bid):
        dearest = tariff.retail_per_kwh * (_PERCENT + terms.margin_percent)
        return -(-energy * dearest // (MILLIWH_PER_KWH * _PERCENT))
    return cost_up(energy, tariff.retail_per_kwh - tariff.feed_in_per_kwh)


def settle(
    order: Order, clearing: Clearing, metered_milliwh: int | None, terms: Terms
) -> Settlement:
    """Settle an order against its meter: import for a bid, export for an offer.

    None is a reading that is missing for ever: a buyer pays all that is left of its deposit, a
    seller has delivered nothing, so nobody is better off without a reading.
    """
    traded = fills(clearing, order)
    if isinstance(order, Bid):
        return _settle_bid(order, clearing, traded, metered_milliwh, terms)
    return _settle_offer(order, clearing, traded, metered_milliwh or 0, terms)


def _settle_bid(
    bid: Bid, clearing: Clearing, traded: Fills, metered_milliwh: int | None, terms: Terms
) -> Settlement:
    tariff, unit = terms.tariff, terms.unit_milliwh
    deposit = deposit_up(bid, terms)
    share = _value(clearing, shares(clearing, bid), terms)
    cost = -(-share // (FINEST * MILLIWH_PER_KWH))
    fill = _value(clearing, {kind: traded.units(kind) for kind in Kind}, terms)
    between = (share - fill * FINEST) // (FINEST * MILLIWH_PER_KWH)
    left = deposit - cost
    if metered_milliwh is None:
        grid = between - left
    else:
        beyond = metered_milliwh - (traded.solar_units + traded.chp_units) * unit
        if beyond > 0:
            # Its deposit is all that an order can lose; the grid's rest is between it and the home.
            grid = between - min(cost_up(beyond, tariff.retail_per_kwh), left)
        else:
            grid = between + proceeds_down(-beyond, tariff.undrawn_per_kwh)
    return Settlement(
        fills=traded, metered_milliwh=metered_milliwh or 0, deposit=deposit, trade=-cost, grid=grid
    )


def _settle_offer(
    offer: Offer, clearing: Clearing, traded: Fills, metered_milliwh: int, terms: Terms
) -> Settlement:
    tariff, unit = terms.tariff, terms.unit_milliwh
    deposit = deposit_up(offer, terms)
    energy = offer.energy_units * unit
    sold_milliwh = sold(clearing, offer, energy)
    price = tariff.price_per_kwh(clearing.step(offer.kind).price_tick)
    proceeds = proceeds_down(sold_milliwh, price)
    # A meter that lies is paid for twice the order at most.
    beyond = min(metered_milliwh, 2 * energy) - sold_milliwh
    if beyond < 0:
        # Proceeds round down: the worst case may be a base unit more than both together.
        grid = -min(cost_up(-beyond, tariff.retail_per_kwh), deposit + proceeds)
    else:
        grid = proceeds_down(beyond, tariff.feed_in_per_kwh)
    return Settlement(
        fills=traded, metered_milliwh=metered_milliwh, deposit=deposit, trade=proceeds, grid=grid
    )


def _value(clearing: Clearing, units: Mapping[Kind, int], terms: Terms) -> int:
    """Give units at their kinds' prices, in base units times `MILLIWH_PER_KWH`."""
    return terms.unit_milliwh * sum(
        amount * terms.tariff.price_per_kwh(clearing.step(kind).price_tick)
        for kind, amount in units.items()
    )
