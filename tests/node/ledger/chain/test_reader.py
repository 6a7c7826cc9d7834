"""An endpoint may drip, never end, unpack to gigabytes or point elsewhere: another is asked."""

import gzip
import itertools
import json
import socket
import time
import tracemalloc
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from node.core.errors import ChainUnavailable
from node.ledger.chain import endpoint
from node.ledger.chain.endpoint import MOST_PARTS, RpcError
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

TIMEOUT_S = 2.0
GIVEN_UP_WITHIN_S = 30.0
"""Far more than `TIMEOUT_S`, for a busy machine, and far less than what drips here would last."""
MOST_GROWN = 5_000_000

Calls = list[dict[str, Any]]


@cache
def bomb_bytes() -> bytes:
    """Pack 300 megabytes of nothing."""
    return gzip.compress(bytes(300_000_000), 9)


@pytest.fixture(scope="module", autouse=True)
def packed() -> None:
    """Pack it before any test, and after all are collected: it takes a second."""
    bomb_bytes()


@pytest.fixture
def second() -> Iterator[RawEndpoint]:
    with raw_endpoint(honest) as endpoint:
        yield endpoint


def bomb(sock: socket.socket, _calls: Calls) -> None:
    sock.sendall(reply(bomb_bytes(), "200 OK", "Content-Encoding: gzip"))


def endless(sock: socket.socket, _calls: Calls) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        sock.sendall(b" " * 65_536)


def endless_chunks(sock: socket.socket, _calls: Calls) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        sock.sendall(b"10000\r\n" + b" " * 65_536 + b"\r\n")


def endless_head(sock: socket.socket, _calls: Calls) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in itertools.count():
        sock.sendall(f"X-{number}: {'x' * 60_000}\r\n".encode())


def announced(sock: socket.socket, _calls: Calls) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n[")


def nested(sock: socket.socket, _calls: Calls) -> None:
    sock.sendall(reply(b"[" + b"[]," * (MOST_PARTS // 2) + b"[]]"))


def drip(sock: socket.socket, calls: Calls) -> None:
    slowly(sock, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", good(calls))


def drip_of_the_head(sock: socket.socket, _calls: Calls) -> None:
    slowly(sock, b"", b"HTTP/1.1 200 OK\r\nX: ")


def slowly(sock: socket.socket, first: bytes, rest: bytes) -> None:
    sock.sendall(first)
    for letter in itertools.chain(rest, itertools.repeat(32)):
        time.sleep(TIMEOUT_S / 10)
        sock.sendall(bytes([letter]))


def silence(sock: socket.socket, _calls: Calls) -> None:
    time.sleep(2 * GIVEN_UP_WITHIN_S)


@pytest.mark.failure(
    part="chain",
    failure="an endpoint's reply unpacks to gigabytes, never ends, drips, or is silent",
    person="the second endpoint's answer",
    lasts="at most `timeout` (10 s)",
)
@pytest.mark.parametrize(
    "say",
    [
        bomb, endless, endless_chunks, endless_head, announced, nested, drip, drip_of_the_head,
        silence,
    ],
)  # fmt: skip
def test_reply_without_bounds_is_given_up_and_the_second_endpoint_is_asked(
    say: Any, second: RawEndpoint
) -> None:
    with raw_endpoint(say) as first:
        rpc = Rpc((first.url, second.url), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)
        began_s = time.monotonic()
        tracemalloc.start()
        answer = rpc.call("eth_gasPrice")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert answer == CHAIN
    assert time.monotonic() - began_s < GIVEN_UP_WITHIN_S
    assert peak < MOST_GROWN


@pytest.mark.parametrize("say", [drip, silence])
def test_deadline_is_one_for_all_that_an_endpoint_is_asked_at_once(
    say: Any, second: RawEndpoint
) -> None:
    """The check of its chain, a batch that it refuses, and its calls one by one, together."""

    def turn(sock: socket.socket, calls: Calls) -> None:
        if first.asked <= 1:
            honest(sock, calls)
        elif len(calls) > 1:
            sock.sendall(reply(b'{"id":null,"error":{"code":-32600}}'))
        else:
            say(sock, calls)

    with raw_endpoint(turn) as first:
        rpc = Rpc((first.url, second.url), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)
        began_s = time.monotonic()
        answers = rpc.batch([("eth_gasPrice", [])] * 3)

    assert answers == [CHAIN] * 3
    assert time.monotonic() - began_s < GIVEN_UP_WITHIN_S
    assert first.asked == 3


@pytest.mark.failure(
    part="chain",
    failure="an endpoint redirects to another host",
    person="`it points elsewhere`: not followed",
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(status: int, second: RawEndpoint) -> None:
    def elsewhere(sock: socket.socket, _calls: Calls) -> None:
        sock.sendall(reply(b"", f"{status} Elsewhere", f"Location: {second.url}"))

    with raw_endpoint(elsewhere) as first:
        rpc = Rpc((first.url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)
        with pytest.raises(ChainUnavailable, match="points elsewhere"):
            rpc.call("eth_gasPrice")

    assert second.asked == 0


@pytest.mark.failure(
    part="chain",
    failure="a proxy stands in the environment",
    person="nothing: the chain is asked directly",
)
@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"])
def test_proxy_of_the_environment_is_not_used(
    name: str, second: RawEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")

    rpc = Rpc((second.url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)

    assert rpc.call("eth_gasPrice") == CHAIN


def test_plain_replies_are_asked_for(second: RawEndpoint) -> None:
    Rpc((second.url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S).call("eth_gasPrice")

    assert {headers["Accept-Encoding"] for headers in second.headers} == {"identity"}


def test_connection_that_was_closed_while_idle_is_no_failure() -> None:
    def and_close(sock: socket.socket, calls: Calls) -> None:
        honest(sock, calls)
        sock.shutdown(socket.SHUT_RDWR)

    with raw_endpoint(and_close) as only:
        rpc = Rpc((only.url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)

        assert [rpc.call("eth_gasPrice") for _ in range(3)] == [CHAIN] * 3


def test_good_replies_share_a_connection(second: RawEndpoint) -> None:
    ports = set()

    def noting(sock: socket.socket, calls: Calls) -> None:
        ports.add(sock.getpeername()[1])
        honest(sock, calls)

    second.say = noting
    rpc = Rpc((second.url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)
    for _ in range(5):
        rpc.call("eth_gasPrice")

    assert len(ports) == 1


@pytest.mark.failure(
    part="chain",
    failure="the name server does not answer",
    person="the second endpoint's answer",
)
def test_name_server_that_is_silent_holds_nobody_up(
    second: RawEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = socket.getaddrinfo

    def asked(host: str, *rest: Any, **options: Any) -> Any:
        if host == "chain.example":
            time.sleep(2 * GIVEN_UP_WITHIN_S)
        return true(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    urls = ("http://chain.example/", second.url)
    rpc = Rpc(urls, chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)
    began_s = time.monotonic()

    assert rpc.call("eth_gasPrice") == CHAIN
    assert time.monotonic() - began_s < GIVEN_UP_WITHIN_S


def test_refusal_in_a_good_reply_of_status_400_is_read() -> None:
    def refusing(sock: socket.socket, calls: Calls) -> None:
        if calls[0]["method"] == "eth_chainId":
            honest(sock, calls)
        else:
            error = b'{"id":%d,"error":{"code":-32602,"message":"Invalid params"}}' % calls[0]["id"]
            sock.sendall(reply(error, "400 Bad Request"))

    with raw_endpoint(refusing) as only:
        rpc = Rpc((only.url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)

        assert "Invalid params" in str(rpc.batch([("eth_gasPrice", [])])[0])


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503])
def test_refusal_of_the_server_is_no_answer(status: int) -> None:
    def refusing(sock: socket.socket, calls: Calls) -> None:
        sock.sendall(reply(good(calls), f"{status} No"))

    with raw_endpoint(refusing) as only:
        rpc = Rpc((only.url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)
        with pytest.raises(ChainUnavailable, match=f"HTTP {status}"):
            rpc.call("eth_gasPrice")


def test_answer_that_would_be_too_large_is_named_so() -> None:
    def large(sock: socket.socket, calls: Calls) -> None:
        if calls[0]["method"] == "eth_chainId":
            honest(sock, calls)
        else:
            sock.sendall(reply(b" " * (MOST_BYTES + 1)))

    with raw_endpoint(large) as only:
        rpc = Rpc((only.url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)
        with pytest.raises(AnswerTooLarge, match="more than 2048 kB"):
            rpc.call("eth_getLogs", {})


def test_user_and_password_in_the_address_are_sent_as_such(second: RawEndpoint) -> None:
    url = second.url.replace("://", "://a%40b:c%3Ad@")
    Rpc((url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S).call("eth_gasPrice")

    assert {headers["Authorization"] for headers in second.headers} == {"Basic YUBiOmM6ZA=="}


WIDE = {"code": -32614, "message": "eth_getLogs is limited to a 10,000 range"}
REVERTED = {"code": 3, "message": "execution reverted", "data": "0x"}


def refusing_with(status: str, error: dict[str, Any], method: str) -> Any:
    """Refuse one method with a status and an error beside it, and answer the others."""

    def say(sock: socket.socket, calls: Calls) -> None:
        if not any(call["method"] == method for call in calls):
            honest(sock, calls)
            return
        answers = [{"jsonrpc": "2.0", "id": call["id"], "error": error} for call in calls]
        sock.sendall(
            reply(json.dumps(answers if len(answers) > 1 else answers[0]).encode(), status)
        )

    return say


@pytest.mark.failure(
    part="chain",
    failure="an endpoint refuses a search that is too wide with a status of its own",
    person="nothing: it is searched in smaller spans",
)
@pytest.mark.parametrize(
    "status", ["413 Content Too Large", "403 No", "429 No", "500 No", "503 No"]
)
@pytest.mark.parametrize("more", [[], [("eth_getLogs", [{}])]])
def test_refusal_of_a_search_is_read_whatever_its_status(
    status: str, more: list[tuple[str, list[Any]]]
) -> None:
    with raw_endpoint(refusing_with(status, WIDE, "eth_getLogs")) as only:
        rpc = Rpc((only.url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)

        answers = rpc.batch([("eth_getLogs", [{}]), *more])

    assert all("10,000 range" in str(answer) for answer in answers)


def test_refusal_of_a_search_that_is_told_to_all_beside_it_is_the_searchs_alone() -> None:
    say = refusing_with("413 No", WIDE, "eth_getLogs")
    with raw_endpoint(say) as only:
        rpc = Rpc((only.url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)

        price, events = rpc.batch([("eth_gasPrice", []), ("eth_getLogs", [{}])])

    assert price == CHAIN
    assert "10,000 range" in str(events)


@pytest.mark.parametrize(("error", "is_read"), [(REVERTED, True), ({"message": "busy"}, False)])
def test_a_contracts_refusal_is_read_whatever_its_status_and_no_other(
    error: dict[str, Any], is_read: bool
) -> None:
    """What the server says of itself is no answer: the next one is asked."""
    with raw_endpoint(refusing_with("500 No", error, "eth_call")) as only:
        rpc = Rpc((only.url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)
        expected = RpcError if is_read else ChainUnavailable

        with pytest.raises(expected):
            rpc.call("eth_call", {}, "latest")


@pytest.mark.parametrize("status", ["408 Request Timeout", "413 No", "504 Gateway Timeout"])
def test_search_that_a_gateway_gives_up_is_too_large(status: str) -> None:
    def gateway(sock: socket.socket, calls: Calls) -> None:
        if any(call["method"] == "eth_getLogs" for call in calls):
            sock.sendall(reply(b"<html>no</html>", status))
        else:
            honest(sock, calls)

    with raw_endpoint(gateway) as only:
        rpc = Rpc((only.url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)
        for more in ([], [("eth_gasPrice", list[Any]())]):
            with pytest.raises(AnswerTooLarge):
                rpc.batch([("eth_getLogs", [{}]), *more])


@pytest.mark.failure(
    part="chain",
    failure="a server takes no batches, and says so by its status alone",
    person="each answer: asked one by one",
)
@pytest.mark.parametrize("status", ["405 No", "413 No", "415 No", "422 No", "500 No"])
def test_batch_that_a_server_refuses_is_asked_one_by_one(status: str) -> None:
    def single(sock: socket.socket, calls: Calls) -> None:
        if len(calls) > 1:
            sock.sendall(reply(b"<html>no</html>", status))
        else:
            honest(sock, calls)

    with raw_endpoint(single) as only:
        rpc = Rpc((only.url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)

        assert rpc.batch([("eth_gasPrice", []), ("eth_blockNumber", [])]) == [CHAIN, CHAIN]


def test_batches_are_tried_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that was busy once is not asked one by one for ever."""
    monkeypatch.setattr(endpoint, "SINGLY_FOR_S", 0.0)
    batches: list[int] = []

    def busy_once(sock: socket.socket, calls: Calls) -> None:
        batches.append(len(calls))
        if len(batches) == 2:
            sock.sendall(reply(b"busy", "500 No"))
        else:
            honest(sock, calls)

    with raw_endpoint(busy_once) as only:
        rpc = Rpc((only.url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)
        for _ in range(2):
            assert rpc.batch([("eth_gasPrice", []), ("eth_blockNumber", [])]) == [CHAIN, CHAIN]

    assert batches == [1, 2, 1, 1, 2]


@pytest.mark.failure(
    part="chain",
    failure="an endpoint has been asked too often",
    person="`HTTP 429`; another one's answer, if there is one",
    lasts="what it asks for, 5 s at most",
)
@pytest.mark.parametrize(
    "header", ["Retry-After: 1", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", ""]
)
def test_endpoint_that_is_asked_too_often_is_left_alone_for_as_long_as_it_asks(header: str) -> None:
    asked_at_s: list[float] = []

    def limited(sock: socket.socket, calls: Calls) -> None:
        asked_at_s.append(time.monotonic())
        if len(asked_at_s) == 1:
            sock.sendall(reply(b"slow down", "429 Too Many Requests", *filter(None, [header])))
        else:
            honest(sock, calls)

    with raw_endpoint(limited) as only:
        rpc = Rpc((only.url,), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)
        with pytest.raises(ChainUnavailable, match="HTTP 429"):
            rpc.call("eth_gasPrice")
        assert rpc.call("eth_gasPrice") == CHAIN

    assert asked_at_s[1] - asked_at_s[0] >= 1.0


def test_while_one_endpoint_is_left_alone_another_answers(second: RawEndpoint) -> None:
    def limited(sock: socket.socket, _calls: Calls) -> None:
        sock.sendall(reply(b"", "429 Too Many Requests", "Retry-After: 9999999"))

    with raw_endpoint(limited) as first:
        rpc = Rpc((first.url, second.url), chain_id=CHAIN_ID, timeout_s=TIMEOUT_S)
        assert rpc.call("eth_gasPrice") == CHAIN
        rpc.turn_to_next()

        assert rpc.call("eth_gasPrice") == CHAIN
        assert first.asked == 1
