"""An RPC endpoint on a real line: each input is the whole of what it says, head and body.

Whatever it says, the ledger's reader refuses it by name or takes a number, and asks a good endpoint
as before.
"""

import json
import socket
from functools import cache

from node.core.errors import ChainUnavailable
from node.ledger.chain.endpoint import RpcError
from node.ledger.chain.rpc import Rpc
from tests.fuzz.campaign import Target, fingerprint
from tests.fuzz.endpoint import CHAIN_ID, FIRST_ID
from tests.fuzz.sockets import Answering, ensure_few_files

_WITHIN_S = 10.0
_SERVED_EACH = 256


@cache
def _endpoint() -> tuple[Answering, Rpc]:
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    answering = Answering(listening, ends_with=b"}")
    return answering, Rpc((url,), chain_id=CHAIN_ID, timeout_s=_WITHIN_S)


def target(data: bytes) -> None:
    """Ask an endpoint whose chain is known, and that says these bytes."""
    answering, rpc = _endpoint()
    answering.answer = data
    _ask(rpc)
    if fingerprint(data) % _SERVED_EACH == 0:
        answering.answer = _reply(_body("0x10"))
        assert _ask(rpc) == "0x10"
        ensure_few_files()


def _ask(rpc: Rpc) -> object:
    for endpoint in rpc._endpoints:
        endpoint.checked = True
        endpoint._next_id = FIRST_ID
    try:
        return rpc.call("eth_gasPrice")
    except (RpcError, ChainUnavailable) as error:
        assert str(error)
        return None


def _body(result: object, **members: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": FIRST_ID, "result": result, **members}).encode()


def _reply(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _in_pieces(body: bytes) -> bytes:
    half = len(body) // 2
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (body[:half], body[half:], b""))
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces


_REFUSED = {"code": 3, "message": "execution reverted", "data": "0x4e487b71" + "00" * 31 + "11"}

TARGET = Target(
    name="endpoint_line",
    run=target,
    examples=(
        _reply(_body("0x10")),
        _reply(_body(None, error=_REFUSED)),
        _reply(_body(None, error=_REFUSED), "400 Bad Request"),
        _reply(_body("0x10"), "200 OK", "Content-Type: application/json", "Connection: close"),
        _reply(_body("0x10"), "200 OK", "Content-Encoding: gzip"),
        _reply(b"", "302 Found", "Location: http://127.0.0.1:1/"),
        _reply(b"busy", "503 Service Unavailable", "Retry-After: 1"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + _reply(_body("0x10")),
        b"HTTP/1.0 200 OK\r\n\r\n" + _body("0x10"),
        _in_pieces(_body("0x10")),
        _in_pieces(_body("0x" + "ab" * 200)),
    ),
    tokens=(
        b"HTTP/1.1", b"HTTP/1.0", b"Content-Length: ", b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: ", b"Connection: keep-alive\r\n", b"\r\n\r\n", b"200 OK", b"304",
        b"204 No Content", b"ffffffffffffffff\r\n", b"-1", b'"id":1', b'"result"', b'"error"',
    ),
    soak=100_000,
)  # fmt: skip
