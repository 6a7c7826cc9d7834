"""A broken reply is one endpoint's trouble: the next one is asked, and nothing of ours fails."""

import pytest

from node.core.errors import ChainUnavailable
from node.ledger.rpc import Rpc, RpcError
from tests.fuzz.endpoint import bodies_of, connect

CHAIN = b'{"id":1,"result":"0x5"}'


def asked(*bodies: bytes, urls: tuple[str, ...] = ("http://127.0.0.1:1",)) -> object:
    rpc = Rpc(urls, chain_id=5, timeout_s=1.0)
    connect(rpc, bodies_of(b"\n".join(bodies)))
    return rpc.call("eth_gasPrice")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"id":1}',
        b'{"id":1,"error":5}',
        b'{"id":1,"error":{"code":1e309}}',
        b"[" * 5000,
        b'{"id":1,"result":' + b"7" * 5000 + b"}",
    ],
)
def test_broken_reply_is_no_answer(body: bytes) -> None:
    with pytest.raises(ChainUnavailable, match="no usable answer"):
        asked(CHAIN, body)


def test_broken_reply_of_one_endpoint_is_made_good_by_the_next() -> None:
    urls = ("http://127.0.0.1:1", "http://127.0.0.2:1")

    assert asked(CHAIN, b"[" * 5000, CHAIN, b'{"id":1,"result":"0x7"}', urls=urls) == "0x7"


@pytest.mark.parametrize("chain", [b'"-0x5"', b'"0x0"', b'"0x' + b"f" * 5000 + b'"', b"5"])
def test_impossible_chain_id_is_no_answer(chain: bytes) -> None:
    with pytest.raises(ChainUnavailable):
        asked(b'{"id":1,"result":' + chain + b"}")


def test_refusal_can_be_told_whatever_its_message() -> None:
    with pytest.raises(RpcError) as caught:
        asked(CHAIN, b'{"id":1,"error":{"message":"\\ud800' + b"x" * 9000 + b'"}}')

    assert len(str(caught.value).encode()) < 400
