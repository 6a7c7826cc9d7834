"""A promise is carried through once, whatever the chain shows late, or takes back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from node.core.commands import Intent
from node.core.errors import ChainUnavailable
from node.core.facts import IntentConfirmed, IntentRefused, IntentResumed, IntentUndone
from node.ledger.contracts.artifacts import artifact
from node.ledger.sending.fulfilment import LOOK_AFTER_S
from node.ledger.settings import LedgerSettings
from node.state.promise import PromiseState
from tests.factories.intents import CLOSE, OPEN, POST
from tests.factories.intents import GIFT as LARGE_GIFT
from tests.parts.rpc_gate import Objection
from tests.parts.scripted_chain import BLOCK_S, SAYS_NO
from tests.worlds.sender_world import OWN, REPLACE_AFTER_S, Sender, sender, stranger

SEND, TRY, FIND = "eth_sendRawTransaction", "eth_estimateGas", "eth_getTransactionByHash"
RECEIPT = "eth_getTransactionReceipt"
GIFT = replace(LARGE_GIFT, amount_wei=1)
CAP_WEI = LedgerSettings.__dataclass_fields__["max_fee_per_gas_wei"].default
GONE = Objection(
    {
        "code": 3,
        "message": "execution reverted",
        "data": "0x"
        + next(e for e in artifact("EnergySale").errors.values() if not e.inputs).selector.hex(),
    }
)


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Sender]:
    with sender(tmp_path) as world:
        yield world


# What the chain says of it


def test_a_confirmation_waits_for_its_depth(tmp_path: Path) -> None:
    with sender(tmp_path, confirmations=3) as one:
        one.launch(OPEN)
        one.chain.mine_all()
        one.look()
        one.chain.mine()
        one.look()

        assert one.confirmed() == []
        one.chain.mine()
        one.look()
        assert one.confirmed() == [OPEN]


def test_what_is_in_a_block_does_not_go_out_again(tmp_path: Path) -> None:
    with sender(tmp_path, confirmations=3) as one:
        one.launch(OPEN)
        one.chain.mine_all()
        one.look(after_s=REPLACE_AFTER_S)
        one.chain.mine()
        one.look(after_s=REPLACE_AFTER_S)

        assert one.nonces() == [0]


def test_a_confirmation_has_the_time_of_its_own_block(tmp_path: Path) -> None:
    with sender(tmp_path, confirmations=2) as one:
        one.launch(OPEN)
        one.chain.mine_all()
        one.chain.mine()
        one.look()

        (confirmed,) = one.told(IntentConfirmed)
        assert confirmed.block.number == one.chain.number - 1
        assert confirmed.block.timestamp_s == confirmed.block.number * BLOCK_S


def test_an_outcome_that_is_held_back_does_not_count_yet(one: Sender) -> None:
    one.launch(OPEN)
    one.chain.mine_all()
    one.look(held_back=frozenset({one.chain.offered[0].hash}))

    assert one.confirmed() == []
    one.look()
    assert one.confirmed() == [OPEN]


def test_what_reverted_is_refused_with_the_contracts_reason(one: Sender) -> None:
    one.launch(OPEN)
    one.chain.mine(one.chain.offered[0].hash, succeeded=False)
    # Of a named block, so it is asked for as often as may help.
    one.chain.say("eth_call", GONE)
    one.look()

    (refused,) = one.told(IntentRefused)
    assert refused.name in {e.name for e in artifact("EnergySale").errors.values()}
    assert one.journal.live() == ()


def test_what_reverted_and_would_not_now_is_refused_all_the_same(one: Sender) -> None:
    one.launch(OPEN)
    one.chain.mine(one.chain.offered[0].hash, succeeded=False)
    one.look()

    assert one.refusals() == ["Reverted"]


def test_a_question_that_is_refused_says_nothing_of_an_outcome(one: Sender) -> None:
    one.launch(OPEN)
    one.chain.mine_all()
    for _ in range(20):
        one.chain.say(RECEIPT, SAYS_NO)
        one.look(after_s=LOOK_AFTER_S)

    assert one.nonces() == [0] * len(one.nonces())
    assert one.chain.asked[FIND] == 0
    one.look()
    assert one.confirmed() == [OPEN]


def test_an_outcome_that_is_late_is_waited_for(one: Sender) -> None:
    one.launch(OPEN)
    one.chain.shows_outcomes = False
    one.chain.mine_all()
    for _ in range(10):
        one.look(after_s=60)

    assert one.chain.asked[FIND] > 1
    assert set(one.nonces()) == {0}
    one.chain.shows_outcomes = True
    one.look()
    assert one.confirmed() == [OPEN]


@pytest.mark.parametrize("intent", [OPEN, POST, GIFT])
def test_a_nonce_that_a_stranger_used_gives_the_intent_the_next_one(
    one: Sender, intent: Intent
) -> None:
    one.launch(intent)
    one.chain.drop(one.chain.offered[0].hash)
    taken = one.chain.take(*stranger(0))
    one.chain.mine(taken.hash)
    one.look()
    one.look(after_s=LOOK_AFTER_S)

    assert one.nonces() == [0, 1]
    one.chain.mine_all()
    one.look()
    assert one.confirmed() == [intent]


def test_a_stranger_that_this_key_did_not_sign_is_none(one: Sender) -> None:
    one.launch(GIFT)
    one.chain.drop(one.chain.offered[0].hash)
    raw, shown = stranger(0)
    taken = one.chain.take(raw, {**shown, "value": "0x2"})
    one.chain.mine(taken.hash)
    one.look()
    one.look(after_s=LOOK_AFTER_S)

    assert set(one.nonces()) == {0}


def test_a_used_nonce_that_nothing_explains_is_passed_by_what_the_chain_takes_but_once(
    one: Sender,
) -> None:
    """A gift of gas could be given twice so; an order of that number could not."""
    one.launch(OPEN, GIFT)
    for sent in list(one.chain.offered):
        one.chain.drop(sent.hash)
    for nonce in (0, 1):
        # It is counted, and no block shows it.
        one.chain.take(stranger(nonce)[0])
    one.chain.mine_all()
    one.look()
    one.look(after_s=LOOK_AFTER_S)

    assert one.nonces() == [0, 1, 2]
    again = one.chain.offered[2]
    assert again.data == one.chain.offered[0].data


def test_one_that_was_signed_twice_is_refused_only_once_neither_can_stand(one: Sender) -> None:
    one.launch(OPEN)
    first = one.chain.offered[0]
    one.chain.drop(first.hash)
    one.chain.take(stranger(0)[0])
    one.chain.mine_all()
    one.look()
    one.look(after_s=LOOK_AFTER_S)
    second = one.chain.offered[-1]
    one.chain.mine(second.hash, succeeded=False)
    one.look()

    assert second.nonce == 1
    assert one.refusals() == []


def test_a_nonce_of_an_endpoints_false_word_is_left_by_what_the_chain_takes_but_once(
    one: Sender,
) -> None:
    one.launch(OPEN)
    far = replace(one.track().newest, nonce=500)
    one.promises.add(one.track(), far)
    one.look()

    assert one.nonces() == [0, 1]
    assert one.track().newest.nonce == 1


# What a reorganisation takes back


def test_what_a_reorganisation_took_goes_out_again_as_it_was(one: Sender) -> None:
    one.launch(OPEN)
    one.chain.mine_all()
    one.look()
    one.chain.reorganise(1)
    one.fulfilment.recheck(one.head())
    one.look()

    (undone,) = one.told(IntentUndone)
    assert undone.intent == OPEN
    assert "replaced block 101" in undone.reason
    first, second = one.chain.offered
    assert first == second
    one.chain.mine_all()
    one.look()
    assert one.confirmed() == [OPEN, OPEN]
    assert len(one.kept("OpenOrder 1").attempts) == 1


def test_what_stands_in_another_block_now_is_not_undone(one: Sender) -> None:
    one.launch(OPEN)
    one.chain.mine_all()
    one.look()
    one.chain.reorganise(1, drops=False)
    one.fulfilment.recheck(one.head())

    assert one.told(IntentUndone) == []
    (track,) = one.promises.watched.values()
    assert track.promise.inclusion is not None
    assert track.promise.inclusion.block_hash == one.head().hash


def test_what_failed_in_its_new_block_is_undone(one: Sender) -> None:
    one.launch(OPEN)
    one.chain.mine_all()
    one.look()
    one.chain.reorganise(1)
    one.chain.number -= 1
    one.chain.mine(one.chain.offered[0].hash, succeeded=False)
    one.fulfilment.recheck(one.head())

    assert len(one.told(IntentUndone)) == 1


def test_an_endpoint_without_the_head_undoes_nothing(one: Sender) -> None:
    one.launch(OPEN)
    one.chain.mine_all()
    one.look()
    head = one.head()
    one.chain.reorganise(1)

    with pytest.raises(ChainUnavailable, match="was replaced"):
        one.fulfilment.recheck(head)
    assert one.told(IntentUndone) == []


def test_an_endpoint_that_does_not_say_where_it_is_undoes_nothing(one: Sender) -> None:
    one.launch(OPEN)
    one.chain.mine_all()
    one.look()
    one.chain.say(RECEIPT, SAYS_NO)

    with pytest.raises(ChainUnavailable, match="does not say"):
        one.fulfilment.recheck(one.head())
    assert one.told(IntentUndone) == []


# Dead nonces, and a restart


def test_a_dead_nonce_is_closed_so_that_what_follows_is_mined(one: Sender) -> None:
    one.chain.object(SEND, "insufficient funds")
    one.launch(OPEN, CLOSE)
    one.look()
    closing = next(sent for sent in reversed(one.chain.offered) if sent.nonce == 0)

    assert one.refusals() == ["GasTooLow"]
    assert (closing.to, closing.data) == (OWN.account.lower(), "0x")
    assert one.nonces().count(1) == 1
    one.chain.mine_all()
    one.look()
    assert one.confirmed() == [CLOSE]
    assert not one.promises.live
    assert one.kept("nonce 0").state is PromiseState.CONFIRMED


def test_after_a_restart_the_same_bytes_go_out_and_what_is_new_gets_the_next_nonce(
    one: Sender,
) -> None:
    one.launch(OPEN)
    one.restart()
    one.look()
    one.launch(CLOSE)

    assert one.told(IntentResumed) == [IntentResumed(intent=OPEN)]
    first, again, other = one.chain.offered
    assert first == again
    assert (other.nonce, other.data == first.data) == (1, False)


def test_after_a_restart_what_was_mined_meanwhile_is_confirmed(one: Sender) -> None:
    one.launch(OPEN)
    one.journal.close()
    one.chain.mine_all()
    one.begin()
    one.look()

    assert one.confirmed() == [OPEN]
    assert one.nonces() == [0]


def test_after_a_restart_a_no_is_no_refusal(one: Sender) -> None:
    """It may be the answer to what was sent before."""
    one.launch(OPEN)
    one.restart()
    one.chain.object(SEND, "insufficient funds")
    one.look()

    assert one.refusals() == []
    assert one.track().promise.state is PromiseState.BROADCAST
