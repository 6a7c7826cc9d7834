"""The ancestors' workloads for the interval auction, on our ticks, reproducible."""

from random import Random

from node.core.auction import Bid, Kind, Offer, Order
from node.core.tariff import Tariff

LEM_TARIFF = Tariff(feed_in_per_kwh=120_000, tick_size_per_kwh=1_853)
"""The ancestor's 0.12 and 0.2367 per kWh; its retail price is no whole number of ticks above."""

_BASE_UNITS = 100
"""Of a hundredth of a cent per kWh, the ancestor's unit of price."""


def lem(number: int, seed: int) -> list[Order]:
    """Draw W-LEM: sellers and buyers in turn; energy in Wh."""
    random = Random(seed)
    orders: list[Order] = []
    for index in range(number):
        energy = random.randint(100, 5000)
        if index % 2 == 0:
            tick = LEM_TARIFF.offer_tick(random.randint(1200, 2367) * _BASE_UNITS)
            kind = Kind.SOLAR if random.random() < 0.7 else Kind.CHP
            orders.append(Offer(kind=kind, tick=tick, energy_units=energy))
        else:
            solar, chp = (
                LEM_TARIFF.bid_tick(random.randint(1200, 2800) * _BASE_UNITS) for _ in range(2)
            )
            # A buyer below the first tick of both would want neither: it stays, at the first.
            orders.append(Bid(solar_tick=solar or 1, chp_tick=chp, energy_units=energy))
    return orders


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
