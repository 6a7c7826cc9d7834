"""From a contact that sticks to what moves, what is refused, and what everybody is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.core.errors import Refused
from relay_server.handler import LOOK_EVERY_S
from tests.factories.relay_keys import BUYER, OTHER_BUYER, SELLER, consent_line, hold_line
from tests.faults.contacts import FEEDBACK_PINS
from tests.worlds.relay_world import BOOT, World, relay_world

PAUSE_S = 60.0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with relay_world(tmp_path, FEEDBACK_PINS[:4]) as world:
        yield world


def ask_for(world: World, sequence: int, first: bool = True) -> str:
    """Let home1 (or home3) ask for home2."""
    number, buyer, channels = (0, BUYER, (0, 1)) if first else (1, OTHER_BUYER, (2, 3))
    assert world.ask(consent_line(SELLER, BOOT, sequence, number))["reply"] == "ok"
    return str(world.ask(hold_line(buyer, BOOT, sequence, channels))["reply"])


def stuck(world: World) -> dict[int, str]:
    return {contact.channel: contact.stuck for contact in world.state().contacts if contact.stuck}


def test_contacts_that_follow_are_observed_and_never_stuck(world: World) -> None:
    assert ask_for(world, 1) == "ok"
    world.wait(5)
    assert [contact.conducts for contact in world.state().contacts] == [True, True, False, False]
    world.wait(20)
    assert [contact.conducts for contact in world.state().contacts] == [False] * 4
    assert stuck(world) == {}


def test_welded_contact_is_told_and_keeps_its_source_from_another_load(world: World) -> None:
    ask_for(world, 1)
    world.wait(1)
    world.held[1] = True
    world.ask(hold_line(BUYER, BOOT, 2, ()))
    assert world.board.closed == frozenset()

    # Before it is called stuck already, the interlock closes nothing near it.
    assert ask_for(world, 3, first=False) == "ok"
    world.wait(0.15)
    assert world.board.closed == frozenset()
    world.told.clear()
    world.wait(0.15)
    assert stuck(world) == {1: "channel 1 is stuck closed: told to open, it conducts"}
    assert "changed" in world.told
    assert [connection.view.barred_by for connection in world.state().connections] == [(1,), (1,)]
    assert ask_for(world, 4, first=False) == "ContactStuck"
    assert ask_for(world, 5) == "ContactStuck"
    world.wait(100)
    assert world.board.closed == frozenset()


def test_welded_contact_that_opens_at_last_frees_all_after_the_dead_time(world: World) -> None:
    world.held[1] = True
    world.handler.advance()
    world.wait(1)
    assert ask_for(world, 1, first=False) == "ContactStuck"
    del world.held[1]
    world.wait(0.05)
    assert stuck(world) == {}
    assert ask_for(world, 2, first=False) == "ok"
    assert world.board.closed == frozenset()
    world.wait(0.1)
    assert world.board.closed == {2, 3}


def test_contact_that_closes_by_itself_opens_what_it_touches(world: World) -> None:
    ask_for(world, 1)
    world.wait(1)
    assert world.board.closed == {0, 1}
    world.held[2] = True
    world.wait(0.3)
    assert stuck(world).keys() == {2}
    assert world.board.closed == frozenset()


@pytest.mark.failure(
    part="relay",
    failure="a contact that did not close works again",
    contacts="may be asked for again, and close",
    person="it is not told as stuck any more",
    lasts="60 s",
)
def test_half_a_connection_opens_and_is_tried_again_after_a_pause(world: World) -> None:
    """The changeover without the line contact would leave the home on no source."""
    world.held[1] = False
    assert ask_for(world, 1) == "ok"
    world.wait(0.3)
    assert world.board.closed == frozenset()
    assert stuck(world) == {1: "channel 1 is stuck open: told to close, it did not conduct"}
    assert ask_for(world, 2) == "ContactStuck"
    assert ask_for(world, 3, first=False) == "ok"
    world.wait(PAUSE_S)

    del world.held[1]
    assert world.board.closed == frozenset()
    assert ask_for(world, 4) == "ok"
    world.wait(1)
    assert world.board.closed == {0, 1}
    assert stuck(world) == {}


@pytest.mark.failure(
    part="relay",
    failure="something else energises the coil of an open contact",
    contacts="it is told to open again",
    person="nothing is told as stuck",
    lasts="0.5 s at most",
)
def test_coil_that_something_else_energises_is_told_to_open(world: World) -> None:
    """Whoever else has set the pin, it is set back as soon as the contact counts as stuck."""
    world.handler.advance()
    world.board._factory.pin(17).state = True
    assert world.board.observed == {0}
    world.wait(0.5)
    assert world.board.observed == frozenset()
    assert world.board.closed == frozenset()
    assert stuck(world) == {}


@pytest.mark.failure(
    part="relay",
    failure="something else energises the coil of a contact that is stuck closed",
    contacts="its coil is told to open, each time anew",
    person="it stays told as stuck",
    lasts="until the next look: 0.05 s",
)
def test_coil_of_a_stuck_contact_is_told_to_open_again_and_again(world: World) -> None:
    """Its pin may have been the trouble, and may be it again."""
    world.held[0] = True
    world.handler.advance()
    world.wait(0.3)
    for _ in range(3):
        world.board._factory.pin(17).state = True
        assert world.board.closed == {0}
        world.wait(LOOK_EVERY_S)
        assert world.board.closed == frozenset()
        assert stuck(world).keys() == {0}


def test_busy_holder_does_not_put_the_next_look_off(world: World) -> None:
    """Each of its lines sets the next waking anew."""
    ask_for(world, 1)
    world.handler.advance()
    look_s = world.handler.wake_at_s
    world.now_s += 0.01
    world.ask(hold_line(BUYER, BOOT, 2, (0, 1)))
    assert world.handler.wake_at_s == look_s


def test_ancestor_is_refused_near_a_stuck_contact(world: World) -> None:
    """On the connection itself, and on another one of the same source; to open is never refused."""
    world.handler.take_switches(((0, True), (1, True)))
    world.wait(1)
    assert world.board.closed == {0, 1}
    world.held[3] = True
    world.wait(0.3)
    assert stuck(world).keys() == {3}
    assert world.board.closed == frozenset()

    for near in ((0, 1), (2, 3)):
        with pytest.raises(Refused, match=r"^ContactStuck: "):
            world.handler.take_switches(tuple((channel, True) for channel in near))
        world.wait(1)
        assert world.board.closed == frozenset()
    world.handler.take_switches(((2, False), (3, False)))

    del world.held[3]
    world.wait(0.05)
    world.handler.take_switches(((2, True), (3, True)))
    world.wait(1)
    assert world.board.closed == {2, 3}
