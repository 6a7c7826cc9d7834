"""Follow a home's orders of sale and auction from their begin to their end, each for one row."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from node.core.auction.clearing import Bid, Kind
from node.core.auction.market import HomeMarket, PlacedOrder, SettledOrder
from node.core.delivery.sales import pair
from node.core.facts import ChainObserved
from node.core.home import HomeState
from node.core.observation import Observation
from node.core.records import ClosedOrder
from node.core.units import proceeds_down
from node.home.chronicle.curve import Curve
from node.home.chronicle.intervals import BOUGHT, SOLD
from node.state.history.tables import Row

MOST_ENDED = 256
"""Orders whose end is known: a reorganisation may tell it again."""


@dataclass(slots=True, kw_only=True)
class _Open:
    """Hold an order of the sale that is open; `drawn_milliwh` is what was drawn, or signed for."""

    neighbour: str
    number: int
    energy_milliwh: int
    drawn_milliwh: int
    price_per_kwh: int
    began_s: float
    curve: Curve


class Trades:
    """Hold the open orders of one account."""

    def __init__(self, account: str | None) -> None:
        self._account = account
        self._open: dict[str, _Open] = {}
        self._placed: dict[int, tuple[PlacedOrder, float]] = {}
        self._market: HomeMarket | None = None
        self._ended: deque[object] = deque(maxlen=MOST_ENDED)
        self._closed: dict[str, tuple[int, int]] = {}
        self._settled = 0

    def look(self, state: HomeState, observation: Observation) -> Iterator[Row]:
        """Take one cycle; give the row of each order that has ended."""
        seen = dict(self._bought(state))
        seen |= self._sold(observation)
        for key, (neighbour, number, energy, drawn, price) in seen.items():
            if key not in self._open and key not in self._ended:
                self._open[key] = _Open(
                    neighbour=neighbour,
                    number=number,
                    energy_milliwh=energy,
                    drawn_milliwh=drawn,
                    price_per_kwh=price,
                    began_s=observation.calendar_s,
                    curve=Curve(observation.calendar_s),
                )
            if key in self._open:
                self._open[key].drawn_milliwh = max(drawn, self._open[key].drawn_milliwh)
        self._draw(state, observation)
        for fact in observation.facts:
            if isinstance(fact, ChainObserved):
                self._see(fact.market, observation.calendar_s)
                for end in fact.ended:
                    yield from self._end(end)

    def take_money(self) -> tuple[Mapping[str, tuple[int, int]], int]:
        """Give the energy and price of the sale's orders since the last call, and what was settled.

        Of those that have ended it is, once, what the chain says was drawn.
        """
        orders = {key: (one.drawn_milliwh, one.price_per_kwh) for key, one in self._open.items()}
        taken = {**orders, **self._closed}, self._settled
        self._closed, self._settled = {}, 0
        return taken

    def _bought(self, state: HomeState) -> Iterator[tuple[str, tuple[str, int, int, int, int]]]:
        draws = state.supply.draws if state.supply is not None else ()
        for draw in draws:
            yield (
                f"{BOUGHT}/{draw.seller}/{draw.number}",
                (
                    draw.seller,
                    draw.number,
                    draw.energy_milliwh,
                    draw.drawn_milliwh,
                    draw.price_per_kwh,
                ),
            )

    def _sold(
        self, observation: Observation
    ) -> Iterator[tuple[str, tuple[str, int, int, int, int]]]:
        if observation.chain is None or self._account is None:
            return
        for sale in pair(observation.chain.orders, observation.receipts, self._account):
            order = sale.order
            yield (
                f"{SOLD}/{order.buyer}/{order.number}",
                (
                    order.buyer,
                    order.number,
                    order.energy_milliwh,
                    sale.signed_milliwh,
                    order.price_per_kwh,
                ),
            )

    def _draw(self, state: HomeState, observation: Observation) -> None:
        """Add a point to the curve of what is drawn now; of two buyers at once it is not known."""
        supply, load, connection = state.supply, observation.load, observation.connection
        meter = connection or load
        if meter is None or meter.power_w is None:
            return
        drawn: list[str] = []
        if supply is not None and supply.contact.closed_at_s is not None:
            seller = supply.contact.seller
            left = (d for d in supply.draws if d.seller == seller and d.remaining_milliwh)
            drawn = [f"{BOUGHT}/{draw.seller}/{draw.number}" for draw in left][:1]
        elif meter.power_w < 0:
            sold = [key for key in self._open if key.startswith(SOLD)]
            drawn = sold if len(sold) == 1 else []
        for key in drawn:
            if key in self._open:
                self._open[key].curve.add(observation.calendar_s, abs(meter.power_w))

    def _see(self, market: HomeMarket | None, calendar_s: float) -> None:
        if market is None:
            return
        self._market = market
        for placed in market.orders:
            _, since_s = self._placed.get(placed.interval, (placed, calendar_s))
            self._placed[placed.interval] = placed, since_s

    def _end(self, end: ClosedOrder | SettledOrder) -> Iterator[Row]:
        if isinstance(end, SettledOrder):
            if end not in self._ended:
                self._ended.append(end)
                self._settled += end.trade + end.grid
                yield self._settlement(end)
            return
        side, neighbour = (BOUGHT, end.seller) if end.buyer == self._account else (SOLD, end.buyer)
        key = f"{side}/{neighbour}/{end.number}"
        found = self._open.pop(key, None)
        if found is None:
            return
        self._ended.append(key)
        self._closed[key] = end.drawn_milliwh, found.price_per_kwh
        money = proceeds_down(end.drawn_milliwh, found.price_per_kwh)
        yield {
            "began_s": int(found.began_s),
            "market": "sale",
            "side": side,
            "neighbour": neighbour,
            "number": end.number,
            "energy_milliwh": found.energy_milliwh,
            "drawn_milliwh": end.drawn_milliwh,
            "returned_milliwh": found.energy_milliwh - end.drawn_milliwh,
            "price_per_kwh": found.price_per_kwh,
            "paid": money if side == BOUGHT else 0,
            "earned": money if side == SOLD else 0,
            "from_grid": 0,
            "block": end.block,
            "curve_w": found.curve.points,
        }

    def _settlement(self, end: SettledOrder) -> dict[str, Any]:
        """Tell an order of the auction: what it asked for, got, and what the meter showed."""
        row: dict[str, Any] = {
            "market": "auction",
            "number": end.interval,
            "drawn_milliwh": end.metered_milliwh,
            "paid": max(0, -(end.trade + end.grid)),
            "earned": max(0, end.trade + end.grid),
            "from_grid": end.grid,
            "block": end.block,
        }
        placed, since_s = self._placed.pop(end.interval, (None, 0.0))
        if placed is None or self._market is None:
            return row
        unit = self._market.rules.unit_milliwh
        filled = {Kind.SOLAR: end.solar_units * unit, Kind.CHP: end.chp_units * unit}
        return row | {
            "began_s": int(since_s),
            "side": BOUGHT if isinstance(placed.order, Bid) else SOLD,
            "energy_milliwh": placed.order.energy_units * unit,
            "returned_milliwh": placed.order.energy_units * unit - sum(filled.values()),
        }
