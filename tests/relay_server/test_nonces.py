"""A line answers what the relay has just told: what was held back is worth nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from relay_server.nonces import Nonces
from tests.factories.relay_keys import (
    BUYER,
    SELLER,
    STRANGER,
    Boot,
    consent_line,
    here_line,
    hold_line,
)
from tests.worlds.relay_world import BOOT, World, relay_world

LIFE_S = 10.0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with relay_world(tmp_path) as world:
        world.handler.nonces = Nonces(LIFE_S, lambda: world.now_s)
        yield world


def boot(world: World) -> Boot:
    told = Boot(BOOT)
    told.nonce = world.handler.nonces.newest()
    return told


def test_a_line_that_was_held_back_closes_nothing(world: World) -> None:
    """75 s later it still closed a contact."""
    held_back = hold_line(BUYER, boot(world), 1, (0, 1), lease_s=120)
    consent = consent_line(SELLER, boot(world), 1, 0, consent_s=3600)
    world.wait(LIFE_S)
    assert world.ask(consent)["reply"] == "StaleNonce"
    assert world.ask(consent_line(SELLER, boot(world), 2, 0, consent_s=3600))["reply"] == "ok"

    assert world.ask(held_back)["reply"] == "StaleNonce"
    assert world.board.closed == frozenset()
    assert world.ask(hold_line(BUYER, boot(world), 1, (0, 1)))["reply"] == "ok"
    assert world.board.closed == {0, 1}


def test_a_line_may_answer_the_nonce_before_the_newest_while_it_is_young(world: World) -> None:
    told = boot(world)
    world.wait(LIFE_S / 2)
    assert boot(world).nonce != told.nonce
    world.wait(LIFE_S / 2 - 0.1)

    assert world.ask(consent_line(SELLER, told, 1, 0))["reply"] == "ok"


def test_every_reply_tells_the_newest_nonce(world: World) -> None:
    world.wait(100)
    newest = "0x" + world.handler.nonces.newest().hex()
    stale = consent_line(SELLER, BOOT, 1, 0)

    assert world.ask(stale) | {"sentence": ""} == {
        "reply": "StaleNonce",
        "kind": "consent",
        "account": SELLER.account,
        "sequence": 1,
        "sentence": "",
        "nonce": newest,
    }
    assert world.ask(b'{"hello":"x"}')["nonce"] == newest


def test_what_can_only_open_is_taken_whatever_it_answers(world: World) -> None:
    world.ask(consent_line(SELLER, boot(world), 1, 0, consent_s=3600))
    world.ask(hold_line(BUYER, boot(world), 1, (0, 1), lease_s=120))
    late = hold_line(BUYER, boot(world), 2, ())
    world.wait(60)

    assert world.ask(late)["reply"] == "ok"
    assert world.board.closed == frozenset()
    older = Boot(BOOT)
    assert world.ask(consent_line(SELLER, older, 2, 0, consent_s=0))["reply"] == "ok"


def test_a_node_of_before_nonces_closes_nothing_and_is_told_why(world: World) -> None:
    """Or whoever holds lines back would take the nonces out of the state."""
    older = Boot(BOOT)
    assert world.ask(consent_line(SELLER, older, 1, 0))["reply"] == "StaleNonce"
    world.ask(consent_line(SELLER, boot(world), 1, 0))
    assert world.ask(hold_line(BUYER, older, 1, (0, 1)))["reply"] == "StaleNonce"
    assert world.board.closed == frozenset()


def test_here_is_of_the_boards_accounts_and_is_not_repeated(world: World) -> None:
    line = here_line(SELLER, boot(world), 1)
    assert world.ask(line)["reply"] == "ok"
    assert world.ask(line)["reply"] == "StaleSequence"
    assert world.ask(here_line(STRANGER, boot(world), 1))["reply"] == "NotHolder"
    assert world.board.closed == frozenset()
