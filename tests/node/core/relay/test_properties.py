"""Throw random events at leases and interlock together, and keep a shadow of what was granted."""

import os
import random
from dataclasses import dataclass, field

from node.core.relay import interlock, lease
from node.core.relay.board import Wiring, wiring_problems
from node.core.relay.facts import AncestorAsked, ConsentAsked, HoldAsked
from node.core.relay.interlock import CloseContacts, ConnectionsWanted, OpenContacts, TimePassed
from node.core.relay.lease import Accept, LeaseRules, Refuse
from tests.worlds.relay_boards import WIRINGS
from tests.worlds.relay_facts import some_fact, with_accounts

EVENTS = 1_000_000 if os.environ.get("PEERWATT_SOAK") else 30_000
TIMING = interlock.Timing(dead_time_s=0.1, min_change_s=0.5)


def test_random_events_never_close_what_nobody_granted() -> None:
    chance = random.Random(20)
    boards = [with_accounts(board) for board in WIRINGS.values()]
    for _ in range(len(boards)):
        for board in boards:
            assert wiring_problems(board) == ()
            World(board, chance).run(EVENTS // len(boards) ** 2)


@dataclass
class World:
    """The two machines, and in plain words what was granted and when it ends."""

    board: Wiring
    chance: random.Random
    now_s: float = 0.0
    granted: dict[int, float] = field(default_factory=dict)
    by_ancestor: dict[int, float] = field(default_factory=dict)
    consents: dict[tuple[int, str], float] = field(default_factory=dict)
    pins: set[int] = field(default_factory=set)

    def run(self, events: int) -> None:
        self.leases = lease.none_held(
            LeaseRules(
                wiring=self.board,
                longest_lease_s=120.0,
                longest_consent_s=60.0,
                ancestor_lease_s=20.0,
                closings_per_hour=1_000_000,
            )
        )
        self.contacts = interlock.at_rest(self.board, TIMING, self.now_s)
        self.opened_at_s = dict.fromkeys(range(self.board.channels), self.now_s)
        wakes: list[float] = []
        for sequence in range(1, events + 1):
            due_s = min(wakes, default=self.now_s)
            self.now_s = max(due_s, self.now_s) if self.chance.random() < 0.5 else self.now_s
            wakes = [s for s in self.step(self.some_fact(sequence)) if s is not None]
            assert all(wake_s > self.now_s for wake_s in wakes)
            self.ensure_granted()

    def some_fact(self, sequence: int) -> lease.Fact:
        if self.chance.random() < 0.3:
            self.now_s += self.chance.choice((0.0, 0.05, 0.1, 0.5, 3.0))
            return TimePassed()
        return some_fact(self.board, self.chance, sequence)

    def step(self, fact: lease.Fact) -> tuple[float | None, float | None]:
        self.leases, commands, leases_wake_s = lease.step(self.leases, fact, self.now_s)
        moved: interlock.Fact = TimePassed()
        for command in commands:
            match command:
                case Accept():
                    self.note(fact)
                case ConnectionsWanted():
                    moved = command
                case Refuse():
                    pass
        self.contacts, moves, contacts_wake_s = interlock.step(self.contacts, moved, self.now_s)
        for move in moves:
            self.move(move)
        assert self.pins == self.contacts.closed
        return leases_wake_s, contacts_wake_s

    def move(self, move: interlock.Command) -> None:
        match move:
            case OpenContacts(channels=channels):
                assert self.pins >= set(channels)
                self.pins -= set(channels)
                self.opened_at_s |= dict.fromkeys(channels, self.now_s)
            case CloseContacts(channels=channels):
                assert not self.pins & set(channels)
                waited_s = [self.now_s - self.opened_at_s[channel] for channel in channels]
                assert min(waited_s) >= TIMING.dead_time_s - 1e-9
                self.pins |= set(channels)

    def note(self, fact: lease.Fact) -> None:
        match fact:
            case HoldAsked():
                mine = {n for n, c in enumerate(self.board.connections) if c.holder == fact.account}
                for number in mine:
                    whole = set(self.board.connections[number].channels) <= set(fact.contacts)
                    self.granted.pop(number, None)
                    if whole:
                        self.granted[number] = self.now_s + fact.lease_s
                    else:
                        self.by_ancestor.pop(number, None)
            case ConsentAsked():
                self.consents[fact.connection, fact.account] = self.now_s + fact.consent_s
                if not fact.consent_s:
                    self.granted.pop(fact.connection, None)
                    self.by_ancestor.pop(fact.connection, None)
            case AncestorAsked(switches=switches):
                off = {channel for channel, on in switches if not on}
                on = {channel for channel, on in switches if on}
                for number, connection in enumerate(self.board.connections):
                    if off & set(connection.channels):
                        self.granted.pop(number, None)
                        self.by_ancestor.pop(number, None)
                    elif on & set(connection.channels):
                        self.by_ancestor[number] = self.now_s + 20.0
            case TimePassed():
                pass

    def ensure_granted(self) -> None:
        for number, connection in enumerate(self.board.connections):
            if not set(connection.channels) <= self.pins:
                continue
            consented = all(
                self.consents.get((number, account), 0) > self.now_s
                for account in connection.consents
            )
            by_holder = consented and self.granted.get(number, 0) > self.now_s
            assert by_holder or self.by_ancestor.get(number, 0) > self.now_s
