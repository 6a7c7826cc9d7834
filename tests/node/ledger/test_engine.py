"""The conversation with a chain: when one may send, what comes first, and how often it looks."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from node.core.errors import ChainUnavailable
from node.core.facts import (
    ChainObserved,
    ChainStands,
    IntentConfirmed,
    IntentRefused,
    IntentResumed,
)
from node.ledger.sending.outbox import MOST_AT_ONCE
from tests.factories.intents import CLOSE, OPEN, POST, REDEEM, REPORT
from tests.parts.rpc_gate import Objection
from tests.parts.scripted_chain import BLOCK_S
from tests.worlds.engine_world import Talk, talking
from tests.worlds.sender_world import stranger

SEND, TRY = "eth_sendRawTransaction", "eth_estimateGas"


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    with talking(tmp_path) as talk:
        yield talk


# When it may send


def test_an_account_that_never_sent_may_send_at_the_first_look(talk: Talk) -> None:
    talk.submit(OPEN)

    assert talk.nonces() == [0]
    talk.chain.mine_all()
    talk.look()
    (confirmed,) = talk.told(IntentConfirmed)
    assert (confirmed.intent, confirmed.block.number) == (OPEN, talk.chain.number)


def test_a_look_is_told_before_what_the_chain_did_in_it(talk: Talk) -> None:
    talk.submit(OPEN)
    talk.chain.mine_all()
    talk.look()

    observed, confirmed = talk.facts[-2:]
    assert isinstance(observed, ChainObserved)
    assert isinstance(confirmed, IntentConfirmed)
    assert observed.view.block == confirmed.block


def test_without_a_journal_what_may_have_been_sent_is_waited_out(talk: Talk) -> None:
    talk.chain.take(*stranger(0))
    talk.chain.mine_all()
    talk.chain.take(*stranger(1))
    talk.submit(OPEN)
    talk.chain.mine()
    talk.look()

    assert talk.nonces() == []
    talk.chain.mine_all()
    talk.look()
    assert talk.nonces() == [2]


def test_without_a_journal_a_depth_is_waited_out_though_nothing_waits(talk: Talk) -> None:
    talk.restart(confirmations=3)
    talk.chain.take(*stranger(0))
    talk.chain.mine_all()
    talk.submit(OPEN)
    sent = []
    for _ in range(3):
        talk.chain.mine()
        talk.look()
        sent.append(len(talk.chain.offered))

    assert sent == [0, 0, 1]


def test_with_its_journal_it_may_send_at_the_first_look(talk: Talk) -> None:
    talk.submit(OPEN)
    talk.chain.mine_all()
    talk.look()
    talk.restart()
    talk.submit(CLOSE)

    assert talk.nonces() == [0, 1]


def test_a_mere_onlooker_refuses(talk: Talk) -> None:
    talk.restart(read_only=True)
    talk.submit(OPEN)

    assert talk.refusals() == ["ReadOnly"]
    assert talk.told(ChainObserved)
    assert talk.chain.offered == []


# What goes first, and once


def test_money_that_protects_gets_the_first_nonce(talk: Talk) -> None:
    talk.look()
    talk.submit(REPORT, POST, OPEN, REDEEM)

    to = [sent.data[:10] for sent in talk.chain.offered]
    talk.chain.mine_all()
    talk.look()
    assert len(set(to)) == 4
    assert talk.confirmed() == [REDEEM, OPEN, POST, REPORT]


def test_a_newer_offer_takes_a_waiting_ones_place(talk: Talk) -> None:
    newer = replace(POST, price_per_kwh=9)
    talk.submit(POST, newer)

    (refused,) = talk.told(IntentRefused)
    assert (refused.intent, refused.name) == (POST, "Superseded")
    assert len(talk.chain.offered) == 1


def test_an_offer_that_left_is_followed_by_the_newer_one(talk: Talk) -> None:
    talk.submit(POST)
    talk.submit(replace(POST, price_per_kwh=9))

    assert talk.refusals() == []
    assert talk.nonces() == [0, 1]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_promise_with_a_name_is_carried_out_once(talk: Talk, restarts: bool) -> None:
    talk.submit(OPEN, OPEN)
    talk.submit(OPEN)
    talk.chain.mine_all()
    talk.look()
    if restarts:
        talk.restart()
        talk.look()
    talk.submit(OPEN)

    assert set(talk.nonces()) == {0}
    assert talk.confirmed() == [OPEN, OPEN]
    assert talk.refusals() == []


def test_a_repetition_that_was_taken_before_the_start_is_not_sent(talk: Talk) -> None:
    talk.submit(OPEN)
    talk.restart()
    talk.submit(OPEN)

    assert set(talk.nonces()) == {0}
    assert talk.told(IntentResumed) == [IntentResumed(intent=OPEN)]


def test_few_leave_at_once_and_the_rest_with_the_next_look(talk: Talk) -> None:
    talk.submit(*(replace(OPEN, number=number) for number in range(MOST_AT_ONCE + 2)))
    first = len(talk.chain.offered)
    talk.look()

    assert first == MOST_AT_ONCE
    assert sorted(set(talk.nonces())) == list(range(MOST_AT_ONCE + 2))


# How it looks


def test_a_quiet_look_asks_for_the_head_alone(talk: Talk) -> None:
    talk.look()
    talk.chain.requests.clear()
    talk.look()

    assert talk.chain.requests == [["eth_getBlockByNumber"]]


def test_outcomes_are_asked_for_between_nonce_and_head_in_one_request(talk: Talk) -> None:
    talk.look()
    talk.submit(OPEN)
    talk.chain.requests.clear()
    talk.look()

    assert talk.chain.requests[0] == [
        "eth_getTransactionCount", "eth_getTransactionReceipt", "eth_getBlockByNumber",
    ]  # fmt: skip


def test_it_looks_often_while_something_waits_and_then_less_often(talk: Talk) -> None:
    quiet_s = talk.look()
    talk.engine.take(OPEN)
    soon_s = talk.look()
    later_s = talk.look(after_s=5)

    assert (quiet_s, soon_s) == (talk.settings.poll_s, talk.settings.pending_poll_s)
    assert soon_s < later_s < quiet_s


def test_a_chain_without_empty_blocks_is_told_to_stand_now_and_then(talk: Talk) -> None:
    talk.restart(empty_blocks=False)
    for _ in range(11):
        talk.look()

    assert len(talk.told(ChainObserved)) == 1
    assert len(talk.told(ChainStands)) == 2


@pytest.mark.parametrize("said", [None, "0x1", {}, Objection({"code": -1, "message": "no"})])
def test_a_head_that_is_no_block_is_no_chain(talk: Talk, said: object) -> None:
    talk.look()
    views = len(talk.told(ChainObserved))
    talk.chain.mine()
    talk.chain.say("eth_getBlockByNumber", said)

    with pytest.raises(ChainUnavailable):
        talk.look()
    assert len(talk.told(ChainObserved)) == views


def test_blocks_periods_are_guessed_from_the_chain_and_then_measured(talk: Talk) -> None:
    talk.look()
    for _ in range(3):
        talk.chain.mine()
        talk.look(after_s=4.0)

    periods = [fact.view.block_period_s for fact in talk.told(ChainObserved)]
    assert periods == [BLOCK_S, 4.0, 4.0, 4.0]


def test_a_view_that_failed_is_due_at_the_next_look_though_the_head_is_the_same(
    talk: Talk,
) -> None:
    talk.look()
    talk.chain.mine()
    talk.chain.say("eth_getBalance", "nothing")
    with pytest.raises(ChainUnavailable):
        talk.look()
    talk.look()

    assert talk.told(ChainObserved)[-1].view.block.number == talk.chain.number
