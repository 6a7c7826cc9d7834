"""Expect the next intervals from the home's own meters, and the next prices from the results.

An interval is learned from when it has ended: half a millisecond of work. What was kept of earlier
runs takes seconds on a small board, so it is learned from on another thread; until that is done
nothing is expected.

What the running interval has shown so far is looked at twice before each gate, as an order is
decided on and as it is looked at again: so an order is placed once and changed once at most.
"""

import asyncio
import logging
import math
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from node.core.auction.clearing import Kind
from node.core.auction.gate import LANES, next_gate
from node.core.auction.market import HomeMarket, Outlook
from node.core.energy.meters import Metering
from node.core.forecast.need import DAY_S, absorb_interval, forecast, new_forecast
from node.core.forecast.records import Accuracy, ForecastState, thinned
from node.core.forecast.running import Running
from node.core.observation import Observation
from node.core.records import MeterName, Reading, Register, Registers
from node.core.trading.prices import absorb_step, expected_tick, new_memory
from node.core.units import JOULES_PER_MILLIWH
from node.home.inward.history import PREFIX, Energies, History
from node.home.memory.memory import Memory

log = logging.getLogger(__name__)

SAVE_EVERY_S = 6 * 3600
"""Calendar seconds of energies that a power loss may take: four writings a day, some kilobytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastingSettings:
    """Say which register of which meter tells the home's load, and which its solar energy.

    `solar` is None for a home without such a meter: it has none. The two leads are how long before
    a gate an order is decided on and looked at again, in calendar seconds.
    """

    interval_s: int
    place_lead_s: float
    revise_lead_s: float
    load: tuple[MeterName, Register]
    solar: tuple[MeterName, Register] | None


class Forecasting:
    """Learn from readings and results, and tell the outlooks of the intervals that take orders."""

    def __init__(self, settings: ForecastingSettings, memory: Memory) -> None:
        self._settings = settings
        self._memory = memory
        slots = DAY_S // settings.interval_s
        self._history = History(settings.interval_s, {kind: new_memory(slots) for kind in Kind})
        self._history.recall(memory.recall_texts(PREFIX))
        self._state: ForecastState | None = None
        self._learning: asyncio.Future[ForecastState] | None = None
        self._ending = threading.Event()
        self._last: dict[MeterName, Reading] = {}
        self._rises: dict[MeterName, tuple[int, Registers]] = {}
        self._outlooks: tuple[Outlook, ...] = ()
        self._basis: tuple[object, ...] = ()
        self._looked: tuple[int, float] = (0, 0.0)
        self._running: Running | None = None
        self._has_warned = False

    @property
    def accuracy(self) -> Accuracy | None:
        """Give how far off the forecasts were; None while the kept energies are learned from."""
        return self._state.accuracy if self._state is not None else None

    def start(self) -> None:
        """Begin to learn from what was kept; returns at once."""
        known = tuple(self._history.energies())
        self._state = None
        self._learning = asyncio.get_running_loop().run_in_executor(
            None, _learned, self._settings.interval_s, known, self._ending
        )

    def add(self, readings: Iterable[Reading]) -> None:
        """Take boundary readings: two that follow each other tell an interval's energy."""
        for reading in readings:
            before = self._last.get(reading.meter)
            self._last[reading.meter] = reading
            if before is not None and before.boundary == reading.boundary - 1:
                self._rises[reading.meter] = (before.boundary, _rise(before, reading))
                self._close_interval(before.boundary)

    def look(self, observation: Observation, metering: Metering) -> tuple[Outlook, ...]:
        """Learn from the results that are seen, and tell what is expected of the next intervals."""
        self._finish_learning()
        view, market, chain_now_s = observation.chain, observation.market, observation.chain_now_s
        if view is None or chain_now_s is None or market is None or not self._counts_as(market):
            return ()
        self._learn_prices(market)
        now_s = int(chain_now_s)
        first = next_gate(now_s, market.rules.interval_s, market.rules.gate_lead_s)
        self._look_at_running(first, market.rules.gate_s(first) - now_s, metering)
        most_w = view.meter_max_power_w
        basis = (first, self._state, self._history.newest_result, self._running, most_w)
        if self._basis != basis:
            self._basis = basis
            self._outlooks = tuple(self._expect(range(first, first + LANES), most_w))
        return self._outlooks

    def save(self) -> None:
        """Hand over to the memory what it does not keep yet."""
        changed = self._history.changed()
        if changed:
            self._memory.keep_texts(changed)

    def close(self) -> None:
        """Stop learning, and keep what is known; may be called twice."""
        self._ending.set()
        self.save()

    def _look_at_running(self, first: int, left_s: float, metering: Metering) -> None:
        """Take in, once at each of the two looks, what the interval before has shown so far."""
        leads_s = self._settings.place_lead_s, self._settings.revise_lead_s
        look = (first, min((lead_s for lead_s in leads_s if left_s <= lead_s), default=math.inf))
        if look == self._looked:
            return
        if first != self._looked[0]:
            self._running = None
        if look[1] < math.inf:
            found = self._measured(first - 1, metering)
            if found is None:
                # A meter that does not tell now may tell a moment later.
                return
            self._running = found
        self._looked = look

    def _measured(self, interval: int, metering: Metering) -> Running | None:
        """Tell what an interval has shown so far; None unless every meter saw it from its start."""
        load, part = self._risen(self._settings.load, interval, metering) or (0, 0.0)
        solar = 0
        if self._settings.solar is not None:
            solar, its_part = self._risen(self._settings.solar, interval, metering) or (0, 0.0)
            part = part if its_part == part else 0.0
        if not 0 < part < 1:
            return None
        return Running(interval=interval, part=part, load_milliwh=load, solar_milliwh=solar)

    def _risen(
        self, source: tuple[MeterName, Register], interval: int, metering: Metering
    ) -> tuple[int, float] | None:
        """Give a register's rise since an interval began, and how much of that has been metered."""
        name, register = source
        before = self._last.get(name)
        meter = next((found for found in metering.meters if found.name is name), None)
        if before is None or before.boundary != interval or meter is None or meter.newest is None:
            return None
        start_s, interval_s = interval * self._settings.interval_s, self._settings.interval_s
        part = (meter.newest.calendar_s - start_s) / interval_s
        if register is Register.IMPORT:
            return meter.imported.milliwh - before.registers.import_milliwh, part
        return meter.exported.milliwh - before.registers.export_milliwh, part

    def _counts_as(self, market: HomeMarket) -> bool:
        """Say whether the auction's intervals are those that the meters tell of."""
        own_s, its_s = self._settings.interval_s, market.rules.interval_s
        if own_s != its_s and not self._has_warned:
            self._has_warned = True
            log.error("no forecast: the auction's intervals have %d s, not %d s", its_s, own_s)
        return own_s == its_s

    def _close_interval(self, interval: int) -> None:
        """Learn from an interval once all its meters have told of it."""
        load = self._energy(self._settings.load, interval)
        solar = 0 if self._settings.solar is None else self._energy(self._settings.solar, interval)
        if load is None or solar is None:
            return
        newest = self._history.newest_interval
        if newest is not None and interval <= newest:
            if newest - interval < DAY_S // self._settings.interval_s:
                return
            log.warning("the clock went back: intervals %d to %d are forgotten", interval, newest)
            self._history.forget_after(interval)
            self.start()
        self._history.add(interval, (load, solar))
        if self._state is not None:
            self._state = absorb_interval(self._state, interval, load, solar)
        if (interval + 1) * self._settings.interval_s % SAVE_EVERY_S == 0:
            self.save()

    def _energy(self, source: tuple[MeterName, Register], interval: int) -> int | None:
        meter, register = source
        at, rise = self._rises.get(meter, (None, None))
        if rise is None or at != interval:
            return None
        return rise.import_milliwh if register is Register.IMPORT else rise.export_milliwh

    def _finish_learning(self) -> None:
        if self._learning is None or not self._learning.done():
            return
        state, self._learning = self._learning.result(), None
        for interval, (load, solar) in self._history.energies():
            # Those that ended meanwhile; what is known already changes nothing.
            state = absorb_interval(state, interval, load, solar)
        self._state = state

    def _learn_prices(self, market: HomeMarket) -> None:
        history = self._history
        news = [found for found in market.cleared if found.interval > history.newest_result]
        for found in sorted(news, key=lambda found: found.interval):
            clearing = found.clearing
            left = clearing.unsold_units, clearing.unserved_units
            for kind in Kind:
                memory = absorb_step(
                    history.prices[kind], found.interval, clearing.step(kind), *left
                )
                history.learn(kind, memory, found.interval)

    def _expect(self, intervals: Sequence[int], most_w: int | None) -> Iterator[Outlook]:
        span_s = self._settings.interval_s
        most_milliwh = None if most_w is None else int(most_w * span_s / JOULES_PER_MILLIWH)
        for interval in intervals:
            state = self._state
            if state is None:
                return
            found = forecast(state, interval, self._running, most_milliwh)
            if found is not None:
                yield Outlook(
                    interval=interval,
                    outcomes_milliwh=thinned(found.outcomes_milliwh),
                    ticks=tuple(
                        expected_tick(self._history.prices[kind], interval) for kind in Kind
                    ),
                )


def _learned(
    interval_s: int, known: Sequence[tuple[int, Energies]], ending: threading.Event
) -> ForecastState:
    state = new_forecast(interval_s)
    for interval, (load, solar) in known:
        if ending.is_set():
            break
        state = absorb_interval(state, interval, load, solar)
    return state


def _rise(before: Reading, after: Reading) -> Registers:
    return Registers(
        import_milliwh=after.registers.import_milliwh - before.registers.import_milliwh,
        export_milliwh=after.registers.export_milliwh - before.registers.export_milliwh,
    )
