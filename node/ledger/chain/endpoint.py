"""Ask one endpoint in JSON-RPC: numbered questions, in one request or one by one."""

import json
import re
import time
from collections.abc import Sequence
from typing import Any

from node.core.errors import Refusal, TransientError
from node.core.wire.json_text import read_json
from node.ledger.chain.line import BadStatus, TooLarge
from node.ledger.chain.over_http import REST_S
from node.ledger.chain.reader import Reader
from node.ledger.contracts.refusals import refusal_of

MOST_PARTS = 100_000
"""Commas and brackets of one reply: each may become an object of fifty times its size."""
EACH_S = 0.25
"""Real seconds more for each further question to an endpoint that takes one at a time."""
SINGLY_FOR_S = 600.0
"""Real seconds for which an endpoint that refused a batch is asked one by one."""
SILENCE_S = 30.0
"""Real seconds for which an endpoint that did not answer is not asked for its opinion; each time
twice as long, up to `MOST_SILENCE_S`."""
MOST_SILENCE_S = 480.0
_LONGEST_MESSAGE = 300
_TOO_WIDE = ("range", "exceed", "limit", "more than", "too many", "too large", "results")
_UNLIKE_BATCHES = (400, 405, 413, 415, 422, 500, 501)
"""With these a server may refuse a batch that it would answer one by one."""
_TOO_MUCH = (408, 413, 504)
"""With these a server, or the gateway before it, gives up a search that is too wide for it."""
_REFUSED_CALL = 400
"""So some clients answer a call that they refuse, in a good reply."""
_TOO_MANY = 429
_TOO_OFTEN = ("rate limit", "too many requests", "request limit", "requests per second")
_SEARCH = "eth_getLogs"
_WRAPPED = ("data", "result", "return")
_MOST_WRAPPED = 3
_CODE = re.compile(r"-?[0-9]{1,18}")

Call = tuple[str, list[Any]]


_OF_A_BLOCK = (
    "eth_getLogs", "eth_call", "eth_getBalance", "eth_getTransactionCount", "eth_getBlockByNumber"
)  # fmt: skip


def block_of(call: Call) -> int | None:
    """Give the newest block that an answer depends on; None where no number names it."""
    method, params = call
    if method not in _OF_A_BLOCK or not params:
        return None
    at = params[0] if method == "eth_getBlockByNumber" else params[-1]
    if method == _SEARCH:
        at = at.get("toBlock")
    return int(at, 16) if isinstance(at, str) and at.startswith("0x") else None


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


def may_pass(call: Call, refusal: RpcError) -> bool:
    """Say whether a refused question may be answered a moment later, and is the same then.

    That is one of a named block, or of a price. What a contract refuses it refuses for good, and
    so does an endpoint whose bound a search exceeds, if it says so.
    """
    if refusal.refusal is not None:
        return False
    if call[0] == _SEARCH and any(word in refusal.message.lower() for word in _TOO_WIDE):
        return False
    return block_of(call) is not None or call[0] == "eth_gasPrice"


class Endpoint:
    """Hold one endpoint, whether its chain was checked, and until when it is not asked again."""

    def __init__(self, name: str, reader: Reader) -> None:
        self.name = name
        self.checked = False
        self.silent_until_s = float("-inf")
        self.silence_s = SILENCE_S
        self.rest_until_s = float("-inf")
        self.reader = reader
        self.takes_batches = True
        self._batches_at_s = float("inf")
        self._next_id = 1

    def ask(self, calls: Sequence[Call], until_s: float) -> list[Any]:
        """Ask, with a little more time for each question that goes by itself."""
        if time.monotonic() >= self._batches_at_s:
            self.takes_batches = True
        if len(calls) > 1 and self.takes_batches:
            ids = self._take_ids(len(calls))
            asked = [_request(number, *call) for number, call in zip(ids, calls, strict=True)]
            answers = self._ask_batch(calls, asked, until_s)
            if not _is_refused_whole(answers):
                return self._heeded([_result(answer) for answer in _matched(answers, ids)])
            # One error for the whole batch: this endpoint takes single requests only, for now.
            self.takes_batches, self._batches_at_s = False, time.monotonic() + SINGLY_FOR_S
        until_s += EACH_S * (len(calls) - 1)
        return self._heeded([self._ask_one(call, until_s) for call in calls])

    def _heeded(self, answers: list[Any]) -> list[Any]:
        """Leave an endpoint alone for a while that says in a good reply that it is asked too often.

        Over a WebSocket there is no other place for it, and some say it so over HTTP, too.
        """
        if any(isinstance(answer, RpcError) and _is_too_often(answer) for answer in answers):
            self.rest_until_s = time.monotonic() + REST_S
        return answers

    def _ask_one(self, call: Call, until_s: float) -> Any:  # noqa: ANN401 - JSON has any type
        ids = self._take_ids(1)
        try:
            answer, _ = self._post(_request(ids.start, *call), until_s)
        except BadStatus as error:
            _ensure_not_too_much(error, [call])
            raise
        if not isinstance(answer, dict):
            raise ValueError("the reply is no object")
        if answer.get("id") is None and answer.get("error") is not None:
            # A request that could not even be read is refused without its number.
            return _result(answer)
        return _result(_matched([answer], ids)[0])

    def _ask_batch(self, calls: Sequence[Call], asked: list[Any], until_s: float) -> Any:  # noqa: ANN401 - JSON
        """Ask several questions in one request; None where the server takes no such request."""
        try:
            answers, is_refused = self._post(asked, until_s)
        except BadStatus as error:
            if error.status in _UNLIKE_BATCHES:
                return None
            _ensure_not_too_much(error, calls)
            raise
        # One question's refusal may be told to all that were asked with it.
        return answers if not is_refused or _has_result(answers) else None

    def _post(self, asked: Any, until_s: float) -> tuple[Any, bool]:  # noqa: ANN401 - JSON
        """Give what is said, and whether that came with a refusal of the request as a whole."""
        try:
            body = self.reader.post(json.dumps(asked).encode(), until_s)
        except BadStatus as error:
            self.rest_until_s = time.monotonic() + error.rest_s
            answers = _told_with(error)
            if answers is None or not _is_of(answers, asked, error.status):
                raise
            return answers, error.status != _REFUSED_CALL
        return _read(body), False

    def _take_ids(self, count: int) -> range:
        """Give the numbers of the next requests; none is ever used twice.

        So a late or repeated reply is never taken for the answer to another question.
        """
        ids = range(self._next_id, self._next_id + count)
        self._next_id = ids.stop
        return ids


def _is_too_often(refusal: RpcError) -> bool:
    said = refusal.message.lower()
    return refusal.code == _TOO_MANY or any(words in said for words in _TOO_OFTEN)


def _ensure_not_too_much(error: BadStatus, calls: Sequence[Call]) -> None:
    """Say so where a search is more than a server can do.

    Raises:
        TooLarge: it is.
    """
    if error.status in _TOO_MUCH and any(method == _SEARCH for method, _ in calls):
        raise TooLarge(str(error)) from error


def _read(body: bytes) -> Any:  # noqa: ANN401 - JSON has any type
    if sum(body.count(mark) for mark in (b",", b"[", b"{")) > MOST_PARTS:
        raise TooLarge
    return read_json(body)


def _told_with(error: BadStatus) -> Any:  # noqa: ANN401 - JSON has any type
    """Give what a server that refuses a request says beside it in JSON; None if it does not."""
    try:
        return _read(error.body)
    except ValueError:
        return None


def _has_result(answers: Any) -> bool:  # noqa: ANN401 - JSON has any type
    return isinstance(answers, list) and any(answer.get("error") is None for answer in answers)


def _is_of(answers: Any, asked: Any, status: int) -> bool:  # noqa: ANN401 - JSON has any type
    """Say whether a refused request's reply is of its questions, and not of the server's state.

    A search that is too wide is refused with many a status, and so is what a contract refuses.
    """
    if status == _REFUSED_CALL:
        return True
    calls = asked if isinstance(asked, list) else [asked]
    told = answers if isinstance(answers, list) else [answers]
    ids = {call["id"] for call in calls}
    if not all(isinstance(a, dict) and type(a.get("id")) is int and a["id"] in ids for a in told):
        return False
    if any(call["method"] == _SEARCH for call in calls):
        return all(isinstance(a.get("error"), dict) or a.get("error") is None for a in told)
    found = [_result(answer) for answer in told if answer.get("error") is not None]
    return any(isinstance(one, RpcError) and one.refusal is not None for one in found)


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
    return RpcError(_code(error.get("code")), _told(error.get("message", "")), _data(error))


def _code(code: Any) -> int:  # noqa: ANN401 - JSON has any type
    """Read an error's code; some have a name in its place, or nothing."""
    if code is None or (isinstance(code, str) and not _CODE.fullmatch(code)):
        return 0
    return int(code)


def _told(message: object) -> str:
    # It reaches logs and MQTT, where half a surrogate pair cannot be written.
    return str(message)[:_LONGEST_MESSAGE].encode(errors="replace").decode()


def _data(error: dict[str, Any]) -> bytes | None:
    """Give what a reverted call returned; makes of clients wrap it once, twice or not at all."""
    found = error.get("data")
    for _ in range(_MOST_WRAPPED):
        if not isinstance(found, dict):
            break
        found = _unwrapped(found)
    if not isinstance(found, str):
        return None
    digits = found.removeprefix("Reverted ").strip()
    if not digits.startswith("0x"):
        return None
    try:
        return bytes.fromhex(digits[2:])
    except ValueError:
        return None


def _unwrapped(wrapping: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON has any type
    for name in _WRAPPED:
        if wrapping.get(name) is not None:
            return wrapping[name]
    # Ganache puts it under the transaction's own hash, beside a stack and a name.
    inner = [value for value in wrapping.values() if isinstance(value, dict)]
    return inner[0] if len(inner) == 1 else None
