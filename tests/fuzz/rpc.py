"""RPC replies as such: broken JSON, other types, other orders, errors of every shape."""

import json
from functools import cache

from node.core.errors import ChainUnavailable
from node.ledger.rpc import Call, Rpc, RpcError
from tests.fuzz.campaign import Target
from tests.fuzz.endpoint import CHAIN_ID, bodies_of, connect

_CALLS: list[Call] = [
    ("eth_gasPrice", []),
    ("eth_getBalance", ["0x" + "7e" * 20, "latest"]),
    ("eth_call", [{}]),
]


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
    assert bodies.asked <= 16, "a question is asked again and again"


def _ensure_told(error: RpcError) -> None:
    refusal = error.refusal
    assert str(error)
    assert refusal is None or (refusal.name and refusal.sentence)


def _body(*results: object) -> bytes:
    answers = [{"jsonrpc": "2.0", "id": n, "result": r} for n, r in enumerate(results, start=1)]
    return json.dumps(answers if len(answers) > 1 else answers[0]).encode()


def _error(**members: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 2, "error": {"code": -32000, "message": "no", **members}}


_CHAIN = _body(hex(CHAIN_ID))
_BATCH = _body("0x3b9aca00", "0xde0b6b3a7640000", "0x" + "00" * 31 + "05")
_ODD = (
    _error(),
    _error(code=3, message="execution reverted", data="0x4e487b71" + "00" * 31 + "11"),
    _error(message="VM Exception", data={"data": "0x08c379a0"}),
    _error(data="Reverted 0x"),
    {"id": 2, "error": "busy"},
    {"id": 2, "result": None},
)
_MIXED = tuple(
    json.dumps([{"id": 3, "result": "0x"}, odd, {"id": 1, "result": "0x1"}]).encode()
    for odd in _ODD
)
_ONE = json.dumps({"jsonrpc": "2.0", "id": None, "error": {"code": -32600}}).encode()

TARGET = Target(
    name="rpc",
    run=target,
    examples=(
        b"\n".join([_CHAIN, _BATCH, _body("0x10")]),
        b"\n".join([_CHAIN, _ONE, _body("0x1"), _body("0x2"), _body("0x3"), _body("0x4")]),
        b"\n".join([b"", _CHAIN, _BATCH, _body(None)]),
        *(b"\n".join([_CHAIN, mixed, json.dumps(_ODD[0]).encode()]) for mixed in _MIXED),
        b"\n".join([_body("0x1"), _CHAIN, _BATCH]),
    ),
    tokens=(
        b'"id"', b'"result"', b'"error"', b'"code"', b'"message"', b'"data"', b'"jsonrpc"', b"null",
        b'"0x"', b'"execution reverted"', b'"Reverted 0x08c379a0"', b'{"id":1,"result":null}',
    ),
)  # fmt: skip
