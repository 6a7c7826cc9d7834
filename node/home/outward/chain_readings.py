"""Keep the connection meter's boundary readings until the chain has taken them, in order."""

import logging
from collections.abc import Iterable

from node.core.commands import ReportReadings
from node.core.energy.interval import boundary_at_or_before, instant_of
from node.core.energy.spool import (
    MOST_AT_ONCE,
    MOST_KEPT,
    Spool,
    added,
    compared,
    next_run,
    oldest_boundary,
    restored,
    without,
)
from node.core.facts import Fact, IntentConfirmed, IntentRefused, IntentResumed, IntentUndone
from node.core.observation import Observation
from node.core.records import MeterName, Reading
from node.core.underway import NOTHING, absorb, ask, rest

log = logging.getLogger(__name__)

RETRY_PAUSE_S = 60.0
STEADY_S = 60.0
"""Real seconds for which the chain must say that it is past a reading that it does not show."""
NEVER_TAKEN = (
    "RegistryBoundaryNotRising",
    "RegistryRegisterFalls",
    "RegistryRiseAboveMaximum",
)
"""Refusals that waiting does not heal: the reading goes, lest it block all after it."""


class ChainReadings:
    """Report every `every`-th boundary of one meter; without a meter id, nothing."""

    def __init__(self, meter_id: int | None, every: int, interval_s: int, spool: Spool) -> None:
        self._meter_id = meter_id
        self._every = every
        self._interval_s = interval_s
        self._most = MOST_AT_ONCE
        self._underway = NOTHING
        self._doubt: tuple[Reading, float] | None = None
        self.spool = spool
        self.problem: str | None = None
        """Why the chain took the last report not, until it takes one."""

    def waiting_since_s(self, *others: Spool) -> float | None:
        """Give the boundary of the oldest reading here, or in another spool (calendar)."""
        oldest = oldest_boundary(self.spool, *others)
        return None if oldest is None else float(instant_of(oldest, self._interval_s))

    def add(self, readings: Iterable[Reading]) -> None:
        """Keep the readings that are to be reported."""
        if self._meter_id is None:
            return
        for reading in readings:
            if reading.meter is MeterName.CONNECTION and reading.boundary % self._every == 0:
                taken = added(self.spool, reading, MOST_KEPT)
                self._take(taken, "the spool is full, or the clock went back")

    def absorb(self, facts: Iterable[Fact], now_s: float) -> None:
        """Take the outcomes of reports, those of earlier runs too."""
        for fact in facts:
            before = self._underway
            match fact:
                case IntentResumed(intent=ReportReadings()):
                    pass
                case IntentConfirmed(intent=ReportReadings() as report):
                    self._take(without(self.spool, report.readings, lost=False), "")
                    self._most, self.problem = MOST_AT_ONCE, None
                case IntentUndone(intent=ReportReadings() as report):
                    self._take(restored(self.spool, report.readings), "the spool is full")
                case IntentRefused(intent=ReportReadings() as report):
                    log.warning("a report was refused: %s", fact.sentence)
                    self.problem = f"refused: {fact.sentence}"
                    is_put_off = not self._refused(report, fact.name in NEVER_TAKEN)
                    if is_put_off and report in before.intents:
                        before = rest(
                            before,
                            report,
                            now_s,
                            first=RETRY_PAUSE_S,
                            most=RETRY_PAUSE_S,
                            about=type,
                        )
                case _:
                    continue
            # Nothing is to overtake one that the ledger sends, be it of an earlier run.
            self._underway = absorb(before, fact, now_s)

    def due(self, observation: Observation) -> tuple[ReportReadings, ...]:
        """Give the next report, one at a time, while the chain answers."""
        view, underway = observation.chain, self._underway
        is_paused = any(observation.now_s < resting.until for resting in underway.resting)
        if self._meter_id is None or underway.asked or is_paused:
            return ()
        if view is None or observation.chain_problem is not None:
            return ()
        if view.meter is not None and not self._compare(view.meter, observation.now_s):
            return ()
        reached = boundary_at_or_before(view.block.timestamp_s, self._interval_s)
        readings = next_run(self.spool, reached, self._most)
        if not readings:
            return ()
        report = ReportReadings(meter_id=self._meter_id, readings=readings)
        self._underway = ask(self._underway, report, now=observation.now_s)
        return (report,)

    def _compare(self, told: Reading, now_s: float) -> bool:
        """Let go what the chain is past; say whether what it tells is beyond doubt.

        One false word would lose what waits. A reading that is one of those is the chain's for
        sure; any other has to be told for a while.
        """
        left = compared(self.spool, told)
        if left == self.spool:
            self._doubt = None
            return True
        first, since_s = self._doubt or (told, now_s)
        if told not in self.spool.waiting:
            if told.boundary < first.boundary:
                first, since_s = told, now_s
            self._doubt = first, since_s
            if now_s - since_s < STEADY_S:
                return False
        self._doubt = None
        self._take(left, "the chain is past them")
        return True

    def _refused(self, report: ReportReadings, never: bool) -> bool:
        """Take a refusal; say whether it is of something that will never be taken."""
        if not never:
            self._take(restored(self.spool, report.readings), "the spool is full")
        elif len(report.readings) == 1:
            self._take(without(self.spool, report.readings, lost=True), "the registry refuses it")
        else:
            # One of them is at fault, and the call does not say which: from here on one by one.
            self._most = 1
        return never

    def _take(self, spool: Spool, why: str) -> None:
        lost = spool.dropped - self.spool.dropped
        if lost:
            log.warning("%d readings were dropped (%d so far): %s", lost, spool.dropped, why)
        self.spool = spool
