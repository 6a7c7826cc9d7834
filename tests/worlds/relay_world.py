"""A relay without sockets: the real handler on a mock board, and a clock that a test sets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from node.core.relay.board import Connection, Load, Source, Wiring
from node.core.wire.announcement import Announcement
from node.core.wire.format import write_reply
from relay_server.announcer import announcement
from relay_server.board import Board
from relay_server.counts import SwitchCounts
from relay_server.handler import Handler, Watchers
from relay_server.nonces import Nonces
from relay_server.settings import BoardSettings, ServerSettings
from tests.factories.relay_keys import BUYER, OTHER_BUYER, SELLER, Boot
from tests.faults.contacts import played_contacts

BOOT = Boot(range(16))
BOOT.nonce = bytes(range(16))
START_S = 100.0

WIRING = Wiring(
    channels=4,
    loads=(
        Load(name="home1", nominal_v=12, rated_current_a=5),
        Load(name="home3", nominal_v=12, rated_current_a=5),
    ),
    sources=(
        Source(name="home2", nominal_v=12.8, rated_current_a=8, max_loads=1, max_current_a=8),
    ),
    connections=(
        Connection(
            load="home1",
            source="home2",
            channels=(1, 0),
            holder=BUYER.account,
            consents=(SELLER.account,),
        ),
        Connection(
            load="home3",
            source="home2",
            channels=(2, 3),
            holder=OTHER_BUYER.account,
            consents=(SELLER.account,),
        ),
    ),
)


def settings(
    directory: Path, wiring: Wiring = WIRING, feedback_pins: tuple[int | None, ...] = ()
) -> ServerSettings:
    return ServerSettings(
        relay="relay1",
        community="street",
        host="127.0.0.1",
        port=15555,
        board=BoardSettings(
            kind="mock",
            pins=(17, 18, 27, 22),
            active_high=True,
            gpio_chip=None,
            feedback_pins=feedback_pins,
            feedback_active_high=True,
        ),
        wiring=wiring,
        dead_time_s=0.1,
        min_change_s=0.5,
        settle_s=0.2,
        rated_operations=100,
        closings_per_hour=1_000_000,
        nonce_s=60.0,
        trusted_clients=("127.0.0.1",),
        ancestor_lease_s=300.0,
        max_lease_s=120.0,
        max_consent_s=3600.0,
        state_directory=directory,
        mqtt=None,
        follow=None,
    )


class StandingNonces(Nonces):
    """One that stands for ever."""

    def __init__(self, nonce: bytes) -> None:
        self._nonce = nonce

    def newest(self) -> bytes:
        return self._nonce

    def stands(self, nonce: bytes | None) -> bool:
        return nonce == self._nonce


class World:
    """The handler, what it told, the time, and contacts that are held, closed or open."""

    def __init__(self, directory: Path, feedback_pins: tuple[int | None, ...]) -> None:
        self.now_s = START_S
        self.told: list[str] = []
        self.held: dict[int, bool] = {}
        self.settings = settings(directory, feedback_pins=feedback_pins)
        with played_contacts(lambda channel, closed: None, self.held.get):
            self.board = Board(self.settings.board)
        self.counts = SwitchCounts(directory, 4, 100)
        self.handler = Handler(
            self.settings,
            BOOT,
            self.board,
            self.counts,
            lambda: self.now_s,
            Watchers(
                contacts_moved=lambda: self.told.append("moved"),
                rights_changed=lambda: self.told.append("changed"),
                rights_renewed=lambda: self.told.append("renewed"),
            ),
        )
        # Lines are signed beforehand: the nonce is always the same, unless a test says otherwise.
        self.handler.nonces = StandingNonces(bytes(BOOT))
        self.now_s += 1.0

    def ask(self, line: bytes, retained: bool = False) -> dict[str, Any]:
        reply = self.handler.take_line(line, retained=retained)
        said: dict[str, Any] = json.loads(write_reply(reply))
        return said

    def wait(self, seconds: float) -> None:
        """Let time pass, waking the handler whenever it asked for it."""
        until_s = self.now_s + seconds
        while (wake_s := self.handler.wake_at_s) is not None and wake_s <= until_s:
            self.now_s = max(self.now_s, wake_s)
            self.handler.advance()
        self.now_s = until_s

    def state(self, serial: int = 1) -> Announcement:
        return announcement(
            self.settings,
            BOOT,
            self.handler.nonces.newest(),
            serial,
            self.handler.leases,
            self.handler.contacts,
            self.handler.feedback,
            self.counts,
            self.now_s,
        )


@contextmanager
def relay_world(directory: Path, feedback_pins: tuple[int | None, ...] = ()) -> Iterator[World]:
    world = World(directory, feedback_pins)
    try:
        yield world
    finally:
        world.board.close()
