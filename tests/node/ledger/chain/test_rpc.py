"""A broken reply is one endpoint's trouble: the next one is asked, and nothing of ours fails."""

import json
import sys

import pytest

from node.core.errors import ChainUnavailable
from node.keys.keccak import keccak256
from node.ledger.chain.endpoint import RpcError
from node.ledger.chain.rpc import Rpc
from tests.fuzz.endpoint import bodies_of, connect

CHAIN = b'{"id":1,"result":"0x5"}'


def asked(*bodies: bytes, urls: tuple[str, ...] = ("http://127.0.0.1:1",)) -> object:
    rpc = Rpc(urls, chain_id=5, timeout_s=1.0)
    connect(rpc, bodies_of(b"\n".join(bodies)))
    return rpc.call("eth_gasPrice")


@pytest.mark.failure(
    part="chain",
    failure="an endpoint's reply is broken",
    person="`no usable answer`",
)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"id":2}',
        b'{"id":2,"error":5}',
        b'{"id":2,"error":{"code":1e309}}',
        b"[" * 5000,
        b'{"id":2,"result":' + b"7" * 5000 + b"}",
        b'{"id":1,"result":"0x7"}',
        b'{"id":2.0,"result":"0x7"}',
        b'{"result":"0x7"}',
    ],
)
def test_broken_reply_is_no_answer(body: bytes) -> None:
    with pytest.raises(ChainUnavailable, match="no usable answer"):
        asked(CHAIN, body)


@pytest.mark.failure(
    part="chain",
    failure="an endpoint's reply is nested a million deep",
    person="`no usable answer`; the process goes on",
)
def test_reply_that_is_nested_without_end_does_not_end_the_process() -> None:
    """A library of web3's lets Python recurse deeper than the C stack holds: we load none."""
    assert sys.getrecursionlimit() == 1_000

    with pytest.raises(ChainUnavailable, match="no usable answer"):
        asked(CHAIN, b'{"id":2,"result":' + b"[" * 1_000_000)


@pytest.mark.failure(
    part="chain",
    failure="the first endpoint's reply is broken, and there is a second",
    person="the second's answer",
)
def test_broken_reply_of_one_endpoint_is_made_good_by_the_next() -> None:
    urls = ("http://127.0.0.1:1", "http://127.0.0.2:1")

    assert asked(CHAIN, b"[" * 5000, CHAIN, b'{"id":2,"result":"0x7"}', urls=urls) == "0x7"


@pytest.mark.parametrize("chain", [b'"-0x5"', b'"0x0"', b'"0x' + b"f" * 5000 + b'"', b"5"])
def test_impossible_chain_id_is_no_answer(chain: bytes) -> None:
    with pytest.raises(ChainUnavailable):
        asked(b'{"id":1,"result":' + chain + b"}")


@pytest.mark.failure(
    part="chain",
    failure="an endpoint refuses with a message of 9,000 letters and no good text",
    person="told in less than 400 bytes",
)
def test_refusal_can_be_told_whatever_its_message() -> None:
    with pytest.raises(RpcError) as caught:
        asked(CHAIN, b'{"id":2,"error":{"message":"\\ud800' + b"x" * 9000 + b'"}}')

    assert len(str(caught.value).encode()) < 400


def batched(*bodies: bytes) -> list[object]:
    rpc = Rpc(("http://127.0.0.1:1",), chain_id=5, timeout_s=1.0)
    connect(rpc, bodies_of(b"\n".join((CHAIN, *bodies))))
    return rpc.batch([("eth_gasPrice", []), ("eth_blockNumber", [])])


def reply(number: object, result: str) -> str:
    return f'{{"id":{number},"result":"{result}"}}'


def test_replies_are_put_in_the_order_of_their_requests() -> None:
    body = f"[{reply(3, '0xb')},{reply(2, '0xa')}]"

    assert batched(body.encode()) == ["0xa", "0xb"]


@pytest.mark.failure(
    part="chain",
    failure="of the replies to a batch one is missing, repeated or foreign",
    person="`no usable answer`",
)
@pytest.mark.parametrize(
    "replies",
    [
        (reply(2, "0xa"),),
        (reply(2, "0xa"), reply(2, "0xb")),
        (reply(2, "0xa"), reply(4, "0xb")),
        (reply(2, "0xa"), reply(3, "0xb"), reply(4, "0xc")),
        (reply(0, "0xa"), reply(1, "0xb")),
        (reply(2, "0xa"), '{"result":"0xb"}'),
        (reply('"2"', "0xa"), reply('"3"', "0xb")),
        (reply(2, "0xa"), reply("3.0", "0xb")),
        (reply("true", "0xa"), reply(3, "0xb")),
        (),
    ],
)
@pytest.mark.filterwarnings("ignore:Received batch response with missing")
def test_batch_whose_replies_are_not_those_to_its_requests_is_no_answer(
    replies: tuple[str, ...],
) -> None:
    """A missing, repeated or foreign reply would give one question another one's answer."""
    with pytest.raises(ChainUnavailable, match="no usable answer"):
        batched(f"[{','.join(replies)}]".encode())


@pytest.mark.failure(
    part="chain",
    failure="an endpoint refuses a batch whole",
    person="each answer: asked one by one",
)
@pytest.mark.parametrize("opened", ["", "["])
def test_batch_that_is_refused_whole_is_asked_one_by_one(opened: str) -> None:
    """geth answers a batch that is too large with a list of one error."""
    refusal = opened + '{"id":2,"error":{"code":-32600}}' + ("]" if opened else "")

    assert batched(refusal.encode(), reply(4, "0xa").encode(), reply(5, "0xb").encode()) == [
        "0xa",
        "0xb",
    ]


REVERT = "0x" + (keccak256(b"SaleZeroPrice()")[:4]).hex()


@pytest.mark.parametrize(
    "data",
    [
        REVERT,
        f"Reverted {REVERT}",
        {"data": REVERT},
        {"message": "reverted", "txHash": "0x12", "data": REVERT},
        {"data": {"message": "reverted", "data": REVERT}},
        {"hash": None, "programCounter": 7, "result": REVERT, "reason": None, "message": "revert"},
        {"0x" + "12" * 32: {"error": "revert", "return": REVERT}, "stack": "...", "name": "Error"},
        {"data": {"0x" + "12" * 32: {"error": "revert", "return": REVERT}, "name": "Error"}},
    ],
)
def test_a_contracts_refusal_keeps_its_name_with_every_make(data: object) -> None:
    error = {"code": -32000, "message": "VM Exception: revert", "data": data}
    rpc = Rpc(("http://127.0.0.1:1",), chain_id=5, timeout_s=1.0)
    connect(rpc, bodies_of(b"\n".join((CHAIN, json.dumps({"id": 2, "error": error}).encode()))))
    (answer,) = rpc.batch([("eth_call", [{}])])

    assert answer.refusal is not None
    assert answer.refusal.name == "SaleZeroPrice"


@pytest.mark.parametrize("code", ["null", '"RATE_LIMITED"', '"C0006"', '"-32005"', '""'])
def test_refusal_is_read_whatever_stands_for_its_code(code: str) -> None:
    with pytest.raises(RpcError, match="too wide"):
        asked(CHAIN, b'{"id":2,"error":{"code":%s,"message":"too wide"}}' % code.encode())
