"""The conversation with a chain: when one may send, what comes first, and what an outage loses."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from node.core.commands import Intent
from node.core.errors import ChainUnavailable
from node.core.facts import (
    ChainObserved,
    ChainStands,
    Fact,
    IntentConfirmed,
    IntentRefused,
    IntentResumed,
    IntentUndone,
)
from node.ledger.chain.heads import SHRUNK_AFTER_S
from node.ledger.engine import Engine
from node.ledger.sending.outbox import MOST_AT_ONCE
from node.ledger.settings import CHAIN_KEY
from node.state.file import JournalUnwritable
from node.state.journal import Journal
from tests.factories.intents import CLOSE, OPEN, POST, REDEEM, REPORT
from tests.factories.ledger import ledger_settings
from tests.parts.raw_endpoint import CHAIN_ID
from tests.parts.rpc_gate import Objection
from tests.parts.scripted_chain import ScriptedChain, scripted
from tests.worlds.sender_world import OWN, stranger

SEND, TRY = "eth_sendRawTransaction", "eth_estimateGas"
REPLACE_AFTER_S = 30.0

Kind = TypeVar("Kind", bound=Fact)


class Talk:
    """Hold an engine on a scripted chain; each `look` is one cycle, one second after the last."""

    def __init__(self, chain: ScriptedChain, url: str, path: Path) -> None:
        self.chain = chain
        self.now_s = 1_000.0
        self.facts: list[Fact] = []
        self.changes: dict[str, object] = {}
        self._url, self.journal_path = url, path
        self.begin()

    def begin(self, **changes: object) -> None:
        """Begin on the journal as it is, with other settings than the plain ones."""
        self.journal = Journal(self.journal_path)
        self.journal.open()
        plain = {"chain_id": CHAIN_ID, "replace_after_s": REPLACE_AFTER_S}
        self.settings = ledger_settings(self._url, **(plain | changes))
        self.engine = Engine(
            self.settings, self.journal, OWN, self.facts.append, closing=lambda: False
        )

    def restart(self, **changes: object) -> None:
        """End without a word, and begin again."""
        self.journal.close()
        self.begin(**changes)

    def look(self, after_s: float = 1.0) -> float:
        """Run one cycle; give in how many seconds the next is due."""
        self.now_s += after_s
        return self.engine.cycle(self.now_s)

    def submit(self, *intents: Intent) -> None:
        """Hand intents in, and look."""
        for intent in intents:
            self.engine.take(intent)
        self.look()

    def told(self, kind: type[Kind]) -> list[Kind]:
        """Give the facts of a kind, oldest first."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def refusals(self) -> list[str]:
        """Name what was refused, oldest first."""
        return [fact.name for fact in self.told(IntentRefused)]

    def nonces(self) -> list[int]:
        """Give the nonces of all that was put to the chain, oldest first."""
        return [sent.nonce for sent in self.chain.offered]


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    chain = ScriptedChain(OWN.account)
    with scripted(chain) as endpoint:
        one = Talk(chain, endpoint.url, tmp_path / "journal.db")
        try:
            yield one
        finally:
            one.journal.close()


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
    assert [fact.intent for fact in talk.told(IntentConfirmed)] == [REDEEM, OPEN, POST, REPORT]


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
    assert [fact.intent for fact in talk.told(IntentConfirmed)] == [OPEN, OPEN]
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
    assert [fact.intent for fact in talk.told(IntentConfirmed)] == [CLOSE]


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
    assert [fact.intent for fact in talk.told(IntentConfirmed)] == [OPEN]
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
    assert [fact.intent for fact in talk.told(IntentConfirmed)] == [OPEN]


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


def test_a_receipt_that_vanishes_undoes_the_promise_and_the_same_bytes_go_out(
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
    assert [fact.intent for fact in talk.told(IntentConfirmed)] == [OPEN, OPEN]


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


# How it looks


def test_a_quiet_look_asks_for_the_head_alone(talk: Talk) -> None:
    talk.look()
    talk.chain.requests.clear()
    talk.look()

    assert talk.chain.requests == [["eth_getBlockByNumber"]]


def test_receipts_are_asked_for_between_nonce_and_head_in_one_request(talk: Talk) -> None:
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

    assert (quiet_s, soon_s) == (talk.settings.poll_s, talk.settings.receipt_poll_s)
    assert soon_s < later_s < quiet_s


def test_a_chain_without_empty_blocks_is_told_to_stand_now_and_then(talk: Talk) -> None:
    talk.restart(empty_blocks=False)
    for _ in range(11):
        talk.look()

    assert len(talk.told(ChainObserved)) == 1
    assert len(talk.told(ChainStands)) == 2


def test_a_head_that_is_no_block_is_no_chain(talk: Talk) -> None:
    talk.chain.say("eth_getBlockByNumber", *[Objection({"code": -1, "message": "no"})] * 9)

    with pytest.raises(ChainUnavailable):
        talk.look()


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
