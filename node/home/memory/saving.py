"""Decide when a home's counts go to disk: what may be lost is bounded, and a card wears.

Each writing costs the card some pages, however little is in it. So what a promise follows (a
purchase, a report) goes to disk along with the promise, and what a restart finds out by itself (a
closed order, a delivered reading) waits for the next writing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from node.core.budget import Spent
from node.core.energy.spool import Spools
from node.core.records import MeterName, Receipt, Registers

SAVE_AFTER_S = 60.0
"""Longest time that receipts and waiting readings are kept off the disk."""
SAVE_SPENT_AFTER_S = 1.0
"""How long what was spent waits for the promise that spends it, and that takes it along."""
REST_SAVE_AFTER_S = 1800.0
"""Longest time that registers are, while nothing is traded."""
RETRY_AFTER_S = 10.0
"""How soon a writing that failed is tried again: until it succeeds the home is at rest."""
REST_SLACKS = 20
"""Slacks of energy after which registers are written all the same."""


class Due(Enum):
    """Say what is to be done with the counts.

    `WITH_NEXT`: hand them to the journal, which writes them along with whatever is written next.
    `FLUSH`: have it write what it was handed, unless that has happened. `NOW`: both.
    """

    NOTHING = "nothing"
    WITH_NEXT = "with_next"
    FLUSH = "flush"
    NOW = "now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Hold what a home counts; `spent`, `drawing` and `fed_by_neighbours_milliwh` are None where it
    does not buy, `earned` where it does not sell.

    `calendar_s` is the instant of it, in seconds since 1970; None where registers on the chain may
    be higher yet.
    """

    registers: Mapping[MeterName, Registers]
    receipts: tuple[Receipt, ...]
    spent: Spent | None
    spools: Spools
    drawing: bool | None
    calendar_s: int | None
    fed_by_neighbours_milliwh: int | None
    earned: Spent | None

    @property
    def energy_milliwh(self) -> int:
        """Give the sum of all registers."""
        return sum(r.import_milliwh + r.export_milliwh for r in self.registers.values())


class Saving:
    """Compare a home's counts with those last saved, or handed over to be; seconds are monotonic.

    Until what was handed over is flushed, receipts in it count as not on disk: whether a promise
    took them along is not known here.
    """

    def __init__(self, slack_milliwh: int) -> None:
        self._slack_milliwh = slack_milliwh
        self._saved: Counts | None = None
        self._on_disk: Counts | None = None
        self._saved_at_s = 0.0
        self._news_since_s: float | None = None
        self._flush_at_s: float | None = None

    def note(self, now_s: float, counts: Counts, due: Due) -> None:
        """Take it that this was done."""
        if due is Due.WITH_NEXT:
            self._flush_at_s = self._latest_flush_s(now_s, counts)
        if due is not Due.FLUSH:
            self._saved, self._saved_at_s, self._news_since_s = counts, now_s, None
        if due is not Due.WITH_NEXT:
            self._flush_at_s = None
            self._on_disk = self._saved

    def due(self, now_s: float, counts: Counts, *, has_failed: bool) -> Due:
        """Say what is to be done; to be asked at every cycle, for it counts the waiting."""
        saved = self._saved
        if saved is None or counts.drawing is not saved.drawing:
            return Due.NOW
        if counts.spent != saved.spent:
            return Due.WITH_NEXT
        if has_failed:
            return Due.NOW if now_s - self._saved_at_s >= RETRY_AFTER_S else Due.NOTHING
        if self._is_worth_it(now_s, counts, saved):
            return Due.NOW
        if _adds(counts.spools.chain.waiting, saved.spools.chain.waiting):
            return Due.WITH_NEXT
        if self._flush_at_s is not None and now_s >= self._flush_at_s:
            return Due.FLUSH
        return Due.NOTHING

    def _latest_flush_s(self, now_s: float, counts: Counts) -> float:
        """Say until when counts may wait for a promise: no longer than what waits already."""
        spent = self._saved is not None and counts.spent != self._saved.spent
        news_since_s = now_s if self._news_since_s is None else self._news_since_s
        limits_s = [self._flush_at_s, news_since_s + SAVE_AFTER_S]
        if spent:
            limits_s.append(now_s + SAVE_SPENT_AFTER_S)
        return min(limit_s for limit_s in limits_s if limit_s is not None)

    def _is_worth_it(self, now_s: float, counts: Counts, saved: Counts) -> bool:
        if saved.spools.broker.waiting and not counts.spools.broker.waiting:
            # All of it is told: once for each outage, lest a crash tell it again.
            return True
        if not _is_news(counts, saved):
            self._news_since_s = None
        elif self._news_since_s is None:
            self._news_since_s = now_s
        if self._news_since_s is not None and now_s - self._news_since_s >= SAVE_AFTER_S:
            return True
        on_disk = self._on_disk or saved
        unsaved_milliwh = counts.energy_milliwh - on_disk.energy_milliwh
        if unsaved_milliwh > self._slack_milliwh and _adds(counts.receipts, on_disk.receipts):
            return True
        passed_milliwh = counts.energy_milliwh - saved.energy_milliwh
        rested_s = now_s - self._saved_at_s
        return rested_s >= REST_SAVE_AFTER_S or passed_milliwh > self._slack_milliwh * REST_SLACKS


def _is_news(counts: Counts, saved: Counts) -> bool:
    """Say whether there is more than a restart would find out by itself."""
    if counts.spools.broker != saved.spools.broker:
        return True
    is_dropped = counts.spools.chain.dropped != saved.spools.chain.dropped
    return is_dropped or _adds(counts.receipts, saved.receipts)


def _adds(now: tuple[object, ...], before: tuple[object, ...]) -> bool:
    return now != before and not set(now) <= set(before)
