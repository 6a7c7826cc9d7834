"""Answers of a broken or hostile endpoint are no answers, and never a fault of our own."""

from collections.abc import Callable

import pytest

from node.core.errors import ChainUnavailable
from node.ledger.chain import answers
from node.ledger.chain.endpoint import RpcError
from node.ledger.chain.heads import head_of

HASH = "0x" + "ab" * 32
OTHER = "0x" + "cd" * 32
BLOCK = {"number": "0x10", "hash": HASH, "parentHash": OTHER, "timestamp": "0x20"}
OUTCOME = {
    "transactionHash": HASH,
    "blockNumber": "0x10",
    "blockHash": OTHER,
    "gasUsed": "0x5208",
    "status": "0x1",
}
WRONG = (
    None,
    True,
    5,
    1e309,
    "",
    "5",
    "0x",
    "-0x5",
    "0x-5",
    "0x_1",
    "0xg",
    [],
    {},
    "0x" + "f" * 65,
)


@pytest.mark.parametrize("answer", WRONG)
@pytest.mark.parametrize("read", [answers.number, answers.index, answers.word])
def test_what_is_no_number_is_refused(read: Callable[[object], object], answer: object) -> None:
    with pytest.raises(ChainUnavailable):
        read(answer)


def test_numbers_have_the_bounds_of_what_they_count() -> None:
    assert answers.number("0x" + "f" * 64) == 2**256 - 1
    assert answers.index("0x7fffffffffffffff") == answers.MOST_INDEX
    with pytest.raises(ChainUnavailable):
        answers.index("0x8000000000000000")


@pytest.mark.parametrize("member", ["number", "hash", "parentHash", "timestamp"])
@pytest.mark.parametrize("answer", WRONG)
def test_block_with_a_wrong_member_is_refused(member: str, answer: object) -> None:
    assert head_of(BLOCK).number == 16
    with pytest.raises(ChainUnavailable):
        head_of(BLOCK | {member: answer})


@pytest.mark.parametrize("answer", [None, {}, "logs", [None], [{}], [{"topics": 5}]])
def test_what_is_no_list_of_events_is_refused(answer: object) -> None:
    with pytest.raises(ChainUnavailable):
        answers.logs(answer)
    with pytest.raises(ChainUnavailable):
        answers.logs([{"topics": [HASH, "0x5"]}])


@pytest.mark.parametrize("member", ["transactionHash", "blockHash", "gasUsed", "status"])
def test_outcome_with_a_wrong_member_is_refused(member: str) -> None:
    assert answers.outcome(OUTCOME, HASH) == OUTCOME
    with pytest.raises(ChainUnavailable):
        answers.outcome(OUTCOME | {member: None}, HASH)


def test_outcome_of_another_transaction_is_refused() -> None:
    with pytest.raises(ChainUnavailable, match="another transaction"):
        answers.outcomes([OTHER], [OUTCOME])


def test_refused_and_pending_transactions_have_no_outcome() -> None:
    pending = OUTCOME | {"blockNumber": None}
    said = [RpcError(1, "busy", None), None, pending]

    assert answers.outcomes([HASH, OTHER, "0x1"], said) == {}


def test_outcome_of_an_unheard_of_status_is_no_answer() -> None:
    word = "0x" + "11" * 32
    told = {"blockNumber": "0x1", "gasUsed": "0x1", "status": "0x2", "blockHash": word}

    with pytest.raises(ChainUnavailable):
        answers.outcome({**told, "transactionHash": word}, word)


@pytest.mark.parametrize("status", ["0x1", "0x01", "0x0001"])
def test_numbers_and_hashes_are_read_alike_however_a_make_writes_them(status: str) -> None:
    """With more digits than needed a purchase that succeeded would be told refused."""
    word = "0x" + "aB" * 32
    told = {"blockNumber": "0x007", "gasUsed": "0x0A", "status": status, "blockHash": word}

    read = answers.outcome({**told, "transactionHash": word.upper().replace("X", "x")}, word)

    plain = {"blockNumber": "0x7", "gasUsed": "0xa", "status": "0x1"}
    assert read == plain | {"blockHash": word.lower(), "transactionHash": word.lower()}
    assert head_of(BLOCK | {"hash": word}).hash == word.lower()


def test_events_are_read_in_the_chains_order_each_once_and_none_that_was_removed() -> None:
    def log(block: int, place: int, **more: object) -> dict[str, object]:
        topics = ["0x" + "AB" * 32]
        return {"topics": topics, "blockNumber": hex(block), "logIndex": hex(place), **more}

    told = [log(8, 0), log(7, 1), log(7, 0), log(8, 0), log(6, 0, removed=True), log(9, 0)]
    told[-1]["removed"] = False
    read = answers.logs(told)

    assert [(log["blockNumber"], log["logIndex"]) for log in read] == [
        ("0x7", "0x0"),
        ("0x7", "0x1"),
        ("0x8", "0x0"),
        ("0x9", "0x0"),
    ]
    assert read[0]["topics"] == ["0x" + "ab" * 32]
