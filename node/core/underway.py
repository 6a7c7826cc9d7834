"""Follow what was asked of the chain until it is answered, and let it rest until its next try.

A rule asks once. The ledger carries an intent through by itself, over restarts and reorganisations,
and tells what becomes of it: confirmed, refused, or under way again, where a reorganisation has
undone it or an earlier run had asked for it. An instant is in what its user counts: monotonic
seconds, or blocks.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from node.core.commands import Intent
from node.core.facts import Fact, IntentConfirmed, IntentRefused, IntentResumed, IntentUndone
from node.core.holdoff import pause_after

About = Callable[[Intent], object]
"""Name what an intent is about: those of one name rest together, whatever their terms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Hold an intent that is under way, and since when."""

    intent: Intent
    since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """Hold an intent that was answered, and until when nothing of it is tried again.

    `failures` counts what was asked about the same in vain, in a row; `sentence` says why.
    """

    intent: Intent
    sentence: str
    failures: int
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """Hold what is under way, and what rests.

    What was confirmed shows in a view of the block `seen_from`, and need not show before.
    """

    asked: tuple[Asked, ...] = ()
    resting: tuple[Resting, ...] = ()
    seen_from: int = 0

    @property
    def intents(self) -> tuple[Intent, ...]:
        """Give what is under way, the oldest first."""
        return tuple(asked.intent for asked in self.asked)


NOTHING = Underway()


def exactly(intent: Intent) -> object:
    """Let each intent be about itself alone."""
    return intent


def ask(underway: Underway, *intents: Intent, now: float) -> Underway:
    """Have intents under way, once each."""
    others = tuple(asked for asked in underway.asked if asked.intent not in intents)
    more = tuple(Asked(intent=intent, since=now) for intent in intents)
    return replace(underway, asked=(*others, *more))


def absorb(underway: Underway, fact: Fact, now: float) -> Underway:
    """Take what became of an intent; whoever wants it to rest says so."""
    match fact:
        case IntentConfirmed(intent=intent, block=block):
            seen_from = max(underway.seen_from, block.number)
            return replace(_without(underway, intent), seen_from=seen_from)
        case IntentRefused(intent=intent):
            return _without(underway, intent)
        case IntentUndone(intent=intent) | IntentResumed(intent=intent):
            # It is sent again by itself; the block that was waited for may be gone.
            return replace(ask(underway, intent, now=now), seen_from=0)
        case _:
            return underway


def rest(
    underway: Underway,
    intent: Intent,
    now: float,
    *,
    first: float,
    most: float,
    sentence: str = "",
    about: About = exactly,
) -> Underway:
    """Let what an intent is about rest: `first`, then twice as long each time, up to `most`.

    Where both are the same, so is each pause.
    """
    aim = about(intent)
    failures = 1 + max((r.failures for r in underway.resting if about(r.intent) == aim), default=0)
    others = tuple(r for r in underway.resting if about(r.intent) != aim)
    until = now + pause_after(failures, first, most)
    resting = Resting(intent=intent, sentence=sentence, failures=failures, until=until)
    return replace(underway, resting=(*others, resting))


def rest_of(
    underway: Underway, intent: Intent, now: float, about: About = exactly
) -> Resting | None:
    """Give the rest that keeps an intent from being tried now, if any does."""
    aim = about(intent)
    return next((r for r in underway.resting if now < r.until and about(r.intent) == aim), None)


def forget(underway: Underway, until: float) -> Underway:
    """Forget the rests, and what they have counted, that were over at an instant."""
    kept = tuple(resting for resting in underway.resting if until < resting.until)
    return replace(underway, resting=kept)


def _without(underway: Underway, intent: Intent) -> Underway:
    return replace(underway, asked=tuple(a for a in underway.asked if a.intent != intent))
