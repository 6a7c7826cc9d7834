"""The truth of a rough auction: one home's orders, results that vanish, pairings that lie."""

import random
from dataclasses import replace

from node.core.auction.clearing import Bid, Kind, Offer, Order, clear
from node.core.auction.licence import filled_milliwh
from node.core.auction.market import ClearedInterval, HomeMarket, PlacedOrder
from node.core.auction.pairing import Pairing, Part
from node.core.auction.settlement import deposit_up
from node.core.commands import PlaceOrder
from node.core.records import BlockStamp
from tests.factories.market import INTERVAL_S, RULES, market
from tests.factories.settings import HOME, NEIGHBOUR, SELLER1, SELLER2
from tests.factories.trading import METER, MONEY


class AuctionTruth:
    """Hold what is true of the auction, and what of it can be seen."""

    def __init__(self, dice: random.Random) -> None:
        self.random = dice
        self.orders: dict[int, PlacedOrder] = {}
        self.results: dict[int, ClearedInterval] = {}
        self.hidden: set[int] = set()
        self.pairings: dict[int, Pairing] = {}
        self.sound: set[int] = set()

    def happens(self, one_in: int) -> bool:
        """Throw a die."""
        return self.random.randrange(one_in) == 0

    def place(self, placing: PlaceOrder) -> None:
        """Let an order stand."""
        self.orders[placing.interval] = PlacedOrder(
            account=HOME,
            meter_id=METER,
            interval=placing.interval,
            order=placing.order,
            deposit=deposit_up(placing.order, MONEY),
        )

    def market(self) -> HomeMarket:
        """Give what the chain shows."""
        results = tuple(r for i, r in self.results.items() if i not in self.hidden)
        return market(orders=tuple(self.orders.values()), cleared=results)

    def _fill(self, interval: int) -> dict[str, int] | None:
        """Give the own fill in an interval; None where it may still come."""
        placed = self.orders.get(interval)
        if placed is None or placed.order.energy_units == 0:
            return {}
        if interval not in self.results or interval in self.hidden:
            return None
        return filled_milliwh(market(), placed, self.results[interval])

    def is_barred(self, interval: int) -> bool:
        """Tell whether an interval is the auction's."""
        fill = self._fill(interval)
        return fill is None or any(fill.values())

    def parts(self, interval: int) -> tuple[Part, ...]:
        """Give the parts that are licensed in an interval."""
        fill = self._fill(interval)
        if not fill or not any(fill.values()) or interval not in self.sound:
            return ()
        return self.pairings[interval].parts

    def move(self, chain_s: float, block: int) -> None:
        """Clear, settle, undo and publish, as it falls."""
        for interval, placed in list(self.orders.items()):
            if chain_s >= RULES.gate_s(interval) and self.happens(3):
                self._clear(interval, placed.order, chain_s, block)
            if (interval + 3) * INTERVAL_S <= chain_s:
                del self.orders[interval]
        # A reorganisation takes a result away for a while.
        self.hidden = {i for i in self.results if self.happens(4 if i in self.hidden else 80)}
        for interval in self.results:
            if interval not in self.pairings and self.happens(3):
                self._publish(interval)

    def _clear(self, interval: int, own: Order, chain_s: float, block: int) -> None:
        if interval in self.results or own.energy_units == 0:
            return
        units = self.random.randrange(20, 200)
        against: Order = Offer(kind=Kind.SOLAR, tick=self.random.randrange(64), energy_units=units)
        if isinstance(own, Offer):
            against = Bid(solar_tick=self.random.randrange(1, 64), chp_tick=0, energy_units=units)
        stamp = BlockStamp(number=block, hash="0x", timestamp_s=int(chain_s))
        self.results[interval] = ClearedInterval(
            interval=interval, clearing=clear([own, against]), block=stamp
        )

    def _publish(self, interval: int) -> None:
        placed = self.orders.get(interval)
        if placed is None:
            return
        fill = filled_milliwh(market(), placed, self.results[interval])["solar"]
        first = self.random.randint(0, fill)
        bought = isinstance(placed.order, Bid)
        others = (SELLER1, SELLER2) if bought else (NEIGHBOUR,)
        energies = (first, fill - first) if bought else (fill,)
        parts = [
            Part(
                kind="solar",
                buyer=HOME if bought else other,
                seller=other if bought else HOME,
                energy_milliwh=energy,
            )
            for other, energy in zip(others, energies, strict=True)
            if energy
        ]
        self.sound.add(interval)
        if parts and self.happens(5):
            lies = self.random.choice(("more", "foreign", "twice"))
            changed = {
                "more": replace(parts[0], energy_milliwh=fill + 1),
                "foreign": replace(parts[0], buyer=SELLER2, seller=NEIGHBOUR),
                "twice": parts[-1],
            }[lies]
            parts = [changed, *parts[1:]] if lies != "twice" else [*parts, changed]
            self.sound.discard(interval)
        self.pairings[interval] = Pairing(
            interval=interval, wires_hash=bytes(32), parts=tuple(parts)
        )
