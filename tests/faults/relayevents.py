"""Throw random events at a relay's leases, interlock and board, through starts, stops and crashes.

    python -m tests.faults.relayevents [--events N] [--seed S]

The real handler moves gpiozero's mock pins; the facts are those that signed lines and ancestors'
messages become. At each single change of a coil or a weld it is looked which sources feed which
loads. Boards are those of `tests.worlds.relay_boards`, with feedback pins and without. Exit 1 if a
load had two sources, or a connection closed within the dead time of another at its load or source.
"""

import argparse
import logging
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from node.core.errors import Refused
from node.core.relay import lease
from node.core.relay.board import Wiring
from node.core.relay.facts import AncestorAsked
from relay_server.board import Board
from relay_server.counts import SwitchCounts
from relay_server.handler import Handler, Watchers
from relay_server.settings import BoardSettings, ServerSettings
from tests.faults.contacts import COIL_PINS, FEEDBACK_PINS, played_contacts
from tests.faults.relayphysics import DriverFault, Physics, Tally
from tests.worlds.relay_boards import WIRINGS
from tests.worlds.relay_facts import some_fact, with_accounts

DEAD_TIME_S = 0.1
ROUNDING_S = 1e-6
SPANS_S = (0.0, 0.01, 0.05, 0.1, 0.5, 3.0, 20.0)
SPANS_SHARES = (20, 20, 20, 20, 12, 6, 2)
COLUMNS = (
    "board", "events", "closes", "refusals", "stops", "kills", "errors", "welds", "dead times",
    "least s", "overlaps",
)  # fmt: skip


class PlayedRelay:
    """A relay host whose process comes and goes, on contacts that stay."""

    def __init__(
        self, wiring: Wiring, chance: random.Random, directory: Path, sensed: bool
    ) -> None:
        self.tally = Tally()
        self._wiring = wiring
        self._chance = chance
        self._directory = directory
        self._settings = _settings(wiring, directory, sensed)
        self._physics = Physics(wiring, self.tally, chance)
        self._start()

    def run(self, events: int) -> None:
        """Let so many events happen, one after the other."""
        for sequence in range(1, events + 1):
            self.tally.events += 1
            try:
                self._happen(sequence)
            except DriverFault:
                # As the server does on any error inside: rest, and end.
                self._end()
                self._start()
                self.tally.starts["error"] += 1
        self._end()

    def _happen(self, sequence: int) -> None:
        kind = self._chance.random()
        if kind < 0.003:
            self._restart()
        elif kind < 0.005:
            self._physics.fails_next = True
        elif kind < 0.02 and self._board.sensed:
            self._physics.weld_or_free()
        elif kind < 0.35:
            self._pass(self._chance.choices(SPANS_S, SPANS_SHARES)[0])
        else:
            self._handler.catch_up()
            self._take(some_fact(self._wiring, self._chance, sequence))

    def _take(self, fact: lease.Fact) -> None:
        if isinstance(fact, AncestorAsked):
            try:
                self._handler.take_switches(fact.switches)
            except Refused:
                self.tally.refusals += 1
        elif self._handler._step_leases(fact) is not None:
            self.tally.refusals += 1

    def _pass(self, span_s: float) -> None:
        """Let time pass: mostly as a process that is awake, else as one that is held up."""
        until_s = self._physics.now_s + span_s
        awake = self._chance.random() < 0.7
        while awake and (wake_s := self._handler.wake_at_s) is not None and wake_s <= until_s:
            self._physics.now_s = max(self._physics.now_s, wake_s)
            self._handler.advance()
        self._physics.now_s = max(self._physics.now_s, until_s)
        self._handler.catch_up()

    def _restart(self) -> None:
        """Stop in order, or be killed: then the pins fall, or keep their level until the start."""
        kind = self._chance.choice(("stop", "kill", "kill, pins kept"))
        if kind == "stop":
            self._end()
        elif kind == "kill":
            self._physics.fall()
        self._physics.now_s += self._chance.choice((0.0, 0.05, 1.0))
        self._start()
        self.tally.starts[kind] += 1

    def _start(self) -> None:
        self._physics.fails_next = False
        with played_contacts(self._physics.moved, self._physics.stuck, set(self._physics.coils)):
            self._board = Board(self._settings.board)
        counts = SwitchCounts(self._directory, self._wiring.channels, 100_000)
        nobody = Watchers(contacts_moved=_nothing, rights_changed=_nothing, rights_renewed=_nothing)
        self._handler = Handler(
            self._settings, bytes(16), self._board, counts, self._physics.clock, nobody
        )
        self._handler.advance()

    def _end(self) -> None:
        self._physics.fails_next = False
        self._board.rest()
        self._handler.rest()
        self._board.close()


def _nothing() -> None:
    pass


def _settings(wiring: Wiring, directory: Path, sensed: bool) -> ServerSettings:
    return ServerSettings(
        relay="relay1",
        community="street",
        host="127.0.0.1",
        port=15555,
        board=BoardSettings(
            kind="mock",
            pins=COIL_PINS[: wiring.channels],
            active_high=True,
            gpio_chip=None,
            feedback_pins=FEEDBACK_PINS[: wiring.channels] if sensed else (),
            feedback_active_high=True,
        ),
        wiring=wiring,
        dead_time_s=DEAD_TIME_S,
        min_change_s=0.0,
        settle_s=0.2,
        rated_operations=100_000,
        closings_per_hour=1_000_000,
        nonce_s=60.0,
        trusted_clients=("127.0.0.1",),
        ancestor_lease_s=20.0,
        max_lease_s=120.0,
        max_consent_s=60.0,
        state_directory=directory,
        mqtt=None,
        follow=None,
    )


def play(events: int, seed: int) -> dict[str, Tally]:
    """Share the events out among the boards, without and with feedback pins."""
    tallies: dict[str, Tally] = {}
    boards = [(name, sensed) for name in WIRINGS for sensed in (False, True)]
    with tempfile.TemporaryDirectory() as directory:
        for number, (name, sensed) in enumerate(boards):
            share = events // len(boards) + (number < events % len(boards))
            wiring = with_accounts(WIRINGS[name])
            relay = PlayedRelay(wiring, random.Random(seed + number), Path(directory), sensed)
            relay.run(share)
            tallies[f"{name}, feedback" if sensed else name] = relay.tally
    return tallies


def is_sound(tally: Tally) -> bool:
    """Say whether no load had two sources, and each dead time was kept."""
    return not tally.overlaps and tally.least_dead_time_s >= DEAD_TIME_S - ROUNDING_S


def table(tallies: dict[str, Tally]) -> str:
    """Write one line a board, and the sum."""
    total = Tally()
    for tally in tallies.values():
        total.add(tally)
    rows = [*tallies.items(), ("all", total)]
    return "\n".join([_line(COLUMNS), *(_row(name, tally) for name, tally in rows)])


def _line(cells: Sequence[str]) -> str:
    return cells[0].ljust(24) + "".join(cell.rjust(11) for cell in cells[1:])


def _row(name: str, tally: Tally) -> str:
    kills = tally.starts["kill"] + tally.starts["kill, pins kept"]
    counts = (tally.events, tally.closes, tally.refusals, tally.starts["stop"], kills)
    more = (tally.starts["error"], tally.welds, tally.dead_times)
    least = f"{tally.least_dead_time_s:.3f}"
    return _line([name, *map(str, counts + more), least, str(len(tally.overlaps))])


def main(arguments: Sequence[str] | None = None) -> int:
    """Play, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.relayevents", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=20)
    given = parser.parse_args(arguments)
    tallies = play(given.events, given.seed)
    print(table(tallies))
    for name, tally in tallies.items():
        for overlap in tally.overlaps:
            print(f"{name}: {overlap}")
    return 0 if all(is_sound(tally) for tally in tallies.values()) else 1


if __name__ == "__main__":
    # Thousands of contacts get stuck here, as they should.
    logging.disable(logging.WARNING)
    sys.exit(main())
