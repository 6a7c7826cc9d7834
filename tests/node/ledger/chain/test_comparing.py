"""Of what is pending, where endpoints may honestly differ, the least word counts."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from node.ledger.chain.account_state import account_state_at
from node.ledger.chain.asking import asked
from node.ledger.chain.comparing import Comparing
from node.ledger.chain.heads import head_of
from node.ledger.chain.rpc import Rpc
from tests.parts.raw_endpoint import CHAIN, CHAIN_ID, raw_endpoint, reply

ACCOUNT = "0x" + "7e" * 20
BLOCK = {
    "number": "0x7",
    "hash": "0x" + "aa" * 32,
    "parentHash": "0x" + "bb" * 32,
    "timestamp": "0x64",
    "baseFeePerGas": "0x1",
}


@contextmanager
def endpoints(*pending: object) -> Iterator[Rpc]:
    """Run an endpoint for each word of what is pending; they agree on all else."""
    with ExitStack() as stack:
        urls = [stack.enter_context(raw_endpoint(_saying(word))).url for word in pending]
        yield Rpc(urls, chain_id=CHAIN_ID, timeout_s=5.0)


def _saying(pending: object) -> Any:
    def answer(method: str, params: list[Any]) -> object:
        if method == "eth_getTransactionCount":
            return pending if params[-1] == "pending" else "0x3"
        return {"eth_chainId": CHAIN, "eth_getBlockByNumber": BLOCK}.get(method, "0x10")

    def say(sock: socket.socket, calls: list[dict[str, Any]]) -> None:
        rows = [{"id": c["id"], "result": answer(c["method"], c["params"])} for c in calls]
        sock.sendall(reply(json.dumps(rows if len(rows) > 1 else rows[0]).encode()))

    return say


@pytest.mark.parametrize(
    ("in_use", "other"),
    [("0x4", "0x3"), ("0x13", "0x3"), (hex(2**62), "0x3"), ("much", "0x3"), (None, "0x3")],
)
def test_a_false_pending_count_counts_no_more_than_an_honest_one(
    in_use: object, other: object
) -> None:
    head = head_of(BLOCK)
    with endpoints(in_use, other) as rpc, Comparing(rpc)(head, 0.0):
        (account_state,) = asked(rpc, account_state_at(head, ACCOUNT))

    assert (account_state.nonce, account_state.pending_nonce) == (3, 3)
    assert rpc.agreed


@pytest.mark.parametrize("other", ["0x9", "0x2", "much", None])
def test_a_false_pending_count_of_a_second_endpoint_changes_nothing(other: object) -> None:
    head = head_of(BLOCK)
    with endpoints("0x3", other) as rpc, Comparing(rpc)(head, 0.0):
        (account_state,) = asked(rpc, account_state_at(head, ACCOUNT))

    assert (account_state.nonce, account_state.pending_nonce) == (3, 3)
    assert rpc.agreed
