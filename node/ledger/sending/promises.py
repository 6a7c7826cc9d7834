"""Hold the promises under way and those just kept, in memory as in the journal.

Every change is written down here before or as it happens, and told as a fact. Sends nothing.
"""

import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from node.core.commands import Intent
from node.core.errors import Refusal
from node.core.facts import Fact, IntentConfirmed, IntentRefused, IntentResumed, IntentUndone
from node.core.holdoff import pause_after
from node.core.records import BlockStamp
from node.ledger.chain.account_state import AccountState
from node.ledger.chain.heads import WATCHED_BLOCKS
from node.ledger.sending import nonces
from node.ledger.sending.intents import (
    IntentUnreadable,
    from_json,
    identity_of,
    may_be_repeated,
    to_json,
)
from node.state.file import JournalUnwritable
from node.state.journal import Journal
from node.state.promise import Attempt, Inclusion, Promise, PromiseState

KEPT_PROMISES = 500
_PRUNE_EVERY = 50
"""Promises: to forget one at a time would write as much again as it took to make them."""
_NO_INTENT = ""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Track:
    """Follow one promise; an `intent` of None only closes a nonce.

    `maybe_sent` says that an endpoint may have it. `sent_at_s` is None until it was sent in this
    run. `front_since_s` is since when its nonce has been the chain's next. `missing_since_s` is
    since when its nonce is used and no outcome is found, `look_at_s` when to look next for what
    used it, and `foreign` the nonces that another transaction is proven to have used. `void` is why
    it is being closed.
    """

    promise: Promise
    intent: Intent | None
    maybe_sent: bool
    sent_at_s: float | None = None
    sent_at_block: int = 0
    front_since_s: float | None = None
    missing_since_s: float | None = None
    look_at_s: float = 0.0
    looks: int = 0
    foreign: frozenset[int] = frozenset()
    underpriced: bool = False
    included: bool = False
    said: str = ""
    void: Refusal | None = None

    @property
    def newest(self) -> Attempt:
        """Give the newest transaction."""
        return self.promise.attempts[-1]

    def wait_longer(self, now_s: float, first_s: float, most_s: float) -> None:
        """Put the next look for what used the nonce off, each time twice as far."""
        self.looks += 1
        self.look_at_s = now_s + pause_after(self.looks, first_s, most_s)


class Promises:
    """Hold `live` promises, which may still be mined, and `watched` ones, which may be undone."""

    def __init__(self, journal: Journal, post: Callable[[Fact], None]) -> None:
        self.live: dict[int, Track] = {}
        self.watched: dict[int, Track] = {}
        self._unpruned = _PRUNE_EVERY
        self._journal = journal
        self._post = post

    def adopt(self, head_number: int) -> None:
        """Take up what the journal holds: it may all have been sent, and the rules must know.

        Raises:
            JournalUnwritable: it cannot be read; nothing was taken up.
        """
        live = self._journal.live()
        kept = self._journal.confirmed_since(max(0, head_number - WATCHED_BLOCKS))
        for promise in live:
            intent = _intent_of(promise)
            self.live[promise.id] = Track(promise, intent, maybe_sent=True)
            if intent is not None:
                self._post(IntentResumed(intent=intent))
        for promise in kept:
            self.watched[promise.id] = Track(promise, _intent_of(promise), maybe_sent=True)

    def abandon(self, refusal: Refusal) -> None:
        """Forget everything: it was promised on another chain or with another key."""
        for promise in self._journal.live():
            intent = _intent_of(promise)
            if intent is not None:
                self.decline(intent, refusal)
        self.forget()

    def forget(self) -> None:
        """Forget everything, unread.

        Raises:
            JournalUnwritable: it is still there.
        """
        self._journal.forget_promises()
        self.live.clear()
        self.watched.clear()

    def repeats(self, intent: Intent) -> bool:
        """Say whether an intent is promised already; a kept promise is confirmed once more.

        An intent that contradicts a promise (the same order number, other terms) is refused.
        """
        promise = self._journal.find(identity_of(intent))
        if promise is None:
            return False
        if promise.intent != to_json(intent):
            sentence = "the same promise is under way, or was kept, on other terms"
            self.decline(intent, Refusal(name="AlreadyPromised", sentence=sentence))
            return True
        if promise.state is not PromiseState.CONFIRMED:
            return True
        if promise.inclusion is None or may_be_repeated(intent):
            return False
        self._post(_confirmation(intent, promise.inclusion))
        return True

    def next_nonce(self, account_state: AccountState) -> int:
        """Give the nonce of the next transaction."""
        return nonces.next_nonce(account_state, self._held())

    def gaps(self, account_state: AccountState) -> list[int]:
        """Give dead nonces below a live one: nothing above them can be mined."""
        live = {track.newest.nonce for track in self.live.values()}
        return nonces.gaps(account_state, self._held(), live)

    def out_of_reach(self, account_state: AccountState) -> list[Track]:
        """Give the live promises at nonces that no row of others leads to.

        They were signed at an endpoint's false word, and would wait for ever.
        """
        reach = nonces.end_of_reach(account_state, len(self.live) + len(self.watched))
        return [track for track in self.live.values() if track.newest.nonce >= reach]

    def prepare(self, intent: Intent | None, attempt: Attempt) -> Track:
        """Write a promise down.

        Raises:
            JournalUnwritable: it must not be sent.
        """
        identity = identity_of(intent) if intent else f"nonce {attempt.nonce}"
        text = to_json(intent) if intent else _NO_INTENT
        promise = self._journal.prepare(identity, text, attempt)
        track = Track(promise, intent, maybe_sent=False)
        self.live[promise.id] = track
        return track

    def add(self, track: Track, attempt: Attempt) -> None:
        """Write a further transaction of a promise down.

        Raises:
            JournalUnwritable: it must not be sent.
        """
        self._journal.add_attempt(track.promise.id, attempt)
        track.promise = replace(track.promise, attempts=(*track.promise.attempts, attempt))

    def sent(self, track: Track, now_s: float, block_number: int) -> None:
        """Note that an endpoint has the newest transaction."""
        track.maybe_sent = True
        track.sent_at_s, track.sent_at_block = now_s, block_number
        if track.promise.state is not PromiseState.BROADCAST:
            self._mark(track, PromiseState.BROADCAST, None)

    def confirm(self, track: Track, inclusion: Inclusion) -> None:
        """Note that an intent's transaction succeeded, deep enough."""
        self._mark(track, PromiseState.CONFIRMED, inclusion)
        self.live.pop(track.promise.id, None)
        self.watched[track.promise.id] = track
        if track.intent is not None:
            self._post(_confirmation(track.intent, inclusion))

    def moved(self, track: Track, inclusion: Inclusion) -> None:
        """Note that a kept promise stands in another block now."""
        self._mark(track, PromiseState.CONFIRMED, inclusion)

    def refuse(self, track: Track, refusal: Refusal) -> None:
        """Note that an intent will not be carried out."""
        self._mark(track, PromiseState.REFUSED, None)
        self.live.pop(track.promise.id, None)
        if track.intent is not None:
            self.decline(track.intent, refusal)

    def decline(self, intent: Intent, refusal: Refusal) -> None:
        """Say that an intent was not even promised."""
        self._post(IntentRefused(intent=intent, name=refusal.name, sentence=refusal.sentence))

    def undo(self, track: Track, reason: str) -> None:
        """Note that a kept promise's block is gone; the same transaction is sent again."""
        self._mark(track, PromiseState.UNDONE, None)
        self.watched.pop(track.promise.id, None)
        self.live[track.promise.id] = track
        track.sent_at_s = track.front_since_s = track.missing_since_s = None
        track.included = False
        if track.intent is not None:
            self._post(IntentUndone(intent=track.intent, reason=reason))

    def let_go(self, head_number: int) -> None:
        """Watch no longer what no reorganisation is expected to reach."""
        deep = [
            key
            for key, track in self.watched.items()
            if track.promise.inclusion is None
            or head_number - track.promise.inclusion.block_number > WATCHED_BLOCKS
        ]
        for key in deep:
            del self.watched[key]
        self._unpruned += len(deep)
        if self._unpruned >= _PRUNE_EVERY:
            self._unpruned = 0
            with contextlib.suppress(JournalUnwritable):
                self._journal.prune(KEPT_PROMISES)

    def _held(self) -> set[int]:
        """Give the nonces of all promises that are live or watched."""
        return {track.newest.nonce for track in (*self.live.values(), *self.watched.values())}

    def _mark(self, track: Track, state: PromiseState, inclusion: Inclusion | None) -> None:
        # What the chain has done is true whether or not the disk takes it; it is asked again.
        try:
            self._journal.mark(track.promise.id, state, inclusion)
        except JournalUnwritable as error:
            _log.error("%s is %s, unnoted: %s", track.promise.identity, state.value, error)
        track.promise = replace(track.promise, state=state, inclusion=inclusion)


def inclusion_of(outcome: Mapping[str, str], timestamp_s: int) -> Inclusion:
    """Read where a transaction stands from its outcome, as JSON-RPC has it."""
    return Inclusion(
        transaction=outcome["transactionHash"],
        block_number=int(outcome["blockNumber"], 16),
        block_hash=outcome["blockHash"],
        timestamp_s=timestamp_s,
        gas_used=int(outcome["gasUsed"], 16),
    )


def hashes_of(tracks: Iterable[Track]) -> list[str]:
    """Give the hash of every transaction of these promises."""
    return [attempt.hash for track in tracks for attempt in track.promise.attempts]


def _intent_of(promise: Promise) -> Intent | None:
    """Read what was promised; None where that cannot be told, and only the nonce is to be closed.

    Its transaction may be in a pool, so the same bytes are followed to their end. The order's
    number keeps the chain from taking the same purchase twice.
    """
    if promise.intent == _NO_INTENT:
        return None
    try:
        return from_json(promise.intent)
    except IntentUnreadable as error:
        _log.error("promise %d (%.60s): %s", promise.id, promise.identity, error)
        return None


def _confirmation(intent: Intent, inclusion: Inclusion) -> IntentConfirmed:
    return IntentConfirmed(
        intent=intent,
        block=BlockStamp(
            number=inclusion.block_number,
            hash=inclusion.block_hash,
            timestamp_s=inclusion.timestamp_s,
        ),
        transaction=inclusion.transaction,
        gas_used=inclusion.gas_used,
    )
