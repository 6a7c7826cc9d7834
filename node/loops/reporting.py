"""Keep the connection meter's boundary readings until the chain has taken them, in order."""

import logging
from collections import deque
from collections.abc import Iterable

from node.core.commands import ReportReadings
from node.core.facts import Fact, IntentConfirmed, IntentRefused
from node.core.interval import instant_of
from node.core.observation import Observation
from node.core.records import MeterName, Reading

log = logging.getLogger(__name__)

MOST_KEPT = 11 * 96
"""Eleven days of quarter hours: what the registry's ring holds by default."""
MOST_AT_ONCE = 96
RETRY_PAUSE_S = 60.0
NEVER_TAKEN = (
    "RegistryBoundaryNotRising",
    "RegistryRegisterFalls",
    "RegistryRiseAboveMaximum",
)
"""Refusals that waiting does not heal: the oldest reading goes, lest it block all after it."""


class Reporting:
    """Report every `every`-th boundary of one meter; without a meter id, nothing."""

    def __init__(self, meter_id: int | None, every: int, interval_s: int) -> None:
        self._meter_id = meter_id
        self._every = every
        self._interval_s = interval_s
        self._waiting: deque[Reading] = deque(maxlen=MOST_KEPT)
        self._sent: ReportReadings | None = None
        self._paused_at_s: float | None = None
        self.dropped = 0

    def add(self, readings: Iterable[Reading]) -> None:
        """Keep the readings that are to be reported; the oldest go when too many wait."""
        if self._meter_id is None:
            return
        for reading in readings:
            if reading.meter is not MeterName.CONNECTION or reading.boundary % self._every:
                continue
            if len(self._waiting) == MOST_KEPT:
                self.dropped += 1
                log.warning("the oldest waiting reading was dropped (%d so far)", self.dropped)
            self._waiting.append(reading)

    def absorb(self, facts: Iterable[Fact], now_s: float) -> None:
        """Take the outcomes of reports."""
        for fact in facts:
            match fact:
                case IntentConfirmed(intent=ReportReadings() as report):
                    self._forget(report, report.readings[-1])
                case IntentRefused(intent=ReportReadings() as report):
                    log.warning("a report was refused: %s", fact.sentence)
                    if fact.name in NEVER_TAKEN:
                        self._forget(report, report.readings[0])
                    elif report == self._sent:
                        self._sent, self._paused_at_s = None, now_s

    def due(self, observation: Observation) -> tuple[ReportReadings, ...]:
        """Give the next report, one at a time, while the chain answers."""
        paused = (
            self._paused_at_s is not None and observation.now_s - self._paused_at_s < RETRY_PAUSE_S
        )
        view = observation.chain
        if view is None or observation.chain_problem is not None or paused:
            return ()
        readings = self._run(view.block.timestamp_s)
        if self._meter_id is None or not readings or self._sent is not None:
            return ()
        self._sent = ReportReadings(meter_id=self._meter_id, readings=readings)
        return (self._sent,)

    def _run(self, chain_s: int) -> tuple[Reading, ...]:
        """Give the oldest consecutive boundaries that the chain has reached, for one call."""
        run: list[Reading] = []
        for reading in self._waiting:
            follows = not run or reading.boundary == run[-1].boundary + 1
            reached = instant_of(reading.boundary, self._interval_s) <= chain_s
            if not follows or not reached or len(run) == MOST_AT_ONCE:
                break
            run.append(reading)
        return tuple(run)

    def _forget(self, report: ReportReadings, newest: Reading) -> None:
        kept = (r for r in self._waiting if r.boundary > newest.boundary)
        self._waiting = deque(kept, maxlen=MOST_KEPT)
        # A report of an earlier run may end while one of this run is under way.
        if report == self._sent:
            self._sent = None
