"""What an endpoint that is away, a full disk, and a chain that takes blocks back may lose."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from node.core.errors import ChainUnavailable
from node.core.facts import (
    ChainObserved,
    IntentConfirmed,
    IntentRefused,
    IntentUndone,
)
from node.ledger.chain.heads import SHRUNK_AFTER_S
from node.ledger.sending.outbox import MOST_AT_ONCE
from node.ledger.settings import CHAIN_KEY
from node.state.file import JournalUnwritable
from tests.factories.intents import CLOSE, OPEN, POST
from tests.parts.raw_endpoint import CHAIN_ID
from tests.worlds.engine_world import Talk, talking
from tests.worlds.sender_world import OWN

SEND, TRY = "eth_sendRawTransaction", "eth_estimateGas"


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    with talking(tmp_path) as talk:
        yield talk


# What an endpoint that is away loses


def test_an_unreachable_endpoint_is_no_chain(talk: Talk) -> None:
    talk.look()
    talk.chain.away = True

    with pytest.raises(ChainUnavailable, match="no connection"):
        talk.look()


def test_what_would_surprise_is_given_up_in_an_outage_and_protection_waits(talk: Talk) -> None:
    talk.look()
    talk.chain.away = True
    for intent in (OPEN, POST, CLOSE):
        talk.engine.take(intent)
    with pytest.raises(ChainUnavailable):
        talk.look()
    talk.engine.lose_perishable()
    talk.chain.away = False
    talk.look()

    assert [(fact.intent, fact.name) for fact in talk.told(IntentRefused)] == [
        (OPEN, "ChainUnavailable"),
        (POST, "ChainUnavailable"),
    ]
    assert talk.nonces() == [0]
    talk.chain.mine_all()
    talk.look()
    assert talk.confirmed() == [CLOSE]


def test_what_left_is_not_given_up_though_no_answer_came(talk: Talk) -> None:
    talk.look()
    talk.chain.loses = SEND
    with pytest.raises(ChainUnavailable):
        talk.submit(OPEN)
    talk.engine.lose_perishable()
    talk.chain.loses = None
    talk.chain.mine_all()
    talk.look()

    assert talk.refusals() == []
    assert talk.confirmed() == [OPEN]
    assert set(talk.nonces()) == {0}


def test_what_could_not_be_tried_waits_for_the_next_look(talk: Talk) -> None:
    talk.look()
    talk.chain.loses = TRY
    with pytest.raises(ChainUnavailable):
        talk.submit(OPEN)
    talk.chain.loses = None
    talk.look()

    assert talk.refusals() == []
    assert talk.nonces() == [0]


def test_an_endpoint_that_cannot_keep_up_is_given_fewer_at_once(talk: Talk) -> None:
    talk.look()
    talk.chain.loses = TRY
    with pytest.raises(ChainUnavailable):
        talk.submit(*(replace(OPEN, number=number) for number in range(MOST_AT_ONCE)))
    talk.chain.loses = None
    talk.look()

    assert len(talk.chain.offered) == MOST_AT_ONCE // 2


def test_an_endpoint_that_keeps_up_again_is_given_more_at_once(talk: Talk) -> None:
    talk.look()
    talk.chain.loses = TRY
    with pytest.raises(ChainUnavailable):
        talk.submit(CLOSE)
    talk.chain.loses = None
    talk.submit()
    talk.submit(*(replace(OPEN, number=number) for number in range(MOST_AT_ONCE)))

    assert [r.count(SEND) for r in talk.chain.requests if SEND in r][-1] == MOST_AT_ONCE


def test_what_is_sent_between_two_looks_is_found_at_the_next(talk: Talk) -> None:
    talk.look()
    talk.engine.take(OPEN)

    assert talk.engine.send_waiting(talk.now_s)
    assert not talk.engine.send_waiting(talk.now_s)
    talk.chain.mine_all()
    talk.look()
    assert talk.confirmed() == [OPEN]


# What a disk that takes nothing loses


def test_without_a_journal_nothing_leaves(talk: Talk) -> None:
    talk.look()
    talk.engine.take(OPEN)
    talk.journal.close()

    assert talk.engine.send_waiting(talk.now_s)
    assert talk.refusals() == ["JournalUnwritable"]
    with pytest.raises(JournalUnwritable):
        talk.engine.take(CLOSE)
    assert talk.chain.offered == []


# What a chain takes back


def test_an_outcome_that_vanishes_undoes_the_promise_and_the_same_bytes_go_out(
    talk: Talk,
) -> None:
    talk.submit(OPEN)
    talk.chain.mine_all()
    talk.look()
    talk.chain.reorganise(1)
    talk.look()

    assert [type(f) for f in talk.facts if isinstance(f, IntentConfirmed | IntentUndone)] == [
        IntentConfirmed,
        IntentUndone,
    ]
    first, second = talk.chain.offered
    assert first == second
    talk.chain.mine_all()
    talk.look()
    assert talk.confirmed() == [OPEN, OPEN]


def test_a_reorganisation_while_nobody_watched_is_found_at_the_start(talk: Talk) -> None:
    talk.submit(OPEN)
    talk.chain.mine_all()
    talk.look()
    talk.journal.close()
    talk.chain.reorganise(1)
    talk.begin()
    talk.look()

    assert [fact.intent for fact in talk.told(IntentUndone)] == [OPEN]
    assert talk.nonces() == [0, 0]


def test_an_endpoint_that_lags_is_not_believed_for_a_while(talk: Talk) -> None:
    talk.submit(OPEN)
    talk.chain.mine_all()
    talk.look()
    views = len(talk.told(ChainObserved))
    talk.chain.number -= 1
    talk.look()
    assert len(talk.told(ChainObserved)) == views
    talk.look(after_s=SHRUNK_AFTER_S + 1)

    assert talk.told(ChainObserved)[-1].view.block.number == talk.chain.number


def test_another_chain_voids_promises_only_when_it_shows_itself_again(talk: Talk) -> None:
    talk.submit(OPEN)
    talk.journal.put(CHAIN_KEY, f"{CHAIN_ID} 0x{'5' * 64} {OWN.account}", durable=True)
    talk.restart()
    for _ in range(2):
        with pytest.raises(ChainUnavailable, match="another chain"):
            talk.look()
    assert talk.refusals() == []
    talk.look()

    assert talk.refusals() == ["ChainReplaced"]
    assert talk.journal.live() == ()


def test_an_endpoint_that_turns_to_another_chain_voids_promises_as_late(talk: Talk) -> None:
    talk.restart(chain_id=None)
    talk.submit(OPEN)
    talk.chain.chain_id += 1
    talk.chain.away = True
    with pytest.raises(ChainUnavailable):
        talk.look()
    talk.chain.away = False
    for words in ("serves chain 6, not 5", "another chain", "another chain"):
        with pytest.raises(ChainUnavailable, match=words):
            talk.look()
    assert talk.refusals() == []
    talk.look()

    assert talk.refusals() == ["ChainReplaced"]
    assert set(talk.nonces()) == {0}


def test_promises_that_cannot_be_used_are_forgotten_and_waited_out(talk: Talk) -> None:
    talk.submit(OPEN)
    talk.journal.close()
    with contextlib.closing(sqlite3.connect(talk.journal_path)) as database:
        database.execute("UPDATE promises SET state = 'prep'")
        database.commit()
    talk.begin()
    talk.submit(CLOSE)

    assert talk.journal.get(CHAIN_KEY) is None
    assert talk.nonces() == [0]
    talk.chain.mine_all()
    talk.look()
    assert talk.nonces() == [0, 1]


def test_another_key_voids_promises_at_once(talk: Talk) -> None:
    talk.submit(OPEN)
    origin = (talk.journal.get(CHAIN_KEY) or "").split()[1]
    talk.journal.put(CHAIN_KEY, f"{CHAIN_ID} {origin} 0x{'11' * 20}", durable=True)
    talk.restart()
    talk.look()

    assert talk.refusals() == ["ChainReplaced"]
    assert talk.nonces() == [0]
