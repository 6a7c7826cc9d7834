"""Hold the intents that wait to be sent: the most protective first, each once, bounded."""

from collections.abc import Callable

from node.core.commands import Intent
from node.core.errors import Refusal
from node.ledger.sending.intents import identity_of, is_superseded, row_of

MOST_WAITING = 64
MOST_AT_ONCE = 8
"""Intents that are tried, signed and sent together: an endpoint tries them all in one answer, and
takes its time for a settling of many homes."""
_BUSY = Refusal(name="LedgerBusy", sentence=f"{MOST_WAITING} transactions wait already")
_CONTRADICTS = Refusal(name="AlreadyPromised", sentence="the same promise waits, on other terms")
_SUPERSEDED = Refusal(name="Superseded", sentence="a newer one replaced it before it was sent")


class Outbox:
    """Order waiting intents; used from the ledger's thread alone."""

    def __init__(self) -> None:
        self._waiting: dict[str, Intent] = {}
        self._at_once = MOST_AT_ONCE

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, intent: Intent) -> tuple[tuple[Intent, Refusal], ...]:
        """Take an intent in; return those that will not be sent because of it, and why."""
        identity = identity_of(intent)
        if identity in self._waiting:
            return () if self._waiting[identity] == intent else ((intent, _CONTRADICTS),)
        replaced = self._take(lambda older: is_superseded(older, intent))
        if len(self._waiting) >= MOST_WAITING:
            return ((intent, _BUSY),)
        self._waiting[identity] = intent
        return tuple((older, _SUPERSEDED) for older in replaced)

    def take_next(self) -> list[Intent]:
        """Hand out the next intents in the order of sending; equal ones as they came."""
        first = sorted(self._waiting, key=lambda key: row_of(self._waiting[key]).priority)
        return [self._waiting.pop(key) for key in first[: self._at_once]]

    def hand_out_fewer(self) -> None:
        """Halve what goes together: an endpoint that could not try so many in time never will."""
        self._at_once = max(1, self._at_once // 2)

    def hand_out_more(self) -> None:
        """Double what goes together, up to the most: the endpoint kept up."""
        self._at_once = min(MOST_AT_ONCE, 2 * self._at_once)

    def take_perishable(self) -> tuple[Intent, ...]:
        """Take out what would surprise if it were sent late: purchases, offers and orders."""
        return self._take(lambda intent: row_of(intent).perishable)

    def _take(self, wanted: Callable[[Intent], bool]) -> tuple[Intent, ...]:
        taken = {key: intent for key, intent in self._waiting.items() if wanted(intent)}
        for key in taken:
            del self._waiting[key]
        return tuple(taken.values())
