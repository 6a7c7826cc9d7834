"""Tell what a home does: changes with their reasons to log and history, its state to the broker."""

import json
import logging
from collections.abc import Callable, Sequence

from node.core.commands import NoteSilence
from node.core.facts import Fact, IntentConfirmed, IntentRefused
from node.core.faults import Fault, Severity, worst
from node.core.home import HomeState
from node.core.wire.codec import Plain
from node.home.snapshot import Seen, measurements
from node.ports import Broker
from node.settings import STARTING_S

log = logging.getLogger(__name__)

PUBLISH_EVERY_S = 1.0


Looker = Callable[[Seen], None]
Note = Callable[[str, str, str], None]
"""Keep a change: of which part, to which state, and its sentence."""


class Publishing:
    """Tell each step's news; `on_trouble` is called when a home that ran well must rest.

    `lookers` are given what the values are read from, each time that they are published.
    """

    def __init__(
        self,
        broker: Broker,
        lookers: Sequence[Looker],
        on_trouble: Callable[[], object],
        note: Note,
    ) -> None:
        self._broker = broker
        self._lookers = tuple(lookers)
        self._on_trouble = on_trouble
        self._note = note
        self._published_at_s = float("-inf")
        self._has_run_well = False
        self._started_at_s: float | None = None
        self._held_back: HomeState | None = None
        self.is_starting = True

    def log_changes(
        self, before: HomeState, after: HomeState, facts: tuple[Fact, ...], now_s: float
    ) -> bool:
        """Log what has changed since the step before; say whether anything has.

        While the home starts, its faults are held back, and those that last are told after it.
        """
        self._tell_answers(facts)
        if self.is_starting:
            if self._holds_back(before, after, now_s):
                return False
            # As if nothing had been before: what was held back is told now, if it still holds.
            before = self._held_back or before
        changed = self._tell_modes(before, after)
        was, is_now = before.trading, after.trading
        if was is not None and is_now is not None and was.reason != is_now.reason:
            log.info("auction: %s", is_now.reason)
            self._note("auction", "", is_now.reason)
            changed = True
        fresh = self._tell_faults(before, after)
        # At the start nothing is known yet, which is no trouble worth a record.
        if worst(after.faults) is not Severity.REST:
            self._has_run_well = True
        elif self._has_run_well and any(fault.severity is Severity.REST for fault in fresh):
            self._on_trouble()
        return changed or bool(fresh)

    def _tell_answers(self, facts: Sequence[Fact]) -> None:
        """Tell how the chain answered; a start holds none of it back, for it comes once."""
        for fact in facts:
            if isinstance(fact, IntentConfirmed):
                kind = type(fact.intent).__name__
                log.info(
                    "%s confirmed in block %d (gas %d)", kind, fact.block.number, fact.gas_used
                )
            elif isinstance(fact, IntentRefused) and isinstance(fact.intent, NoteSilence):
                # No rule of the home's asked for it: its person looks for the answer here.
                log.warning("the note of silence was refused: %s", fact.sentence)

    def _tell_faults(self, before: HomeState, after: HomeState) -> list[Fault]:
        """Tell the faults that begin and end; give those that begin."""
        known = {fault.name for fault in before.faults}
        standing = {fault.name for fault in after.faults}
        fresh = [fault for fault in after.faults if fault.name not in known]
        for fault in fresh:
            log.warning("fault %s: %s", fault.name.value, fault.sentence)
            self._note("fault", f"{fault.name.value} begins", fault.sentence)
        for fault in before.faults:
            if fault.name not in standing:
                self._note("fault", f"{fault.name.value} ends", fault.sentence)
        return fresh

    def _tell_modes(self, before: HomeState, after: HomeState) -> bool:
        """Tell what has changed of supply and delivery; say whether anything has."""
        changed = False
        for part in ("supply", "delivery"):
            old, new = getattr(before, part), getattr(after, part)
            if new is None:
                continue
            if (old.mode, old.reason) != (new.mode, new.reason):
                log.info("%s %s: %s", part, new.mode.value, new.reason)
                self._note(part, new.mode.value, new.reason)
                changed = True
            if old.mode is not new.mode:
                event = {"event_type": new.mode.value, "reason": new.reason}
                self._broker.tell(f"event/{part}", json.dumps(event))
        return changed

    def _holds_back(self, before: HomeState, after: HomeState, now_s: float) -> bool:
        if self._started_at_s is None:
            self._started_at_s, self._held_back = now_s, before
            log.info("starting: sensors, relay, chain and broker are asked")
        is_over = now_s - self._started_at_s >= STARTING_S
        self.is_starting = bool(after.faults) and not is_over
        return self.is_starting

    def publish(
        self,
        now_s: float,
        changed: bool,
        state: Callable[[], Plain],
        look: Callable[[], Seen],
    ) -> None:
        """Publish the state and the measured values, at a change or when it is time."""
        if not changed and now_s - self._published_at_s < PUBLISH_EVERY_S:
            return
        self._published_at_s = now_s
        seen = look()
        for look_at in self._lookers:
            look_at(seen)
        self._broker.publish("state", json.dumps(state()))
        for topic, payload in measurements(seen).items():
            self._broker.publish(topic, payload)
