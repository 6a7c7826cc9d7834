"""The utility's loop: see the auction, step the rules, carry the commands out, tell the homes.

A fact wakes the step at once; the tick is the longest wait. Nothing here waits for the chain or
the broker.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from node.core.auction.gate import LANES, next_gate
from node.core.auction.market import UtilityView
from node.core.auction.tariff import Tariff, ladder
from node.core.commands import Intent
from node.core.errors import NodeError
from node.core.facts import (
    ChainLost,
    ChainStands,
    Fact,
    IntentConfirmed,
    IntentRefused,
    StreetObserved,
)
from node.core.records import ConnectionView
from node.core.utility import step as utility
from node.core.utility.state import Gift, UtilitySettings, initial
from node.core.wire.codec import Plain, from_plain, to_plain
from node.core.wire.json_text import read_json
from node.ports import Ledger, Store, UtilityBroker
from node.settings import STARTING_S
from node.state.history.keeper import HistoryKeeper
from node.system import service
from node.system.clock import Clock
from node.utility.chronicle import UtilityChronicle
from node.utility.community import community
from node.utility.pairings import Pairings
from node.utility.snapshot import Activity, problems, snapshot, tariff_of
from node.utility.tariffs import Tariffs

log = logging.getLogger(__name__)

TICK_S = 1.0
MOST_FACTS = 4096
_TARIFF_KEY = "utility.tariff"
_GIFTS_KEY = "utility.gifts"


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilityLoopSettings:
    """Hold who this utility is."""

    name: str
    account: str | None


class UtilityLoop:
    """Run one utility."""

    def __init__(
        self,
        *,
        settings: UtilityLoopSettings,
        rules: UtilitySettings,
        clock: Clock,
        tariffs: Tariffs,
        pairings: Pairings,
        ledger: Ledger,
        broker: UtilityBroker,
        store: Store,
        history: HistoryKeeper,
        on_step: Callable[[float], None],
    ) -> None:
        self._settings = settings
        self._rules = rules
        self._clock = clock
        self._tariffs = tariffs
        self._pairings = pairings
        self._ledger = ledger
        self._broker = broker
        self._store = store
        self._history = history
        self._chronicle = UtilityChronicle(history)
        self._on_step = on_step
        self._wake = asyncio.Event()
        self._stopping = False
        self._started_at_s = clock.monotonic_s()
        self._is_starting = True
        self._facts: deque[Fact] = deque(maxlen=MOST_FACTS)
        self._state = initial(_gifts_recalled(store))
        self._view: UtilityView | None = None
        self._activity = Activity()
        self._told_tariff = _recalled(store)

    def post(self, fact: Fact) -> None:
        """Take a fact from a room; called on the loop's own thread."""
        self._absorb(fact)
        self._facts.append(fact)
        self._wake.set()

    def hear_wiring(self, relay: str, connections: Sequence[ConnectionView]) -> None:
        """Take a relay's wiring."""
        self._pairings.hear(relay, connections)
        self._wake.set()

    def hear_tariff(self, tariff: Tariff | None) -> None:
        """Take prices set over MQTT, which hold until others are set; None ends them."""
        log.info("the tariff over MQTT is %s", tariff or "ended: the bands hold")
        self._told_tariff = tariff
        text = (
            None if tariff is None else json.dumps([tariff.feed_in_per_kwh, tariff.retail_per_kwh])
        )
        try:
            self._store.put(_TARIFF_KEY, text, durable=True)
        except NodeError as error:
            log.error("a restart will not know this tariff: %s", error)
        self._wake.set()

    def ask(self, command: Intent) -> str:
        """Carry out what its person asks for; give the sentence of what was asked."""
        self._submit(command)
        return self._activity.reason

    def stop(self) -> None:
        """Ask the loop to end after the cycle under way."""
        self._stopping = True
        self._wake.set()

    def snapshot(self) -> dict[str, Plain]:
        """Picture the utility as of now."""
        troubles = problems(self._state, self._pairings, self._activity, self._broker.problem)
        is_unseen = bool(troubles) or self._view is None
        is_early = self._clock.monotonic_s() - self._started_at_s < STARTING_S
        self._is_starting = self._is_starting and is_unseen and is_early
        return snapshot(
            self._settings.name,
            self._settings.account,
            self._clock.calendar_s(),
            self._view,
            self._state,
            self._pairings,
            self._activity,
            troubles,
            is_starting=self._is_starting,
        )

    def community(self) -> dict[str, Plain]:
        """Picture the homes, their names and who feeds whom, as of now."""
        return community(self._view, self._pairings)

    async def run(self) -> None:
        """Run until `stop`."""
        self._chronicle.tell("utility", "started", "it has started", self._clock.calendar_s())
        while not self._stopping:
            began_s = self._clock.monotonic_s()
            self._wake.clear()
            self._cycle(began_s)
            service.watchdog()
            self._on_step(self._clock.monotonic_s() - began_s)
            try:
                await asyncio.wait_for(self._wake.wait(), TICK_S)
            except TimeoutError:
                continue
        self._chronicle.tell("utility", "stopped", "it was told to stop", self._clock.calendar_s())

    def _cycle(self, now_s: float) -> None:
        if self._view is not None:
            # What an earlier run promised is told before the first view, and waits for it.
            facts = tuple(self._facts)
            self._facts.clear()
            if facts:
                self._step(self._view, facts)
            self._pairings.update(self._view, now_s)
            self._chronicle.look(self._view, self._pairings)
            self._broker.publish("tariff", json.dumps(tariff_of(self._view)))
        picture = self.snapshot()
        self._chronicle.trouble(picture["problems"], self._clock.calendar_s())
        self._history.tend(now_s)
        self._broker.publish("state", json.dumps(picture))

    def _step(self, view: UtilityView, facts: tuple[Fact, ...]) -> None:
        before = self._state
        self._state, commands = utility.step(before, view, facts, self._wanted(view), self._rules)
        if self._state.problem and self._state.problem != before.problem:
            log.warning("%s", self._state.problem)
        if self._state.gifts != before.gifts:
            self._note_gifts(self._state.gifts)
        for command in commands:
            self._submit(command)

    def _note_gifts(self, gifts: tuple[Gift, ...]) -> None:
        """Note a gift down before it leaves, so that a restart gives nobody another one."""
        try:
            self._store.put(_GIFTS_KEY, json.dumps(to_plain(gifts)), durable=True)
        except NodeError as error:
            log.error("a restart may give gas again that was given today: %s", error)

    def _submit(self, command: Intent) -> None:
        log.info("%s", self._activity.ask(command))
        self._ledger.submit(command)

    def _absorb(self, fact: Fact) -> None:
        match fact:
            case StreetObserved(view=view):
                self._view = view
                self._activity.chain_problem = None
                self._activity.see(view)
            case ChainStands():
                self._activity.chain_problem = None
            case ChainLost(reason=reason):
                self._activity.chain_problem = reason
            case IntentConfirmed():
                sentence = self._activity.confirm(fact)
                log.info("%s", sentence)
                self._chronicle.confirm(fact, sentence, self._clock.calendar_s())
            case IntentRefused():
                sentence = self._activity.refuse(fact)
                log.warning("%s", sentence)
                self._chronicle.refuse(fact, sentence, self._clock.calendar_s())
            case _:
                pass

    def _wanted(self, view: UtilityView) -> Tariff | None:
        """Give the tariff of the first interval that can still have another one."""
        if self._told_tariff is not None:
            return self._told_tariff
        rules = view.rules
        open_interval = next_gate(view.block.timestamp_s, rules.interval_s, rules.gate_lead_s)
        return self._tariffs.at((open_interval + LANES) * rules.interval_s)


def _gifts_recalled(store: Store) -> tuple[Gift, ...]:
    text = store.get(_GIFTS_KEY)
    if text is None:
        return ()
    try:
        gifts: tuple[Gift, ...] = from_plain(tuple[Gift, ...], read_json(text))
    except (ValueError, TypeError) as error:
        log.error("what gas was given today is not known: %s", error)
        return ()
    return gifts


def _recalled(store: Store) -> Tariff | None:
    text = store.get(_TARIFF_KEY)
    if text is None:
        return None
    try:
        feed_in, retail = read_json(text)
        return ladder(int(feed_in), int(retail))
    except (ValueError, TypeError) as error:
        log.error("the tariff that was set over MQTT is lost: %s", error)
        return None
