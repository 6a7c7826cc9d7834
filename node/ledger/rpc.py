"""Speak JSON-RPC with one of several endpoints, each question within a deadline.

Touches the network, through `reader`. An endpoint that fails is left for the next one; one of
another chain is never used. Endpoints are named by host alone: their paths may hold secrets.
"""

import json
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import eth_account  # noqa: F401 - when it is loaded, it raises the limit that is held below

from node.core.errors import ChainUnavailable, NodeError, TransientError
from node.ledger.reader import BadReply, Reader, TooLarge
from node.ledger.refusals import Refusal, refusal_of

MOST_CHAIN_ID = 2**63 - 1
SILENCE_S = 30.0
"""Real seconds for which an endpoint that did not answer is not asked for its opinion."""
MOST_PARTS = 100_000
"""Commas and brackets of one reply: each may become an object of fifty times its size."""
EACH_S = 0.25
"""Real seconds more for each further question to an endpoint that takes one at a time."""
_LONGEST_MESSAGE = 300
# The reader's errors are OSError; a broken answer is any of the others.
_UNUSABLE = (
    OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError
)  # fmt: skip
_log = logging.getLogger(__name__)

# py_ecc, which eth_account brings along, raises this to a hundred thousand; long before that the C
# stack is full, and a reply of nothing but brackets would end the process, not be refused.
MOST_RECURSION = 1_000
sys.setrecursionlimit(MOST_RECURSION)

Call = tuple[str, list[Any]]


class RpcError(TransientError):
    """Carry an endpoint's refusal of one call; `data` is what a reverted call returned."""

    def __init__(self, code: int, message: str, data: bytes | None) -> None:
        self.code = code
        self.message = message
        self.data = data
        super().__init__(f"{message} ({code})")

    @property
    def refusal(self) -> Refusal | None:
        """Give the contract's refusal, if this is one."""
        if self.data is not None:
            return refusal_of(self.data)
        if "revert" in self.message.lower():
            return refusal_of(b"")
        return None


class AnswerTooLarge(ChainUnavailable):
    """Say that no endpoint answered, and for one of them the answer would have been too large."""


class _WrongChain(NodeError):
    """Say that an endpoint serves another chain than the parameters name."""


class Rpc:
    """Hold the endpoints; used from one thread alone."""

    def __init__(self, urls: Sequence[str], *, chain_id: int | None, timeout_s: float) -> None:
        if not urls:
            raise ValueError("no RPC endpoint is given")
        self.chain_id = chain_id
        self._timeout_s = timeout_s
        self._endpoints = [_Endpoint(_name(url), Reader(url)) for url in urls]
        self._current = 0

    @property
    def endpoint(self) -> str:
        """Name the endpoint in use."""
        return self._endpoints[self._current].name

    def call(self, method: str, *params: object) -> Any:  # noqa: ANN401 - JSON has any type
        """Ask one thing.

        Raises:
            RpcError: the endpoint refused the call.
            ChainUnavailable: no endpoint answered.
        """
        (answer,) = self.batch([(method, list(params))])
        if isinstance(answer, RpcError):
            raise answer
        return answer

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """Ask several things in one request; a refused one has its `RpcError` in its place.

        Raises:
            AnswerTooLarge: no endpoint answered, and one might have answered less.
            ChainUnavailable: no endpoint answered.
        """
        reasons: list[str] = []
        kind = ChainUnavailable
        for _ in self._endpoints:
            endpoint = self._endpoints[self._current]
            try:
                return self._ask(endpoint, calls)
            except _WrongChain as error:
                reasons.append(str(error))
            except _UNUSABLE as error:
                reasons.append(f"{endpoint.name}: {self._why(error)}")
                if isinstance(error, TooLarge):
                    kind = AnswerTooLarge
            endpoint.checked = False
            self.turn_to_next()
        raise kind("; ".join(reasons))

    def others(self, calls: Sequence[Call]) -> Iterator[tuple[str, list[Any]]]:
        """Ask each endpoint that is not in use; a silent one, or of another chain, is left out."""
        in_use = self._endpoints[self._current]
        for endpoint in self._endpoints:
            if endpoint is in_use or time.monotonic() < endpoint.silent_until_s:
                continue
            try:
                answers = self._ask(endpoint, calls)
            except (_WrongChain, *_UNUSABLE) as error:
                why = str(error) if isinstance(error, _WrongChain) else self._why(error)
                _log.warning("%s has no say for now: %s", endpoint.name, why)
                endpoint.checked = False
                endpoint.silent_until_s = time.monotonic() + SILENCE_S
                continue
            yield endpoint.name, answers

    def turn_to(self, name: str) -> None:
        """Use another endpoint from now on."""
        self._current = next(n for n, e in enumerate(self._endpoints) if e.name == name)

    def turn_to_next(self) -> None:
        """Use the next endpoint from now on; the same where there is but one."""
        self._current = (self._current + 1) % len(self._endpoints)

    def _ask(self, endpoint: "_Endpoint", calls: Sequence[Call]) -> list[Any]:
        until_s = time.monotonic() + self._timeout_s
        if not endpoint.checked:
            self._check(endpoint, until_s)
        return endpoint.ask(calls, until_s)

    def _check(self, endpoint: "_Endpoint", until_s: float) -> None:
        (answer,) = endpoint.ask([("eth_chainId", [])], until_s)
        if isinstance(answer, RpcError):
            raise ValueError("no chain id")
        chain_id = int(answer, 16)
        if not 0 < chain_id <= MOST_CHAIN_ID:
            raise ValueError("no chain id")
        if self.chain_id is None:
            self.chain_id = chain_id
        if chain_id != self.chain_id:
            raise _WrongChain(f"{endpoint.name} serves chain {chain_id}, not {self.chain_id}")
        endpoint.checked = True
        _log.info("the chain %d is read through %s", chain_id, endpoint.name)

    def _why(self, error: Exception) -> str:
        match error:
            case TimeoutError():
                return f"no answer within {self._timeout_s:g} s"
            case BadReply():
                return f"no usable answer ({error})"
            case OSError():
                return f"no connection ({error.strerror})" if error.strerror else "no connection"
            case _:
                return f"no usable answer ({type(error).__name__})"


class _Endpoint:
    def __init__(self, name: str, reader: Reader) -> None:
        self.name = name
        self.checked = False
        self.silent_until_s = float("-inf")
        self.reader = reader
        self._takes_batches = True
        self._next_id = 1

    def ask(self, calls: Sequence[Call], until_s: float) -> list[Any]:
        """Ask, with a little more time for each question that goes by itself."""
        if len(calls) > 1 and self._takes_batches:
            ids = self._take_ids(len(calls))
            asked = [_request(number, *call) for number, call in zip(ids, calls, strict=True)]
            answers = self._post(asked, until_s)
            if not _is_refused_whole(answers):
                return [_result(answer) for answer in _matched(answers, ids)]
            # One error for the whole batch: this endpoint takes single requests only.
            self._takes_batches = False
        until_s += EACH_S * (len(calls) - 1)
        return [self._ask_one(call, until_s) for call in calls]

    def _ask_one(self, call: Call, until_s: float) -> Any:  # noqa: ANN401 - JSON has any type
        ids = self._take_ids(1)
        answer = self._post(_request(ids.start, *call), until_s)
        if not isinstance(answer, dict):
            raise ValueError("the reply is no object")
        if answer.get("id") is None and answer.get("error") is not None:
            # A request that could not even be read is refused without its number.
            return _result(answer)
        return _result(_matched([answer], ids)[0])

    def _post(self, asked: object, until_s: float) -> Any:  # noqa: ANN401 - JSON has any type
        body = self.reader.post(json.dumps(asked).encode(), until_s)
        if sum(body.count(mark) for mark in (b",", b"[", b"{")) > MOST_PARTS:
            raise TooLarge
        return json.loads(body)

    def _take_ids(self, count: int) -> range:
        """Give the numbers of the next requests; none is ever used twice.

        So a late or repeated reply is never taken for the answer to another question.
        """
        ids = range(self._next_id, self._next_id + count)
        self._next_id = ids.stop
        return ids


def _request(number: int, method: str, params: list[Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def _is_refused_whole(answers: object) -> bool:
    if not isinstance(answers, list):
        return True
    return len(answers) == 1 and answers[0].get("error") is not None


def _matched(answers: list[Any], ids: Sequence[int]) -> list[dict[str, Any]]:
    """Give the answers in the order of their requests; a batch may come back in any."""
    found = {answer["id"]: answer for answer in answers if type(answer["id"]) is int}
    if len(answers) != len(ids) or set(found) != set(ids):
        raise ValueError("the replies are not those to the requests")
    return [found[number] for number in ids]


def _result(answer: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON has any type
    error = answer.get("error")
    if error is None:
        return answer["result"]
    if isinstance(error, str):
        return RpcError(0, _told(error), None)
    return RpcError(int(error.get("code", 0)), _told(error.get("message", "")), _data(error))


def _told(message: object) -> str:
    # It reaches logs and MQTT, where half a surrogate pair cannot be written.
    return str(message)[:_LONGEST_MESSAGE].encode(errors="replace").decode()


def _data(error: dict[str, Any]) -> bytes | None:
    data = error.get("data")
    if isinstance(data, dict):
        data = data.get("data")
    if not isinstance(data, str):
        return None
    digits = data.removeprefix("Reverted ").strip()
    if not digits.startswith("0x"):
        return None
    try:
        return bytes.fromhex(digits[2:])
    except ValueError:
        return None


def _name(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
