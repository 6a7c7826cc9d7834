"""Measure what the auction's rule leaves on the table, in pure Python.

On W-LEM: our prices beside those of the exact rule on unrounded limits, in ticks. On random small
markets: the value of both steps beside the joint optimum of both kinds, which the rule, being the
ancestor's, does not aim at. Value is in base units per kWh times units.
"""

from collections.abc import Iterator, Sequence
from random import Random

from bench.market.exact import clear_exactly
from bench.market.workloads import BASE_UNITS, LEM_TARIFF, lem, lem_limits
from bench.report import Row, row, statistics_of
from node.core.auction.clearing import Bid, Clearing, Kind, Offer, Order, clear, fills

MARKETS = 2_000
_MOST_ORDERS = 14
_MOST_UNITS = 5_000

SIZES = (10, 50, 100, 200, 500)

Seller = tuple[Kind, int, int]
"""Kind, limit, energy."""

Buyer = tuple[int, int, int]
"""Limit for solar, limit for CHP, energy."""


def rows(quick: bool, seed: int) -> Iterator[Row]:
    """Compare prices with the exact rule's, and values with the joint optimum."""
    for number in SIZES:
        exact = clear_exactly(lem_limits(number, seed, BASE_UNITS))
        cleared = clear(lem(number, seed))
        for kind in Kind:
            price, volume = exact[kind].price, cleared.step(kind).volume_units
            if price is None or not volume:
                continue
            ours = LEM_TARIFF.price_per_kwh(cleared.step(kind).price_tick)
            case = f"W-LEM {number}, {kind.name.lower()}: price less the unrounded rule's"
            off = (ours - price) / LEM_TARIFF.tick_size_per_kwh
            yield row("welfare", case, number, "ticks", off, "1")
    ratios = list(_joint_ratios(MARKETS // 10 if quick else MARKETS, seed))
    case = "both steps, of the joint optimum"
    yield row("welfare", case, len(ratios), "mean", sum(ratios) / len(ratios), "1")
    yield from statistics_of("welfare", case, ratios, "1", ("min", "p5", "median"))


def merit_optimum(
    sellers: Sequence[tuple[int, int]], buyers: Sequence[tuple[int, int]]
) -> tuple[int, int]:
    """Give the greatest value of one kind's trade, and its volume, from (limit, energy)."""
    offered, wanted = sorted(sellers), sorted(buyers, reverse=True)
    value = volume = 0
    while offered and wanted and offered[0][0] <= wanted[0][0]:
        (ask, supply), (bid, need) = offered.pop(0), wanted.pop(0)
        energy = min(supply, need)
        value, volume = value + energy * (bid - ask), volume + energy
        if supply > energy:
            offered.insert(0, (ask, supply - energy))
        if need > energy:
            wanted.insert(0, (bid, need - energy))
    return value, volume


def joint_optimum(sellers: Sequence[Seller], buyers: Sequence[Buyer]) -> int:
    """Give the greatest value of both kinds' trade together: a flow of least cost.

    Energy flows from a source over sellers, kinds and buyers to a sink. As long as some path is
    worth anything, as much as fits flows along the best one, also back where that is worth more.
    """
    sink = 3 + len(sellers) + len(buyers)
    room: dict[tuple[int, int], int] = {}
    cost: dict[tuple[int, int], int] = {}

    def join(start: int, end: int, most: int, price: int) -> None:
        room[start, end], room[end, start] = most, 0
        cost[start, end], cost[end, start] = price, -price

    for index, (kind, limit, energy) in enumerate(sellers):
        join(0, 3 + index, energy, limit)
        join(3 + index, 1 + kind.value, energy, 0)
    for index, (solar, chp, energy) in enumerate(buyers):
        node = 3 + len(sellers) + index
        join(1, node, energy, -solar)
        join(2, node, energy, -chp)
        join(node, sink, energy, 0)
    value = 0
    while path := _best_path(room, cost, sink):
        energy = min(room[edge] for edge in path)
        for start, end in path:
            room[start, end] -= energy
            room[end, start] += energy
            value -= energy * cost[start, end]
    return value


def _best_path(
    room: dict[tuple[int, int], int], cost: dict[tuple[int, int], int], sink: int
) -> list[tuple[int, int]]:
    """Give the cheapest path of edges with room, by Bellman and Ford; none if nothing is gained."""
    least: dict[int, int] = {0: 0}
    before: dict[int, int] = {}
    changed = True
    while changed:
        changed = False
        for (start, end), left in room.items():
            if (
                left
                and start in least
                and least[start] + cost[start, end] < least.get(end, 1 << 62)
            ):
                least[end], before[end], changed = least[start] + cost[start, end], start, True
    if least.get(sink, 0) >= 0:
        return []
    path, node = [], sink
    while node:
        path.append((before[node], node))
        node = before[node]
    return path


def _joint_ratios(markets: int, seed: int) -> Iterator[float]:
    random = Random(seed)
    for _ in range(markets):
        orders = [_drawn(random) for _ in range(random.randint(2, _MOST_ORDERS))]
        sellers = [(o.kind, o.tick, o.energy_units) for o in orders if isinstance(o, Offer)]
        # A tick of 0 is no wish: no seller is cheaper than a limit below every one.
        buyers = [
            (o.solar_tick or -1, o.chp_tick or -1, o.energy_units)
            for o in orders
            if isinstance(o, Bid)
        ]
        best = joint_optimum(sellers, buyers)
        if best:
            yield _value(orders, clear(orders)) / best


def _drawn(random: Random) -> Order:
    energy = random.randint(1, _MOST_UNITS)
    if random.random() < 0.5:
        return Offer(
            kind=random.choice(list(Kind)), tick=random.randint(0, 63), energy_units=energy
        )
    return Bid(
        solar_tick=random.randint(1, 63), chp_tick=random.randint(0, 63), energy_units=energy
    )


def _value(orders: Sequence[Order], cleared: Clearing) -> int:
    value = 0
    for order in orders:
        found = fills(cleared, order)
        for kind in Kind:
            tick = order.tick(kind) if isinstance(order, Bid) else -order.tick
            value += found.units(kind) * tick
    return value
