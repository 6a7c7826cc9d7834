"""Whose chain it is: no single false word locks an honest endpoint out."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from node.core.errors import ChainUnavailable
from node.ledger.chain.rpc import Rpc
from node.ledger.sending.whose import PRUNED, chain_id_of, is_same, is_same_key, text_of
from tests.parts.raw_endpoint import RawEndpoint, raw_endpoint, reply

TRUE, FALSE = 5, 4711
TIMEOUT_S = 10.0


class Endpoint:
    """Answer with a chain's id, which may change."""

    def __init__(self) -> None:
        self.chain_id = TRUE
        self.is_silent = False

    def say(self, sock: socket.socket, calls: list[dict[str, Any]]) -> None:
        if self.is_silent:
            sock.shutdown(socket.SHUT_RDWR)
            return
        answers = [{"id": call["id"], "result": hex(self.chain_id)} for call in calls]
        sock.sendall(reply(json.dumps(answers if len(answers) > 1 else answers[0]).encode()))


@pytest.fixture
def ends() -> Iterator[list[tuple[Endpoint, RawEndpoint]]]:
    first, second = Endpoint(), Endpoint()
    with raw_endpoint(first.say) as one, raw_endpoint(second.say) as other:
        yield [(first, one), (second, other)]


def rpc_of(ends: list[tuple[Endpoint, RawEndpoint]], chain_id: int | None = None) -> Rpc:
    return Rpc([raw.url for _, raw in ends], chain_id=chain_id, timeout_s=TIMEOUT_S)


def test_what_all_endpoints_agree_on_is_adopted(ends: list[tuple[Endpoint, RawEndpoint]]) -> None:
    rpc = rpc_of(ends)
    rpc.call("eth_gasPrice")

    assert rpc.chain_id == TRUE


@pytest.mark.failure(
    part="chain",
    failure="no chain id is given, and an endpoint tells another chain's",
    person="chain lost: `which one is meant says contract.chain_id`",
    lasts="until they agree",
)
@pytest.mark.parametrize("liar", [0, 1])
def test_endpoints_of_different_chains_are_named_and_neither_is_taken(
    liar: int, ends: list[tuple[Endpoint, RawEndpoint]]
) -> None:
    ends[liar][0].chain_id = FALSE
    rpc = rpc_of(ends)
    with pytest.raises(ChainUnavailable, match=r"serves chain 5.*contract\.chain_id|4711.*chain 5"):
        rpc.call("eth_gasPrice")
    assert rpc.chain_id is None

    ends[liar][0].chain_id = TRUE
    rpc.call("eth_gasPrice")
    assert rpc.chain_id == TRUE


def test_false_id_of_the_only_one_that_answered_does_not_lock_the_honest_one_out(
    ends: list[tuple[Endpoint, RawEndpoint]],
) -> None:
    (liar, _), (honest, _) = ends
    liar.chain_id, honest.is_silent = FALSE, True
    rpc = rpc_of(ends)
    rpc.call("eth_gasPrice")
    assert rpc.chain_id == FALSE
    liar.is_silent, honest.is_silent = True, False
    with pytest.raises(ChainUnavailable):
        rpc.call("eth_gasPrice")

    rpc.call("eth_gasPrice")
    assert rpc.chain_id == TRUE


def test_only_endpoint_that_told_another_id_once_is_used_again(
    ends: list[tuple[Endpoint, RawEndpoint]],
) -> None:
    (only, raw) = ends[0]
    only.chain_id = FALSE
    rpc = rpc_of([(only, raw)])
    rpc.call("eth_gasPrice")
    only.chain_id = TRUE
    with pytest.raises(ChainUnavailable, match="was 4711, and is 5 now"):
        rpc.ensure_agreed_chain()

    rpc.ensure_agreed_chain()
    assert rpc.chain_id == TRUE


def test_given_id_is_not_asked_for_again(ends: list[tuple[Endpoint, RawEndpoint]]) -> None:
    rpc = rpc_of(ends, chain_id=FALSE)
    with pytest.raises(ChainUnavailable, match="serves chain 5, not 4711"):
        rpc.call("eth_gasPrice")
    rpc.ensure_agreed_chain()

    assert rpc.chain_id == FALSE


def test_kept_chain_is_told_from_another_and_a_pruned_endpoint_contradicts_none() -> None:
    kept = text_of(5, "0xaa", "me")

    assert chain_id_of(kept) == 5
    assert chain_id_of(None) is chain_id_of("None 0xaa me") is None
    assert is_same(kept, text_of(5, "0xaa", "me"))
    assert is_same(kept, text_of(5, PRUNED, "me"))
    assert not is_same(kept, text_of(5, "0xbb", "me"))
    assert not is_same(kept, text_of(6, "0xaa", "me"))
    assert not is_same(kept, text_of(5, PRUNED, "you"))
    assert is_same_key(kept, text_of(6, "0xbb", "me"))
    assert not is_same_key(kept, text_of(5, "0xaa", "you"))
