"""Gather what becomes a home's history, cycle by cycle, and hand it over; nothing waits for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from node.core.auction.market import HomeMarket, tariff_in
from node.core.energy.interval import boundary_at_or_before, instant_of
from node.core.energy.meters import Metering
from node.core.energy.spool import Spools
from node.core.home import HomeState
from node.core.observation import Observation
from node.core.records import ChainView, MeterName, Reading, Registers
from node.home.chronicle.intervals import Bound
from node.home.chronicle.tables import EVENTS, INTERVALS, TRADES
from node.home.chronicle.trades import Trades
from node.state.history.keeper import HistoryKeeper
from node.state.history.tables import QUARTER_HOUR_S

GATHER_S = 10.0
"""How long a boundary waits for the meters that have not told it yet (monotonic seconds)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChronicleSettings:
    """Hold what a history has to know of its home; `meters` are those with a sensor.

    `has_grid` says that what its connection imports beyond its neighbours' energy is the grid's.
    """

    account: str | None
    interval_s: int
    meters: frozenset[MeterName]
    has_grid: bool


class Chronicle:
    """Write one home's history; called on the loop's own thread."""

    def __init__(self, settings: ChronicleSettings, history: HistoryKeeper) -> None:
        self._settings = settings
        self._history = history
        interval_s = settings.interval_s
        divides = QUARTER_HOUR_S % interval_s == 0
        self._period_s = QUARTER_HOUR_S if divides else interval_s
        self._read: dict[int, dict[MeterName, Registers]] = {}
        self._since_s: dict[int, float] = {}
        self._counted: dict[tuple[str | None, int | None], int] = {}
        self._given: dict[str, int] = {}
        self._trades = Trades(settings.account)
        self._seen: tuple[HomeState, Observation] | None = None

    def begin(
        self, calendar_s: float, registers: Mapping[MeterName, Registers], waited: Spools
    ) -> None:
        """Take the registers of the start, and the readings of earlier runs that still wait."""
        fed = {meter: found for meter, found in registers.items() if meter in self._settings.meters}
        self._hand_over(int(calendar_s), fed, is_base=True)
        late: dict[int, dict[MeterName, Registers]] = {}
        for reading in (*waited.broker.waiting, *waited.chain.waiting):
            if self._ends_a_row(reading.boundary):
                late.setdefault(reading.boundary, {})[reading.meter] = reading.registers
        for boundary in sorted(late):
            self._hand_over(self._instant_s(boundary), late[boundary], is_late=True)
        self.tell("node", "started", "the node has started", calendar_s)

    def add(self, readings: Iterable[Reading], now_s: float) -> None:
        """Take boundary readings."""
        for reading in readings:
            if self._ends_a_row(reading.boundary):
                self._read.setdefault(reading.boundary, {})[reading.meter] = reading.registers
                self._since_s.setdefault(reading.boundary, now_s)

    def look(self, state: HomeState, observation: Observation, metering: Metering) -> None:
        """Take one cycle; a boundary that all meters have told becomes a row."""
        self._seen = state, observation
        self._count_origins(metering)
        for row in self._trades.look(state, observation):
            self._history.keep(TRADES, observation.calendar_s, row)
        for boundary in sorted(self._read):
            whole = self._read[boundary].keys() >= self._settings.meters
            if whole or observation.now_s - self._since_s[boundary] >= GATHER_S:
                self._hand_over(self._instant_s(boundary), self._read.pop(boundary))
                del self._since_s[boundary]
        self._history.tend(observation.now_s)

    def tell(self, part: str, state: str, sentence: str, calendar_s: float) -> None:
        """Note a change of state with its sentence."""
        soc_pct = _soc_pct(self._seen[1]) if self._seen is not None else None
        row = {"part": part, "state": state, "sentence": sentence, "soc_pct": soc_pct}
        self._history.keep(EVENTS, calendar_s, row)

    def end(self, calendar_s: float) -> None:
        """Hand over what the next run has to know."""
        for boundary in sorted(self._read):
            self._hand_over(self._instant_s(boundary), self._read.pop(boundary))
        self._hand_over(int(calendar_s), {}, is_base=True)
        self.tell("node", "stopped", "the node was told to stop", calendar_s)

    def _ends_a_row(self, boundary: int) -> bool:
        return self._instant_s(boundary) % self._period_s == 0

    def _instant_s(self, boundary: int) -> int:
        return instant_of(boundary, self._settings.interval_s)

    def _count_origins(self, metering: Metering) -> None:
        """Add up what each neighbour gave since the cycle before."""
        counted = {(o.seller, o.number): count.milliwh for o, count in metering.by_origin}
        for (seller, number), milliwh in counted.items():
            if seller is not None:
                given = milliwh - self._counted.get((seller, number), 0)
                self._given[seller] = self._given.get(seller, 0) + given
        self._counted = counted

    def _hand_over(
        self,
        at_s: int,
        registers: Mapping[MeterName, Registers],
        *,
        is_base: bool = False,
        is_late: bool = False,
    ) -> None:
        orders, settled = ({}, 0) if is_late else self._trades.take_money()
        bound = Bound(
            at_s=at_s,
            period_s=self._period_s,
            registers={
                meter.value: (found.import_milliwh, found.export_milliwh)
                for meter, found in registers.items()
            },
            neighbours_milliwh=self._given,
            orders=orders,
            all_orders=not is_late and self._seen is not None and self._seen[1].chain is not None,
            settled=settled,
            has_grid=self._settings.has_grid,
            is_base=is_base,
            is_late=is_late,
            values={} if is_late or self._seen is None else self._values(*self._seen),
        )
        self._given = {}
        self._history.keep(INTERVALS, at_s, {"bound": bound})

    def _values(self, state: HomeState, observation: Observation) -> dict[str, Any]:
        """Give what stands at a row's end: charge, prices and tokens; None while unknown."""
        chain = observation.chain
        return {
            "soc_pct": _soc_pct(observation),
            "price_per_kwh": self._price(state, chain),
            "own_price_per_kwh": self._own_price(chain),
            **_tariff(observation.market, chain),
            "tokens": chain.tokens if chain is not None else None,
        }

    def _price(self, state: HomeState, chain: ChainView | None) -> int | None:
        """Give what a neighbour's kilowatt-hour costs: of the order that is drawn, or offered."""
        supply = state.supply
        if supply is not None and supply.contact.closed_at_s is not None:
            drawn = [d.price_per_kwh for d in supply.draws if d.seller == supply.contact.seller]
            if drawn:
                return drawn[0]
        offers = chain.offers if chain is not None else ()
        others = (o for o in offers if o.seller != self._settings.account and o.available_milliwh)
        return min((offer.price_per_kwh for offer in others), default=None)

    def _own_price(self, chain: ChainView | None) -> int | None:
        offers = chain.offers if chain is not None else ()
        own = (o.price_per_kwh for o in offers if o.seller == self._settings.account)
        return next(own, None)


def _soc_pct(observation: Observation) -> float | None:
    soc_pct = observation.battery.soc_pct
    return None if soc_pct is None else round(soc_pct, 1)


def _tariff(market: HomeMarket | None, chain: ChainView | None) -> dict[str, int | None]:
    if market is None or chain is None or not market.tariffs:
        return {"feed_in_per_kwh": None, "retail_per_kwh": None}
    interval = boundary_at_or_before(chain.block.timestamp_s, market.rules.interval_s)
    tariff = tariff_in(interval, market.tariffs)
    return {"feed_in_per_kwh": tariff.feed_in_per_kwh, "retail_per_kwh": tariff.retail_per_kwh}
