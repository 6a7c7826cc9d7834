"""Over a WebSocket or a socket of this machine an endpoint is bounded as it is over HTTP."""

import contextlib
import itertools
import json
import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from node.core.errors import ChainUnavailable
from node.ledger.chain.line import MOST_BYTES
from node.ledger.chain.rpc import AnswerTooLarge, Rpc
from tests.parts.raw_endpoint import (
    CHAIN,
    CHAIN_ID,
    RawEndpoint,
    good,
    honest,
    raw_endpoint,
    reply,
)
from tests.parts.raw_streams import RawStream, frame, machine_socket, websocket

TIMEOUT_S = 2.0
GIVEN_UP_WITHIN_S = 30.0
MOST_GROWN = 8_000_000

Calls = list[dict[str, Any]]


def ask(url: str, *others: str) -> Rpc:
    return Rpc((url, *others), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)


@pytest.fixture
def second() -> Iterator[RawEndpoint]:
    with raw_endpoint(honest) as endpoint:
        yield endpoint


def in_frame(sock: socket.socket, calls: Calls) -> None:
    sock.sendall(frame(good(calls)))


def on_line(sock: socket.socket, calls: Calls) -> None:
    sock.sendall(good(calls))


def test_websocket_answers_one_by_one_and_in_batches_on_one_connection() -> None:
    with websocket(in_frame) as (url, stream):
        rpc = ask(url)
        answers = rpc.batch([("eth_gasPrice", [])] * 3)
        rpc.call("eth_gasPrice")

    assert answers == [CHAIN] * 3
    assert (stream.asked, len(stream.heads)) == (3, 1)


def test_websocket_message_comes_in_frames_with_signs_of_life_between() -> None:
    def parted(sock: socket.socket, calls: Calls) -> None:
        body = good(calls)
        sock.sendall(frame(b"are you there", 0x89) + frame(body[:5], 0x01) + frame(b"", 0x8A))
        sock.sendall(frame(body[5:9], 0x00) + frame(body[9:], 0x80))

    with websocket(parted) as (url, _):
        assert ask(url).call("eth_gasPrice") == CHAIN


@pytest.mark.parametrize("size", [100, 1_000, 100_000])
def test_requests_and_replies_of_every_length_come_through_a_websocket(size: int) -> None:
    def echo(sock: socket.socket, calls: Calls) -> None:
        said = CHAIN if calls[0]["method"] == "eth_chainId" else calls[0]["params"][0]
        answer = {"jsonrpc": "2.0", "id": calls[0]["id"], "result": said}
        sock.sendall(frame(json.dumps(answer).encode()))

    with websocket(echo) as (url, _):
        assert ask(url).call("eth_call", "x" * size) == "x" * size


def test_headers_of_an_endpoint_are_said_in_a_websockets_greeting() -> None:
    with websocket(in_frame) as (url, stream):
        name = url.removeprefix("ws://").rstrip("/")
        headers = {name: (("Authorization", "Bearer open"),), "other:1": (("X-Key", "shut"),)}
        rpc = Rpc((url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S, headers=headers)
        rpc.call("eth_gasPrice")

    assert "\r\nAuthorization: Bearer open\r\n" in stream.heads[0]
    assert "shut" not in stream.heads[0]


def test_headers_go_to_the_endpoint_they_are_for_and_to_no_other(second: RawEndpoint) -> None:
    with raw_endpoint(lambda sock, _: sock.sendall(reply(b"", "500 No"))) as first:
        names = [f"127.0.0.1:{endpoint.port}" for endpoint in (first, second)]
        headers = {name: (("X-Api-Key", f"key of {name}"),) for name in names}
        urls = (first.url, second.url)
        rpc = Rpc(urls, chain_id=CHAIN_ID, timeout_s=TIMEOUT_S, headers=headers)
        rpc.call("eth_gasPrice")

    for endpoint, name in zip((first, second), names, strict=True):
        assert {h["X-Api-Key"] for h in endpoint.headers} == {f"key of {name}"}


@pytest.mark.parametrize("pieces", [1, 2, 7, 10_000])
def test_reply_over_a_machines_socket_ends_with_its_last_bracket(
    pieces: int, tmp_path: Path
) -> None:
    told = 'a "brace" } and \\ a [ in a text \\'

    def piecewise(sock: socket.socket, calls: Calls) -> None:
        said = CHAIN if calls[0]["method"] == "eth_chainId" else told
        body = json.dumps({"id": calls[0]["id"], "result": said, "n": [{}]}).encode() + b"\n"
        size = max(1, len(body) // pieces)
        for start in range(0, len(body), size):
            sock.sendall(body[start : start + size])

    with machine_socket(tmp_path / "geth.ipc", piecewise) as (url, stream):
        rpc = ask(url)
        assert [rpc.call("eth_call"), rpc.call("eth_call")] == [told, told]

    assert stream.asked == 3


def streams(tmp_path: Path, way: str, say: Any) -> AbstractContextManager[tuple[str, RawStream]]:
    return websocket(say) if way == "websocket" else machine_socket(tmp_path / "x.ipc", say)


WAYS = pytest.mark.parametrize("way", ["websocket", "machine socket"])


def endless_frame(sock: socket.socket, _calls: Calls) -> None:
    sock.sendall(struct.pack(">BBQ", 0x81, 127, 2**40) + b"[")


def endless_frames(sock: socket.socket, _calls: Calls) -> None:
    for first in itertools.chain((0x01,), itertools.repeat(0x00)):
        sock.sendall(frame(b" " * 65_000, first))


def endless_signs_of_life(sock: socket.socket, _calls: Calls) -> None:
    while True:
        sock.sendall(frame(b"x" * 125, 0x8A) * 100)


def endless_list(sock: socket.socket, _calls: Calls) -> None:
    sock.sendall(b"[")
    while True:
        sock.sendall(b"0," * 30_000)


def drip(sock: socket.socket, _calls: Calls) -> None:
    for byte in itertools.chain(b"\x81\x7d[", itertools.repeat(0x20)):
        sock.sendall(bytes([byte]))
        time.sleep(TIMEOUT_S / 10)


def drip_on_line(sock: socket.socket, _calls: Calls) -> None:
    for byte in itertools.chain(b"[", itertools.repeat(0x20)):
        sock.sendall(bytes([byte]))
        time.sleep(TIMEOUT_S / 10)


def silence(sock: socket.socket, _calls: Calls) -> None:
    time.sleep(2 * GIVEN_UP_WITHIN_S)


def other_program(sock: socket.socket, _calls: Calls) -> None:
    sock.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


@pytest.mark.failure(
    part="chain",
    failure="an endpoint over a WebSocket or a socket of this machine never ends, drips, is silent,"
    " or is another program",
    person="the second endpoint's answer",
    lasts="at most `timeout` (10 s)",
)
@pytest.mark.parametrize(
    ("way", "say"),
    [
        ("websocket", endless_frame),
        ("websocket", endless_frames),
        ("websocket", endless_signs_of_life),
        ("websocket", drip),
        ("websocket", silence),
        ("websocket", other_program),
        ("machine socket", endless_list),
        ("machine socket", drip_on_line),
        ("machine socket", silence),
        ("machine socket", other_program),
    ],
)
def test_stream_without_bounds_is_given_up_and_the_second_endpoint_is_asked(
    way: str, say: Any, second: RawEndpoint, tmp_path: Path
) -> None:
    with streams(tmp_path, way, say) as (url, _):
        rpc = ask(url, second.url)
        began_s = time.monotonic()
        tracemalloc.start()
        answer = rpc.call("eth_gasPrice")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert answer == CHAIN
    assert time.monotonic() - began_s < GIVEN_UP_WITHIN_S
    assert peak < MOST_GROWN


@WAYS
def test_answer_over_a_stream_that_would_be_too_large_is_named_so(way: str, tmp_path: Path) -> None:
    def large(sock: socket.socket, calls: Calls) -> None:
        if calls[0]["method"] == "eth_chainId":
            (in_frame if way == "websocket" else on_line)(sock, calls)
        else:
            body = b"[" + b" " * MOST_BYTES + b"]"
            sock.sendall(frame(body) if way == "websocket" else body)

    with (
        streams(tmp_path, way, large) as (url, _),
        pytest.raises(AnswerTooLarge, match="more than 2048 kB"),
    ):
        ask(url).call("eth_getLogs", {})


@WAYS
def test_stream_that_was_broken_while_idle_is_no_failure(way: str, tmp_path: Path) -> None:
    say = in_frame if way == "websocket" else on_line
    with streams(tmp_path, way, say) as (url, stream):
        rpc = ask(url)
        assert rpc.call("eth_gasPrice") == CHAIN
        stream.hang_up()
        assert rpc.call("eth_gasPrice") == CHAIN


def test_websocket_that_says_goodbye_while_idle_is_greeted_anew() -> None:
    with websocket(in_frame) as (url, stream):
        rpc = ask(url)
        rpc.call("eth_gasPrice")
        for sock in stream._open:
            sock.sendall(frame(struct.pack(">H", 1001), 0x88))

        assert rpc.call("eth_gasPrice") == CHAIN
        assert len(stream.heads) == 2


@pytest.mark.failure(
    part="chain",
    failure="an endpoint lets nobody in without a password, a token or a header",
    person="`HTTP 401: it lets nobody in without what contract.login_file says`",
    lasts="until that file says it",
)
@pytest.mark.parametrize("scheme", ["http", "ws"])
def test_endpoint_that_lets_nobody_in_is_named_so(scheme: str) -> None:
    with refusing_everybody() as port, pytest.raises(ChainUnavailable) as refused:
        ask(f"{scheme}://127.0.0.1:{port}/").call("eth_gasPrice")

    assert "HTTP 401: it lets nobody in without what contract.login_file" in str(refused.value)


@contextlib.contextmanager
def refusing_everybody() -> Iterator[int]:
    """Refuse each request and each greeting with 401, on a port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = listener.accept()
                with sock:
                    sock.recv(4096)
                    sock.sendall(reply(b"", "401 Unauthorized", "Connection: close"))

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


@pytest.mark.failure(
    part="chain",
    failure="an endpoint says in a good reply that it is asked too often",
    person="nothing: it is left alone for a second, and asked again",
)
@pytest.mark.parametrize(
    "error",
    [{"code": 429, "message": "slow down"}, {"code": -32005, "message": "Rate limit reached"}],
)
def test_endpoint_that_says_so_in_a_good_reply_is_left_alone(error: dict[str, Any]) -> None:
    asked_at_s: list[float] = []

    def limited(sock: socket.socket, calls: Calls) -> None:
        if calls[0]["method"] != "eth_chainId":
            asked_at_s.append(time.monotonic())
        if len(asked_at_s) == 1:
            body = json.dumps({"id": calls[0]["id"], "error": error}).encode()
            sock.sendall(frame(body))
        else:
            in_frame(sock, calls)

    with websocket(limited) as (url, _):
        assert ask(url).call("eth_gasPrice") == CHAIN

    assert asked_at_s[1] - asked_at_s[0] >= 1.0


def test_nobody_at_a_machines_socket_is_no_connection(tmp_path: Path) -> None:
    with pytest.raises(ChainUnavailable, match="no connection"):
        ask(f"unix:{tmp_path}/nobody.ipc").call("eth_gasPrice")
