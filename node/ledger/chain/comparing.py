"""Hold what a look was told against what the other endpoints say, before anything is made of it.

What cannot differ between honest endpoints is asked of each: events, contract state, balances,
nonces and headers of named blocks. One that has yet to come to the block is waited for, not long;
a refusal is no answer. With one endpoint alone there is nothing to compare.

What is pending may differ, for each has a pool of its own. Of that the least counts: a nonce that
is held as free and is not is refused or mined once, and one beyond a gap would wait for ever.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from node.core.errors import ChainUnavailable, NodeError
from node.ledger.chain import answers as read
from node.ledger.chain.endpoint import Call, RpcError, block_of
from node.ledger.chain.heads import SHRUNK_AFTER_S, Head
from node.ledger.chain.rpc import Rpc

BEHIND_FOR_S = SHRUNK_AFTER_S
"""So long an endpoint that has not yet come to a block is waited for; then it has no say."""

_KINDS: Mapping[str, str] = {
    "eth_getLogs": "events",
    "eth_call": "contracts",
    "eth_getBalance": "balances",
    "eth_getTransactionCount": "nonces",
    "eth_getBlockByNumber": "blocks",
}
_SHOWN_DIGITS = 12


class NotYet(NodeError):
    """Say that another endpoint has yet to come to the block: look again."""


class Comparing:
    """Compare answers with the other endpoints; used from the ledger's thread alone."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._head: Head | None = None
        self._now_s = 0.0
        self._apart_since_s: dict[str, float] = {}

    def __call__(self, head: Head, now_s: float) -> "Comparing":
        """Say at which head the next answers are to be compared."""
        self._head, self._now_s = head, now_s
        return self

    def __enter__(self) -> None:
        self._rpc.compare = self._compare

    def __exit__(self, *_: object) -> None:
        self._rpc.compare = None

    def _compare(self, calls: Sequence[Call], answers: Sequence[Any]) -> tuple[list[Any], bool]:
        """Give what is to be taken for the answers, and whether another endpoint says the same.

        Raises:
            ChainUnavailable: another endpoint contradicts; the sentence says who says what.
            NotYet: another endpoint has yet to come to this block.
        """
        told = [
            (call, answer)
            for call, answer in zip(calls, answers, strict=True)
            if block_of(call) is not None and not isinstance(answer, RpcError)
        ]
        taken = list(answers)
        if not told:
            return taken, False
        agreed = False
        pending = [place for place, call in enumerate(calls) if _is_pending(call)]
        newest = max(block_of(call) or 0 for call, _ in told)
        asked: list[Call] = [
            ("eth_getBlockByNumber", [hex(newest), False]),
            *(call for call, _ in told),
            *(calls[place] for place in pending),
        ]
        for name, (header, *others) in self._rpc.others(asked):
            if isinstance(header, RpcError):
                continue
            if self._is_apart(name, newest, header):
                continue
            # An older block, which it has, does not end the waiting for the head.
            if self._head is None or newest >= self._head.number:
                self._apart_since_s.pop(name, None)
            compared = others[: len(told)]
            for (call, ours), theirs in zip(told, compared, strict=True):
                self._agree(name, call, ours, theirs)
            for place, theirs in zip(pending, others[len(told) :], strict=True):
                taken[place] = _least(taken[place], theirs)
            agreed = not any(isinstance(theirs, RpcError) for theirs in compared)
        return taken, agreed

    def _is_apart(self, name: str, newest: int, header: object) -> bool:
        """Say whether an endpoint has no say: it has no such block, and was waited for.

        Raises:
            ChainUnavailable: it has had another block there for too long.
            NotYet: it is waited for.
        """
        head = self._head
        why = ""
        if header is not None:
            theirs = str(read.block(header)["hash"])
            if head is None or newest != head.number or theirs.lower() == head.hash.lower():
                return False
            why = (
                f"the endpoints disagree about block {newest}: {self._rpc.endpoint} says it is"
                f" {head.hash[:_SHOWN_DIGITS]}, {name} says it is {theirs[:_SHOWN_DIGITS]}"
            )
        since_s = self._apart_since_s.setdefault(name, self._now_s)
        if self._now_s - since_s < BEHIND_FOR_S:
            raise NotYet(why or f"{name} has yet to come to block {newest}")
        if why:
            raise ChainUnavailable(why)
        return True

    def _agree(self, name: str, call: Call, ours: Any, theirs: Any) -> None:  # noqa: ANN401 - JSON
        if isinstance(theirs, RpcError) or _plain(call, ours) == _plain(call, theirs):
            return
        raise ChainUnavailable(
            f"the endpoints disagree about block {block_of(call)}: {self._rpc.endpoint} and"
            f" {name} tell different {_KINDS[call[0]]}"
        )


def _is_pending(call: Call) -> bool:
    return call[0] == "eth_getTransactionCount" and call[1][-1] == "pending"


def _least(ours: Any, theirs: Any) -> Any:  # noqa: ANN401 - JSON has any type
    """Give the smaller of two counts; of what is none, the other."""
    try:
        their_count = read.number(theirs)
    except ChainUnavailable:
        return ours
    try:
        return theirs if their_count < read.number(ours) else ours
    except ChainUnavailable:
        return theirs


def _plain(call: Call, answer: Any) -> object:  # noqa: ANN401 - JSON has any type
    """Leave of an answer what honest endpoints tell alike."""
    if call[0] == "eth_getLogs":
        return sorted(_event(log) for log in read.logs(answer))
    if call[0] == "eth_getBlockByNumber":
        if answer is None:
            return None
        header = read.block(answer)
        return header["hash"].lower(), read.index(header["timestamp"])
    if call[0] == "eth_call":
        return str(answer).lower()
    return read.number(answer)


def _event(log: read.Members) -> tuple[int, int, str, str, tuple[str, ...]]:
    return (
        read.index(log.get("blockNumber")),
        read.index(log.get("logIndex")),
        str(log.get("address")).lower(),
        str(log.get("data")).lower(),
        tuple(topic.lower() for topic in log["topics"]),
    )
