"""The ancestors' workloads for the interval auction, reproducible: as drawn, and on our ticks."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random

from node.core.auction.clearing import Bid, Kind, Offer, Order
from node.core.auction.tariff import Tariff

LEM_FEED_IN, LEM_RETAIL = 1200, 2367
"""What the grid pays and asks, in the ancestor's unit of price: a hundredth of a cent per kWh."""
LEM_TARIFF = Tariff(feed_in_per_kwh=120_000, tick_size_per_kwh=1_853)
"""The same in base units per kWh; the retail price is no whole number of ticks, ours is above."""

BASE_UNITS = 100
"""Of a hundredth of a cent per kWh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Hold an offer with a limit as it was drawn."""

    kind: Kind
    limit: int
    energy: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Hold a bid with limits as they were drawn; None is no wish for that kind."""

    solar_limit: int | None
    chp_limit: int | None
    energy: int

    def limit(self, kind: Kind) -> int | None:
        """Give the limit for a kind."""
        return self.solar_limit if kind is Kind.SOLAR else self.chp_limit


def lem_limits(number: int, seed: int, scale: int = 1) -> list[Seller | Buyer]:
    """Draw W-LEM: sellers and buyers in turn, energy in Wh, the ancestor's limits times `scale`."""
    random = Random(seed)
    orders: list[Seller | Buyer] = []
    for index in range(number):
        energy = random.randint(100, 5000)
        if index % 2 == 0:
            limit = random.randint(LEM_FEED_IN, LEM_RETAIL) * scale
            kind = Kind.SOLAR if random.random() < 0.7 else Kind.CHP
            orders.append(Seller(kind=kind, limit=limit, energy=energy))
        else:
            solar, chp = (random.randint(1200, 2800) * scale for _ in range(2))
            orders.append(Buyer(solar_limit=solar, chp_limit=chp, energy=energy))
    return orders


def lem_on_ticks(number: int, seed: int) -> list[Order]:
    """Draw W-LEM with every limit rounded to a tick."""
    return on_ticks(lem_limits(number, seed, BASE_UNITS), LEM_TARIFF)


def lem(number: int, seed: int) -> list[Order]:
    """Draw W-LEM on ticks, as orders that the auction takes."""
    # A buyer below the first tick of both would want neither: it stays, at the first.
    return [
        replace(order, solar_tick=order.solar_tick or 1) if isinstance(order, Bid) else order
        for order in lem_on_ticks(number, seed)
    ]


def on_ticks(orders: Iterable[Seller | Buyer], tariff: Tariff) -> list[Order]:
    """Round every limit to a tick, as a home does before it places its order."""
    return [_on_ticks(order, tariff) for order in orders]


def energy_chain(number: int, seed: int) -> list[Order]:
    """Draw W-EC: pairs of an offer and a need no larger; it knew no price, so all meet."""
    random = Random(seed)
    orders: list[Order] = []
    for _ in range(number):
        offered = random.randint(100, 5000)
        needed = random.randint(1, offered)
        orders.append(Offer(kind=Kind.SOLAR, tick=0, energy_units=offered))
        orders.append(Bid(solar_tick=63, chp_tick=0, energy_units=needed))
    return orders


def _on_ticks(order: Seller | Buyer, tariff: Tariff) -> Order:
    if isinstance(order, Seller):
        tick = tariff.offer_tick(order.limit)
        return Offer(kind=order.kind, tick=tick, energy_units=order.energy)
    solar, chp = (
        0 if limit is None else tariff.bid_tick(limit)
        for limit in (order.solar_limit, order.chp_limit)
    )
    return Bid(solar_tick=solar, chp_tick=chp, energy_units=order.energy)
