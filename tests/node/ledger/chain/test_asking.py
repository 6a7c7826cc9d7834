"""Questions carry their readers: values come back in order, however many calls each one takes."""

from collections.abc import Iterator

import pytest
from eth_abi.abi import encode

from node.core.errors import ChainUnavailable
from node.ledger.chain.answers import number
from node.ledger.chain.asking import (
    AT_ONCE,
    asked,
    asked_in_parts,
    asked_now,
    at_block,
    both,
    each,
    events_of,
    nothing,
    one,
    or_else,
    stamp_of,
    still_at,
    unless_refused,
)
from node.ledger.chain.endpoint import RpcError
from node.ledger.chain.heads import head_of
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.artifacts import UnexpectedAnswer
from node.ledger.contracts.token import TokenContract
from tests.factories.ledger import NOWHERE
from tests.parts.raw_endpoint import CHAIN_ID
from tests.parts.scripted_chain import BLOCK_S, FIRST_HEAD, SAYS_NO, ScriptedChain, scripted

TOKEN = TokenContract(NOWHERE)
BALANCE = TOKEN.balance_of(NOWHERE)
PRICE = one(("eth_gasPrice", []), number)
AT = hex(FIRST_HEAD)


class Talk:
    """Hold a conversation with a scripted chain."""

    def __init__(self, chain: ScriptedChain, url: str) -> None:
        self.chain = chain
        self.rpc = Rpc((url,), chain_id=CHAIN_ID, timeout_s=5.0)

    def says(self, *numbers: int) -> None:
        """Let the contracts answer so, one number each."""
        self.chain.say("eth_call", *("0x" + encode(["uint256"], [n]).hex() for n in numbers))

    @property
    def requests(self) -> list[list[str]]:
        """Give the methods of each request but the first look at the chain's id."""
        return [methods for methods in self.chain.requests if methods != ["eth_chainId"]]


@pytest.fixture
def talk() -> Iterator[Talk]:
    chain = ScriptedChain(NOWHERE)
    with scripted(chain) as endpoint:
        yield Talk(chain, endpoint.url)


def test_values_come_in_the_order_of_the_questions_from_one_request(talk: Talk) -> None:
    talk.says(1, 2, 3, 4)
    pair = both(at_block(BALANCE, AT), at_block(BALANCE, AT), lambda a, b: (a, b))

    found = asked(
        talk.rpc, at_block(BALANCE, AT), pair, PRICE, nothing("no"), each([at_block(BALANCE, AT)])
    )

    assert found == (1, (2, 3), talk.chain.gas_price_wei, "no", [4])
    assert talk.requests == [["eth_call"] * 3 + ["eth_gasPrice", "eth_call"]]


def test_what_asks_nothing_costs_no_request(talk: Talk) -> None:
    assert asked(talk.rpc, nothing(7), each([])) == (7, [])
    assert talk.chain.requests == []


def test_many_are_asked_in_requests_of_bounded_size(talk: Talk) -> None:
    numbers = list(range(AT_ONCE + 3))
    talk.says(*numbers)

    assert asked_in_parts(talk.rpc, [at_block(BALANCE, AT)] * len(numbers)) == numbers
    assert [len(methods) for methods in talk.requests] == [AT_ONCE, 3]


def test_a_refused_read_is_no_value(talk: Talk) -> None:
    talk.chain.say("eth_call", *[SAYS_NO] * 9)

    with pytest.raises(ChainUnavailable, match="could not read the block"):
        asked(talk.rpc, at_block(BALANCE, AT))


def test_a_refusal_may_mean_that_there_is_none(talk: Talk) -> None:
    talk.chain.object("eth_call", "execution reverted")
    owner = unless_refused(at_block(BALANCE, AT))

    assert asked(talk.rpc, owner, PRICE) == (None, talk.chain.gas_price_wei)
    talk.says(5)
    assert asked(talk.rpc, owner) == (5,)


def test_a_refusal_may_stand_for_a_value(talk: Talk) -> None:
    talk.chain.object("eth_call", "execution reverted")
    balance = or_else(7, at_block(BALANCE, AT))

    assert asked(talk.rpc, balance) == (7,)
    talk.says(5)
    assert asked(talk.rpc, balance) == (5,)


def test_another_contracts_answer_is_refused_by_name(talk: Talk) -> None:
    talk.chain.say("eth_call", "0x")

    with pytest.raises(UnexpectedAnswer, match=r"EnergyToken\.balanceOf did not answer"):
        asked(talk.rpc, at_block(BALANCE, AT))


@pytest.mark.parametrize("answer", [None, {}, [], 5, "nothing", "0x5"])
def test_what_is_no_answer_at_all_is_refused_too(talk: Talk, answer: object) -> None:
    talk.chain.say("eth_call", answer)

    with pytest.raises(UnexpectedAnswer):
        asked(talk.rpc, at_block(BALANCE, AT))


def test_one_thing_now_is_one_call_and_its_refusal_is_told(talk: Talk) -> None:
    talk.says(5)
    assert asked_now(talk.rpc, BALANCE) == 5
    talk.chain.object("eth_call", "execution reverted")

    with pytest.raises(RpcError, match="reverted"):
        asked_now(talk.rpc, BALANCE)


def test_a_block_that_was_replaced_is_found_out(talk: Talk) -> None:
    head = head_of(talk.rpc.call("eth_getBlockByNumber", "latest", False))
    assert asked(talk.rpc, still_at(head), PRICE)[1] == talk.chain.gas_price_wei
    talk.chain.reorganise(1)

    with pytest.raises(ChainUnavailable, match=f"block {FIRST_HEAD} was replaced"):
        asked(talk.rpc, still_at(head), PRICE)


def test_a_blocks_stamp_has_its_time(talk: Talk) -> None:
    (stamp,) = asked(talk.rpc, stamp_of(7))

    assert (stamp.number, stamp.timestamp_s) == (7, 7 * BLOCK_S)


def test_one_refused_search_is_the_answer_to_all(talk: Talk) -> None:
    searches = [("eth_getLogs", [{"fromBlock": AT, "toBlock": AT}])] * 2
    assert asked(talk.rpc, events_of(searches)) == ([],)
    talk.chain.say("eth_getLogs", [])
    talk.chain.object("eth_getLogs", "query exceeds max block range")

    (found,) = asked(talk.rpc, events_of(searches))
    assert isinstance(found, RpcError)
