"""RPC replies as such: broken JSON, other types, other orders, errors of every shape."""

import json
from functools import cache

from node.core.errors import ChainUnavailable
from node.ledger.chain.endpoint import Call, RpcError
from node.ledger.chain.rpc import LEAST_TRIES, REFUSED_TRIES, Rpc
from tests.fuzz.campaign import Target
from tests.fuzz.endpoint import CHAIN_ID, FIRST_ID, bodies_of, connect

_CALLS: list[Call] = [
    ("eth_gasPrice", []),
    ("eth_getBalance", ["0x" + "7e" * 20, "latest"]),
    ("eth_call", [{}]),
]
_MOST_ASKED = 2 * REFUSED_TRIES * LEAST_TRIES * (len(_CALLS) + 2)
"""Two questions; each try may ask for the chain, for all at once, and then one by one."""


@cache
def _rpc() -> Rpc:
    return Rpc(("http://127.0.0.1:1", "http://127.0.0.2:1"), chain_id=CHAIN_ID, timeout_s=1.0)


def target(data: bytes) -> None:
    """Ask a batch and a single question of an endpoint that answers with these lines."""
    rpc = _rpc()
    rpc._current = 0
    bodies = bodies_of(data)
    connect(rpc, bodies)
    try:
        answers = rpc.batch(_CALLS)
        assert len(answers) == len(_CALLS)
        for answer in answers:
            if isinstance(answer, RpcError):
                _ensure_told(answer)
        rpc.call("eth_blockNumber")
    except RpcError as error:
        _ensure_told(error)
    except ChainUnavailable as error:
        assert str(error)
    assert bodies.asked <= _MOST_ASKED, "a question is asked again and again"


def _ensure_told(error: RpcError) -> None:
    refusal = error.refusal
    assert str(error)
    assert refusal is None or (refusal.name and refusal.sentence)


def _body(first_id: int, *results: object) -> bytes:
    """Answer requests in a row; each endpoint counts its own from `FIRST_ID` on."""
    answers = [
        {"jsonrpc": "2.0", "id": number, "result": result}
        for number, result in enumerate(results, start=first_id)
    ]
    return json.dumps(answers if len(answers) > 1 else answers[0]).encode()


def _error(**members: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 3, "error": {"code": -32000, "message": "no", **members}}


_CHAIN = _body(FIRST_ID, hex(CHAIN_ID))
_BATCH = _body(2, "0x3b9aca00", "0xde0b6b3a7640000", "0x" + "00" * 31 + "05")
_ODD = (
    _error(),
    _error(code=3, message="execution reverted", data="0x4e487b71" + "00" * 31 + "11"),
    _error(message="VM Exception", data={"data": "0x08c379a0"}),
    _error(data="Reverted 0x"),
    {"id": 3, "error": "busy"},
    {"id": 3, "result": None},
)
_MIXED = tuple(
    json.dumps([{"id": 4, "result": "0x"}, odd, {"id": 2, "result": "0x1"}]).encode()
    for odd in _ODD
)
_ONE = json.dumps({"jsonrpc": "2.0", "id": None, "error": {"code": -32600}}).encode()

TARGET = Target(
    name="rpc",
    run=target,
    examples=(
        b"\n".join([_CHAIN, _BATCH, _body(5, "0x10")]),
        b"\n".join([_CHAIN, _ONE, *(_body(5 + n, hex(n)) for n in range(4))]),
        b"\n".join([b"", _CHAIN, _BATCH, _body(5, None)]),
        *(b"\n".join([_CHAIN, mixed, json.dumps(_ODD[0]).encode()]) for mixed in _MIXED),
        b"\n".join([_body(FIRST_ID, "0x1"), _CHAIN, _BATCH]),
    ),
    tokens=(
        b'"id"', b'"result"', b'"error"', b'"code"', b'"message"', b'"data"', b'"jsonrpc"', b"null",
        b'"0x"', b'"execution reverted"', b'"Reverted 0x08c379a0"', b'{"id":1,"result":null}',
    ),
)  # fmt: skip
