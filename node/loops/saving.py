"""Decide when a home's counts go to disk: what may be lost is bounded, and a card wears.

Each writing costs the card some pages, however little is in it. So what is settled within the
minute that it may wait (a reading that the chain takes at once) is not written at all, and what a
restart finds out by itself (a closed order, a delivered reading) waits for the next writing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from node.core.purchase import Spent
from node.core.records import MeterName, Receipt, Registers
from node.core.spool import Spools

SAVE_AFTER_S = 60.0
"""Longest time that receipts and waiting readings are kept off the disk."""
REST_SAVE_AFTER_S = 1800.0
"""Longest time that registers are, while nothing is traded."""
RETRY_AFTER_S = 10.0
"""How soon a writing that failed is tried again: until it succeeds the home is at rest."""
REST_SLACKS = 20
"""Slacks of energy after which registers are written all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Hold what a home counts; `spent` and `drawing` are None where it does not buy."""

    registers: Mapping[MeterName, Registers]
    receipts: tuple[Receipt, ...]
    spent: Spent | None
    spools: Spools
    drawing: bool | None

    @property
    def energy_milliwh(self) -> int:
        """Give the sum of all registers."""
        return sum(r.import_milliwh + r.export_milliwh for r in self.registers.values())


class Saving:
    """Compare a home's counts with those last saved; seconds are monotonic."""

    def __init__(self, slack_milliwh: int) -> None:
        self._slack_milliwh = slack_milliwh
        self._saved: Counts | None = None
        self._saved_at_s = 0.0
        self._unsaved_since_s: float | None = None

    def note(self, now_s: float, counts: Counts) -> None:
        """Take these counts as saved."""
        self._saved, self._saved_at_s, self._unsaved_since_s = counts, now_s, None

    def is_due(self, now_s: float, counts: Counts, has_failed: bool) -> bool:
        """Say whether to save now; to be asked at every cycle, for it counts the waiting."""
        saved = self._saved
        if saved is None:
            return True
        if (counts.spent, counts.drawing) != (saved.spent, saved.drawing):
            return True
        if has_failed:
            return now_s - self._saved_at_s >= RETRY_AFTER_S
        if saved.spools.broker.waiting and not counts.spools.broker.waiting:
            # All of it is told: once for each outage, lest a crash tell it again.
            return True
        passed_milliwh = counts.energy_milliwh - saved.energy_milliwh
        if counts.receipts != saved.receipts and passed_milliwh > self._slack_milliwh:
            return True
        if not _is_news(counts, saved):
            self._unsaved_since_s = None
        elif self._unsaved_since_s is None:
            self._unsaved_since_s = now_s
        since_s = self._unsaved_since_s
        if since_s is not None and now_s - since_s >= SAVE_AFTER_S:
            return True
        rested_s = now_s - self._saved_at_s
        return rested_s >= REST_SAVE_AFTER_S or passed_milliwh > self._slack_milliwh * REST_SLACKS


def _is_news(counts: Counts, saved: Counts) -> bool:
    """Say whether there is more than a restart would find out by itself."""
    if counts.spools.broker != saved.spools.broker:
        return True
    chain, saved_chain = counts.spools.chain, saved.spools.chain
    if chain.dropped != saved_chain.dropped or _adds(chain.waiting, saved_chain.waiting):
        return True
    return _adds(counts.receipts, saved.receipts)


def _adds(now: tuple[object, ...], before: tuple[object, ...]) -> bool:
    return now != before and not set(now) <= set(before)
