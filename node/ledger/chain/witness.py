"""Ask the other endpoints before an outcome counts, and when the one in use stands still.

One endpoint alone may lie, or stand on a fork of its own. With a second one named, nothing counts
as done that it contradicts. Which of them is right nobody can tell here: the person is told both.
"""

import logging
from collections.abc import Mapping
from typing import Any

from node.core.errors import ChainUnavailable
from node.ledger.chain import answers as read
from node.ledger.chain.comparing import BEHIND_FOR_S
from node.ledger.chain.endpoint import Call, RpcError
from node.ledger.chain.heads import Head, head_of
from node.ledger.chain.rpc import Rpc

STALLED_AFTER_S = 10.0
"""A head of this age may be a dead endpoint's: the others are asked, and again after as long."""

_SHOWN_DIGITS = 10
_log = logging.getLogger(__name__)


class Witnesses:
    """Compare the endpoint in use with the others; used from the ledger's thread alone."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._behind_since_s: dict[str, float] = {}
        self._asked_at_s = float("-inf")

    def held_back(
        self,
        mined: Mapping[str, Mapping[str, Any]],
        head: Head,
        confirmations: int,
        now_s: float,
    ) -> frozenset[str]:
        """Give the transactions, deep enough to count, that another endpoint has yet to come to.

        Raises:
            ChainUnavailable: another endpoint contradicts one; the sentence says who says what.
        """
        return frozenset(
            transaction
            for transaction, outcome in mined.items()
            if head.number - read.index(outcome["blockNumber"]) + 1 >= confirmations
            and not self._agree(transaction, outcome, now_s)
        )

    def _agree(self, transaction: str, outcome: Mapping[str, Any], now_s: float) -> bool:
        number = outcome["blockNumber"]
        calls: list[Call] = [
            ("eth_getTransactionReceipt", [transaction]),
            ("eth_getBlockByNumber", [number, False]),
        ]
        behind = False
        for name, (other, block) in self._rpc.others(calls):
            if isinstance(other, RpcError) or isinstance(block, RpcError):
                continue
            if block is None:
                behind = True
                continue
            why = _contradiction(outcome, read.block(block), read.outcome(other, transaction))
            if why is not None:
                raise ChainUnavailable(
                    f"the endpoints disagree about block {read.index(number)}:"
                    f" {self._rpc.endpoint} says {why[0]}, {name} says {why[1]}"
                )
        since_s = self._behind_since_s.setdefault(transaction, now_s)
        if behind and now_s - since_s < BEHIND_FOR_S:
            return False
        del self._behind_since_s[transaction]
        return True

    def turn_from_stalled(self, head: Head, arrived_at_s: float, now_s: float) -> None:
        """Take another endpoint from now on if the head is old and that one has a later block."""
        if now_s - max(arrived_at_s, self._asked_at_s) < STALLED_AFTER_S:
            return
        self._asked_at_s = now_s
        for name, (block,) in self._rpc.others([("eth_getBlockByNumber", ["latest", False])]):
            if block is None or isinstance(block, RpcError):
                continue
            newer = head_of(block)
            if newer.number > head.number:
                _log.warning(
                    "%s stands at block %d since %.0f s, %s has block %d: it is asked from now on",
                    self._rpc.endpoint,
                    head.number,
                    now_s - arrived_at_s,
                    name,
                    newer.number,
                )
                self._rpc.turn_to(name)
                return


def _contradiction(
    outcome: Mapping[str, Any], block: Mapping[str, Any], other: Mapping[str, Any] | None
) -> tuple[str, str] | None:
    """Give what the one in use says and what the other does, where they do not agree."""
    if block["hash"] != outcome["blockHash"]:
        return f"it is {_short(outcome['blockHash'])}", f"it is {_short(block['hash'])}"
    transaction = _short(outcome["transactionHash"])
    if other is None:
        return f"it holds {transaction}", "it does not"
    if read.index(other["status"]) != read.index(outcome["status"]):
        return (f"{transaction} {_fate(outcome)}", f"it {_fate(other)}")
    return None


def _fate(outcome: Mapping[str, Any]) -> str:
    return "succeeded" if read.index(outcome["status"]) else "failed"


def _short(digits: str) -> str:
    return digits[: len("0x") + _SHOWN_DIGITS]
