"""An ancestor hears True only when its contacts stand, and False leaves nothing closed."""

import asyncio
from dataclasses import replace

from node.core.relay.interlock import Contacts, Timing, at_rest
from relay_server.switching import Switches, Switching
from tests.worlds.relay_boards import ancestor_wiring

CLOSE: Switches = ((0, True), (1, True))
RESTED = at_rest(ancestor_wiring(4), Timing(dead_time_s=0.1, min_change_s=0.5), 0.0)
COMING = replace(RESTED, wanted=frozenset({0}))
CLOSED = replace(COMING, closed=frozenset({0, 1}))


class Heard:
    """What was answered and undone."""

    def __init__(self) -> None:
        self.answers: list[bool] = []
        self.undone: list[Switches] = []
        self.answered = asyncio.Event()

    def answer(self, done: bool) -> None:
        self.answers.append(done)
        self.answered.set()


def waiting(contacts: Contacts, within_s: float = 60.0) -> tuple[Switching, Heard]:
    switching, heard = Switching(asyncio.get_running_loop(), within_s), Heard()
    switching.wait(CLOSE, contacts, heard.answer, heard.undone.append)
    return switching, heard


async def test_true_comes_with_the_contacts() -> None:
    switching, heard = waiting(COMING)
    assert heard.answers == []
    switching.look(COMING)
    assert heard.answers == []
    switching.look(CLOSED)
    switching.look(RESTED)
    assert heard.answers == [True]


async def test_what_stands_already_is_answered_at_once() -> None:
    _, heard = waiting(CLOSED)
    assert heard.answers == [True]


async def test_overruled_switch_is_false() -> None:
    switching, heard = waiting(COMING)
    switching.look(RESTED)
    assert heard.answers == [False]
    assert heard.undone == []


async def test_late_switch_is_undone_and_false() -> None:
    _, heard = waiting(COMING, within_s=0.0)
    await heard.answered.wait()
    assert heard.answers == [False]
    assert heard.undone == [((0, False), (1, False))]
