"""What leaves with which nonce, what its endpoint says to it, and what waits too long."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from node.core.errors import ChainUnavailable
from node.core.facts import IntentConfirmed, IntentRefused
from node.ledger.contracts.artifacts import artifact
from node.ledger.settings import LedgerSettings
from node.state.promise import PromiseState
from tests.factories.intents import CLOSE, OPEN, PLACE
from tests.factories.intents import GIFT as LARGE_GIFT
from tests.parts.rpc_gate import Objection
from tests.parts.scripted_chain import GWEI
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


# What leaves, and with which nonce


def test_intents_leave_together_with_the_next_nonces_in_their_order(one: Sender) -> None:
    one.launch(CLOSE, OPEN, GIFT)

    assert one.nonces() == [0, 1, 2]
    assert [r for r in one.chain.requests if TRY in r] == [[TRY] * 3 + ["eth_getBalance"]]
    assert [r for r in one.chain.requests if SEND in r] == [[SEND] * 3]
    assert [t.promise.state for t in one.promises.live.values()] == [PromiseState.BROADCAST] * 3


def test_what_is_written_down_is_what_left(one: Sender) -> None:
    one.launch(OPEN)

    (attempt,) = one.kept("OpenOrder 1").attempts
    (sent,) = one.chain.offered
    assert (attempt.nonce, attempt.hash, attempt.fee_wei) == (sent.nonce, sent.hash, sent.fee_wei)
    assert (sent.fee_wei, sent.tip_wei) == (3 * GWEI, GWEI)


def test_the_nonce_follows_what_was_sent_before_and_what_waits_in_the_pool(one: Sender) -> None:
    for nonce in range(3):
        one.chain.take(*stranger(nonce))
    one.chain.mine_all()
    one.chain.take(*stranger(3))
    one.launch(OPEN)

    assert one.nonces() == [4]


def test_nothing_leaves_without_a_promise_on_disk(one: Sender) -> None:
    one.journal.close()
    one.launch(OPEN, CLOSE)

    assert one.refusals() == ["JournalUnwritable"] * 2
    assert one.chain.offered == []
    assert not one.promises.live


def test_what_a_contract_would_refuse_is_told_in_its_words_and_never_leaves(one: Sender) -> None:
    one.chain.say(TRY, GONE)
    one.launch(OPEN, CLOSE)

    (refused,) = one.told(IntentRefused)
    assert refused.intent == OPEN
    assert refused.name in {e.name for e in artifact("EnergySale").errors.values()}
    assert one.nonces() == [0]
    assert one.journal.find("OpenOrder 1") is None


def test_an_endpoint_that_cannot_try_is_no_contract(one: Sender) -> None:
    one.chain.object(TRY, "out of memory")
    one.launch(OPEN)

    assert one.refusals() == ["EndpointRefused"]
    assert one.chain.offered == []


def test_an_endpoint_that_takes_no_block_with_a_try_is_asked_without(one: Sender) -> None:
    one.chain.say(TRY, Objection({"code": -32602, "message": "too many arguments"}))
    one.launch(OPEN)

    assert one.refusals() == []
    assert one.nonces() == [0]


def test_money_for_gas_is_counted_over_all_that_leaves_together(one: Sender) -> None:
    one.chain.balance_wei = 3 * GWEI * 200_000
    one.launch(OPEN, CLOSE)

    assert one.refusals() == ["GasTooLow"]
    assert one.nonces() == [0]


def test_above_the_cap_nothing_is_even_tried(one: Sender) -> None:
    one.chain.base_fee_wei = one.chain.gas_price_wei = CAP_WEI + 1
    one.launch(OPEN)

    assert one.refusals() == ["FeeAboveCap"]
    assert one.chain.asked[TRY] == 0


def test_an_intent_that_cannot_be_written_is_malformed(one: Sender) -> None:
    one.launch(PLACE)

    assert one.refusals() == ["IntentMalformed"]


# What the endpoint says to it


@pytest.mark.parametrize("words", ["already known", "nonce too low", "execution reverted"])
def test_words_that_mean_look_for_the_outcome(one: Sender, words: str) -> None:
    one.chain.object(SEND, words)
    one.launch(OPEN)
    one.look()

    assert one.refusals() == []
    assert one.track().promise.state is PromiseState.BROADCAST
    assert one.nonces() == [0]


@pytest.mark.parametrize("words", ["txpool is full", "nonce too high", "a word nobody knows"])
def test_words_of_the_moment_let_the_same_bytes_go_out_again(one: Sender, words: str) -> None:
    one.chain.object(SEND, words)
    one.launch(OPEN)
    one.look()
    one.chain.mine()
    one.look()
    one.chain.mine_all()
    one.look()

    first, second = one.chain.offered
    assert first == second
    assert one.confirmed() == [OPEN]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("insufficient funds for gas * price + value", "GasTooLow"),
        ("exceeds block gas limit", "EndpointRefused"),
    ],
)
def test_a_plain_no_to_the_first_sending_is_a_refusal(one: Sender, words: str, name: str) -> None:
    one.chain.object(SEND, words)
    one.launch(OPEN)
    one.look(after_s=600)

    assert one.refusals() == [name]
    assert one.nonces() == [0]
    assert one.journal.live() == ()


def test_a_plain_no_to_a_later_sending_is_none(one: Sender) -> None:
    one.chain.object(SEND, "txpool is full", "insufficient funds")
    one.launch(OPEN)
    one.chain.mine()
    one.look()

    assert one.chain.asked[SEND] == 2
    assert one.refusals() == []
    one.chain.mine()
    one.look()
    one.chain.mine_all()
    one.look()
    assert one.confirmed() == [OPEN]


def test_a_lost_answer_is_looked_for_and_its_later_refusal_is_none(one: Sender) -> None:
    account_state = one.account_state()
    one.chain.loses = SEND
    with pytest.raises(ChainUnavailable):
        one.fulfilment.launch([OPEN], account_state, one.now_s)
    one.chain.loses = None
    one.chain.object(SEND, "insufficient funds")
    one.look()

    assert one.refusals() == []
    one.chain.mine_all()
    one.look()
    assert one.confirmed() == [OPEN]
    assert {sent.hash for sent in one.chain.offered} == {one.chain.offered[0].hash}


def test_an_underpriced_one_is_replaced_at_the_same_nonce_for_an_eighth_more(one: Sender) -> None:
    one.chain.object(SEND, "replacement transaction underpriced")
    one.launch(OPEN)
    one.look()

    first, second = one.chain.offered
    assert (first.nonce, first.data) == (second.nonce, second.data)
    assert second.fee_wei * 8 >= first.fee_wei * 9
    assert second.tip_wei * 8 >= first.tip_wei * 9


def test_a_chain_that_takes_a_fee_after_all_refuses_the_penniless(one: Sender) -> None:
    one.chain.base_fee_wei = one.chain.balance_wei = 0
    one.chain.object(SEND, "transaction underpriced")
    one.launch(OPEN)

    assert one.chain.offered[0].fee_wei == 0
    assert one.refusals() == ["GasTooLow"]


# What waits


def test_what_waits_goes_out_again_with_each_block_and_not_more_often(one: Sender) -> None:
    one.launch(OPEN)
    one.look()
    one.chain.mine()
    one.look()
    one.look()

    assert one.nonces() == [0, 0]
    assert one.chain.offered[0] == one.chain.offered[1]


def test_what_waits_too_long_is_replaced_and_whichever_is_mined_confirms_it(one: Sender) -> None:
    one.launch(OPEN)
    one.look()
    one.look(after_s=REPLACE_AFTER_S)
    first, second = one.chain.offered

    assert first.nonce == second.nonce
    assert second.fee_wei * 8 >= first.fee_wei * 9
    assert len(one.kept("OpenOrder 1").attempts) == 2
    one.chain.mine(first.hash)
    one.look()
    (confirmed,) = one.told(IntentConfirmed)
    assert (confirmed.intent, confirmed.transaction) == (OPEN, first.hash)
    assert not one.promises.live


def test_each_replacement_waits_as_long_again(one: Sender) -> None:
    one.launch(OPEN)
    one.look()
    one.look(after_s=REPLACE_AFTER_S)
    one.look(after_s=REPLACE_AFTER_S / 2)
    half_way = len({sent.fee_wei for sent in one.chain.offered})
    one.look(after_s=REPLACE_AFTER_S / 2)

    assert (half_way, len({sent.fee_wei for sent in one.chain.offered})) == (2, 3)


def test_on_a_chain_without_fees_nothing_is_replaced(one: Sender) -> None:
    one.chain.base_fee_wei = one.chain.gas_price_wei = 0
    one.launch(OPEN)
    one.look()
    one.look(after_s=REPLACE_AFTER_S)

    assert {sent.fee_wei for sent in one.chain.offered} == {0}


def test_where_a_fee_is_asked_now_one_is_offered(one: Sender) -> None:
    one.chain.base_fee_wei = one.chain.gas_price_wei = 0
    one.launch(OPEN)
    one.look()
    one.chain.base_fee_wei = one.chain.gas_price_wei = GWEI
    one.look(after_s=REPLACE_AFTER_S)

    assert one.chain.offered[-1].fee_wei == 2 * GWEI


def test_only_the_next_in_line_is_replaced(one: Sender) -> None:
    one.launch(OPEN, CLOSE)
    one.look()
    one.look(after_s=REPLACE_AFTER_S)

    fees = {(s.nonce, s.fee_wei) for s in one.chain.offered}
    assert len([nonce for nonce, _ in fees if nonce == 0]) == 2
    assert len([nonce for nonce, _ in fees if nonce == 1]) == 1


def test_no_replacement_offers_more_than_the_cap(one: Sender) -> None:
    one.chain.base_fee_wei, one.chain.gas_price_wei = CAP_WEI - GWEI, CAP_WEI
    one.launch(OPEN)
    one.look()
    one.look(after_s=REPLACE_AFTER_S)

    assert {sent.fee_wei for sent in one.chain.offered} == {CAP_WEI}


def test_what_lost_its_sense_while_it_waited_is_closed_by_a_transfer_of_nothing(
    one: Sender,
) -> None:
    one.launch(OPEN)
    one.look()
    one.chain.say(TRY, GONE)
    one.look(after_s=REPLACE_AFTER_S)
    first, closing = one.chain.offered

    assert (closing.to, closing.data, closing.value_wei) == (OWN.account.lower(), "0x", 0)
    assert (closing.nonce, one.refusals()) == (first.nonce, [])
    one.chain.mine(closing.hash)
    one.look()
    (refused,) = one.told(IntentRefused)
    assert refused.name in {e.name for e in artifact("EnergySale").errors.values()}
    assert one.confirmed() == []


def test_what_was_to_be_closed_and_is_mined_all_the_same_is_confirmed(one: Sender) -> None:
    one.launch(OPEN)
    one.look()
    one.chain.say(TRY, GONE)
    one.look(after_s=REPLACE_AFTER_S)
    one.chain.mine(one.chain.offered[0].hash)
    one.look()

    assert one.confirmed() == [OPEN]
    assert one.refusals() == []


def test_an_endpoint_that_cannot_try_closes_nothing(one: Sender) -> None:
    one.launch(OPEN)
    one.look()
    one.chain.object(TRY, "out of memory")
    one.look(after_s=REPLACE_AFTER_S)

    first, second = one.chain.offered
    assert first.data == second.data
