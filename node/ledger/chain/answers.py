"""Read what an endpoint answered: numbers, blocks, logs and outcomes, each as JSON-RPC has it.

An endpoint may be broken or hostile: whatever else it says is `ChainUnavailable`, never a fault of
our own. Nothing here says whether an answer is true.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from eth_abi.exceptions import DecodingError

from node.core.errors import ChainUnavailable
from node.ledger.chain.endpoint import RpcError

MOST_INDEX = 2**63 - 1
"""Above any block, nonce, gas or time; what the journal can hold."""

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_WORD = re.compile(r"0x[0-9a-fA-F]{64}")
_LONGEST_TOLD = 80

Members = Mapping[str, Any]
T = TypeVar("T")


def taken(answer: Any) -> Any:  # noqa: ANN401 - JSON has any type
    """Take an answer; a refused read means that this endpoint cannot serve this block now.

    Raises:
        ChainUnavailable: it was refused.
    """
    if isinstance(answer, RpcError):
        raise ChainUnavailable(f"the endpoint could not read the block: {answer}") from answer
    return answer


def number(answer: object) -> int:
    """Read a quantity of at most 256 bits.

    Raises:
        ChainUnavailable: it is none.
    """
    if not isinstance(answer, str) or not _QUANTITY.fullmatch(answer):
        raise _unusable(answer, "a number")
    return int(answer, 16)


def index(answer: object) -> int:
    """Read the number of a block or a nonce, an amount of gas, or a time in seconds.

    Raises:
        ChainUnavailable: it is none, or beyond `MOST_INDEX`.
    """
    found = number(answer)
    if found > MOST_INDEX:
        raise _unusable(answer, "a number of at most 63 bits")
    return found


def word(answer: object) -> str:
    """Read 32 bytes, a hash or a topic, in small letters.

    Raises:
        ChainUnavailable: it is none.
    """
    if not isinstance(answer, str) or not _WORD.fullmatch(answer):
        raise _unusable(answer, "32 bytes")
    return answer.lower()


def block(answer: object) -> Members:
    """Read a block by its number, hash and time.

    Raises:
        ChainUnavailable: it is none.
    """
    members = _object(answer, "a block")
    index(members.get("number"))
    index(members.get("timestamp"))
    return {**members, "hash": word(members.get("hash"))}


def logs(answer: object) -> Sequence[Members]:
    """Read a list of events by their places and topics.

    Whatever the makes do, they are in the chain's order, each once, and none is one that a
    reorganisation has removed. Those without a place come last, as they came.

    Raises:
        ChainUnavailable: it is none.
    """
    if not isinstance(answer, list):
        raise _unusable(answer, "events")
    placed: dict[tuple[int, int], Members] = {}
    others: list[Members] = []
    for log in answer:
        topics = _object(log, "an event").get("topics")
        if not isinstance(topics, list):
            raise _unusable(topics, "topics")
        if log.get("removed") is True:
            continue
        members = {**log, "topics": [word(topic) for topic in topics]}
        if log.get("blockNumber") is None or log.get("logIndex") is None:
            others.append(members)
        else:
            placed[index(log["blockNumber"]), index(log["logIndex"])] = members
    return [*(placed[place] for place in sorted(placed)), *others]


def event(reader: Callable[[Members], T], log: Members) -> T:
    """Read one event by what knows its shape.

    Raises:
        ChainUnavailable: it is no such event.
    """
    try:
        return reader(log)
    except (LookupError, ValueError, TypeError, OverflowError, DecodingError) as error:
        raise _unusable(log, "an event of its contract") from error


def outcomes(hashes: Sequence[str], answers: Sequence[object]) -> Mapping[str, Members]:
    """Pair transactions with the outcomes that were found; a pending one has none.

    Raises:
        ChainUnavailable: an answer is no outcome of its transaction.
    """
    found = {
        transaction: outcome(answer, transaction)
        for transaction, answer in zip(hashes, answers, strict=True)
        if not isinstance(answer, RpcError)
    }
    return {transaction: members for transaction, members in found.items() if members is not None}


def unanswered(hashes: Sequence[str], answers: Sequence[object]) -> frozenset[str]:
    """Give the transactions whose question was refused: that is no answer, and says nothing."""
    return frozenset(
        transaction
        for transaction, answer in zip(hashes, answers, strict=True)
        if isinstance(answer, RpcError)
    )


def outcome(answer: object, transaction: str) -> Members | None:
    """Read the outcome of a transaction; None while it is in no block.

    Raises:
        ChainUnavailable: it is none, or another transaction's.
    """
    if answer is None:
        return None
    members = _object(answer, "a receipt")
    if members.get("blockNumber") is None:
        return None
    counts = {name: hex(index(members.get(name))) for name in ("blockNumber", "gasUsed", "status")}
    if index(members["status"]) > 1:
        raise _unusable(members["status"], "that it succeeded or failed")
    hashes = {name: word(members.get(name)) for name in ("blockHash", "transactionHash")}
    if hashes["transactionHash"] != transaction.lower():
        raise ChainUnavailable("the endpoint answers with another transaction's receipt")
    # Some makes write a number with more digits than it needs.
    return {**members, **counts, **hashes}


def _object(answer: object, what: str) -> Members:
    if not isinstance(answer, dict):
        raise _unusable(answer, what)
    return answer


def _unusable(answer: object, what: str) -> ChainUnavailable:
    return ChainUnavailable(f"the endpoint answers {answer!r:.{_LONGEST_TOLD}} instead of {what}")
