"""Speak JSON-RPC with one of several endpoints, each question within a deadline.

Touches the network, through `reader`. An endpoint that fails is left for the next one; one of
another chain is never used. Endpoints are named by host alone: their paths may hold secrets.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from node.core.errors import ChainUnavailable, NodeError
from node.ledger.chain.endpoint import (
    MOST_SILENCE_S,
    SILENCE_S,
    Call,
    Endpoint,
    RpcError,
    may_pass,
)
from node.ledger.chain.line import BadReply, TooLarge
from node.ledger.chain.reader import Reader
from node.ledger.settings import Headers, LedgerSettings, endpoint_name

MOST_CHAIN_ID = 2**63 - 1
WITNESS_S = 5.0
"""How long an endpoint has for its opinion at most: one that hangs must not hold the other up."""
LEAST_TRIES = 8
"""Where fewer endpoints are named they are asked again at once, within the time of one request: of
one that fails a reply in three nobody would else hear all that a start asks."""
REFUSED_TRIES = 3
"""So often a read of a named block is tried that an endpoint refuses: no word tells whether it will
always, and one more is little beside a start that begins anew."""
# The reader's errors are OSError; a broken answer is any of the others.
_UNUSABLE = (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError)
__all__ = ["AnswerTooLarge", "Call", "Rpc", "RpcError"]
_log = logging.getLogger(__name__)

Compare = Callable[[Sequence[Call], Sequence[Any]], tuple[list[Any], bool]]


class AnswerTooLarge(ChainUnavailable):
    """Say that no endpoint answered, and for one of them the answer would have been too large."""


class _WrongChain(NodeError):
    """Say that an endpoint serves another chain than the parameters name."""


class Rpc:
    """Hold the endpoints; used from one thread alone."""

    def __init__(
        self,
        urls: Sequence[str],
        *,
        chain_id: int | None,
        timeout_s: float,
        headers: Mapping[str, Headers] = MappingProxyType({}),
    ) -> None:
        if not urls:
            raise ValueError("no RPC endpoint is given")
        self.chain_id = chain_id
        self._is_adopted = chain_id is None
        self.compare: Compare | None = None
        """Told of each question and its answer, it gives what is taken for that and whether another
        endpoint says the same, or raises; see `comparing`."""
        self.agreed = False
        """Whether another endpoint has said the same as the newest answers."""
        self._timeout_s = timeout_s
        named = [(endpoint_name(url), url) for url in urls]
        self._endpoints = [
            Endpoint(name, Reader(url, headers.get(name, ()))) for name, url in named
        ]
        self._current = 0
        self._repeated = False

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
        answers = self._first(calls)
        for _ in range(REFUSED_TRIES - 1):
            self._ask_refused_again(calls, answers)
        self.agreed = False
        if self.compare is not None and len(self._endpoints) > 1:
            answers, self.agreed = self.compare(calls, answers)
        return answers

    @property
    def was_repeated(self) -> bool:
        """Say whether the newest questions were put to an endpoint before they were answered."""
        return self._repeated

    def ensure_agreed_chain(self) -> None:
        """Ask every endpoint anew for its chain's id, unless that was given.

        Raises:
            ChainUnavailable: they serve different chains, another one than before, or none answers.
        """
        if not self._is_adopted:
            return
        before, self.chain_id = self.chain_id, None
        self._adopt()
        if before is not None and self.chain_id not in (None, before):
            raise ChainUnavailable(f"the chain's id was {before}, and is {self.chain_id} now")

    def _adopt_by(self, until_s: float) -> None:
        """Take the chain's id where none is given or known; who fails is asked again at once."""
        for number in range(LEAST_TRIES):
            if self.chain_id is not None or (number and time.monotonic() >= until_s):
                return
            self._adopt()

    def _adopt(self) -> None:
        """Take the chain's id that all endpoints which answer agree on."""
        found: dict[int, str] = {}
        for endpoint in self._endpoints:
            until_s = time.monotonic() + min(WITNESS_S, self._timeout_s)
            try:
                found.setdefault(self._id_of(endpoint, until_s), endpoint.name)
            except _UNUSABLE as error:
                _log.debug("%s: %s", endpoint.name, self._why(error))
        if len(found) > 1:
            told = ", ".join(f"{name} serves chain {chain_id}" for chain_id, name in found.items())
            raise ChainUnavailable(f"{told}: which one is meant says contract.chain_id")
        self.chain_id = next(iter(found), None)

    def _first(self, calls: Sequence[Call]) -> list[Any]:
        begun = sum(endpoint.reader.asked for endpoint in self._endpoints)
        until_s = time.monotonic() + self._timeout_s
        self._adopt_by(until_s)
        self._let_rest(until_s)
        reasons: list[str] = []
        kind, passes = ChainUnavailable, False
        for number in range(max(len(self._endpoints), LEAST_TRIES)):
            within_s = self._timeout_s
            if number >= len(self._endpoints):
                within_s = until_s - time.monotonic()
                if not passes or within_s <= 0:
                    break
            endpoint = self._endpoints[self._current]
            was_checked = endpoint.checked
            try:
                answers = self._ask(endpoint, calls, within_s)
                asked = sum(e.reader.asked for e in self._endpoints) - begun
                needed = (len(calls) if not endpoint.takes_batches else 1) + (not was_checked)
                self._repeated = asked > needed
                return answers
            except _WrongChain as error:
                reasons.append(str(error))
                passes = False
            except _UNUSABLE as error:
                reasons.append(f"{endpoint.name}: {self._why(error)}")
                if isinstance(error, TooLarge):
                    kind = AnswerTooLarge
                passes = not isinstance(error, TooLarge | TimeoutError)
                passes = passes and endpoint.rest_until_s <= time.monotonic()
            endpoint.checked = False
            self.turn_to_next()
        raise kind("; ".join(dict.fromkeys(reasons)))

    def _let_rest(self, until_s: float) -> None:
        """Use an endpoint that has not asked to be left alone; wait where all have."""
        now_s = time.monotonic()
        ahead = [*self._endpoints[self._current :], *self._endpoints[: self._current]]
        rested = min(ahead, key=lambda endpoint: max(endpoint.rest_until_s, now_s))
        self._current = self._endpoints.index(rested)
        time.sleep(max(0.0, min(rested.rest_until_s, until_s) - now_s))

    def _ask_refused_again(self, calls: Sequence[Call], answers: list[Any]) -> None:
        """Replace refusals by what the same endpoint says now, where that is no other question."""
        refused = [
            place
            for place, (call, answer) in enumerate(zip(calls, answers, strict=True))
            if isinstance(answer, RpcError) and may_pass(call, answer)
        ]
        if not refused:
            return
        asked = self.endpoint
        try:
            found = self._first([calls[place] for place in refused])
        except ChainUnavailable as error:
            _log.debug("what was refused is not asked again: %s", error)
            return
        if self.endpoint == asked:
            for place, answer in zip(refused, found, strict=True):
                answers[place] = answer

    def others(self, calls: Sequence[Call]) -> Iterator[tuple[str, list[Any]]]:
        """Ask each endpoint that is not in use; a silent one, or of another chain, is left out."""
        in_use = self._endpoints[self._current]
        for endpoint in self._endpoints:
            if endpoint is in_use or time.monotonic() < endpoint.silent_until_s:
                continue
            try:
                answers = self._ask(endpoint, calls, min(WITNESS_S, self._timeout_s))
            except (_WrongChain, *_UNUSABLE) as error:
                why = str(error) if isinstance(error, _WrongChain) else self._why(error)
                _log.warning("%s has no say for now: %s", endpoint.name, why)
                endpoint.checked = False
                endpoint.silent_until_s = time.monotonic() + endpoint.silence_s
                endpoint.silence_s = min(2 * endpoint.silence_s, MOST_SILENCE_S)
                continue
            endpoint.silence_s = SILENCE_S
            yield endpoint.name, answers

    def turn_to(self, name: str) -> None:
        """Use another endpoint from now on."""
        self._current = next(n for n, e in enumerate(self._endpoints) if e.name == name)

    def turn_to_next(self) -> None:
        """Use the next endpoint from now on; the same where there is but one."""
        self._current = (self._current + 1) % len(self._endpoints)

    def _ask(self, endpoint: Endpoint, calls: Sequence[Call], within_s: float) -> list[Any]:
        until_s = time.monotonic() + within_s
        if not endpoint.checked:
            self._check(endpoint, until_s)
        return endpoint.ask(calls, until_s)

    def _check(self, endpoint: Endpoint, until_s: float) -> None:
        chain_id, mine = self._id_of(endpoint, until_s), self.chain_id
        if chain_id != mine:
            if self._is_adopted:
                # One of the two words is false, so neither lasts: all are asked again.
                self.chain_id = None
            raise _WrongChain(f"{endpoint.name} serves chain {chain_id}, not {mine}")
        endpoint.checked = True
        _log.info("the chain %d is read through %s", chain_id, endpoint.name)

    @staticmethod
    def _id_of(endpoint: Endpoint, until_s: float) -> int:
        (answer,) = endpoint.ask([("eth_chainId", [])], until_s)
        if isinstance(answer, RpcError):
            raise ValueError("no chain id")
        chain_id = int(answer, 16)
        if not 0 < chain_id <= MOST_CHAIN_ID:
            raise ValueError("no chain id")
        return chain_id

    def _why(self, error: Exception) -> str:
        match error:
            case TimeoutError():
                return f"no answer within {self._timeout_s:g} s"
            case BadReply():
                return f"no usable answer ({error})"
            case OSError():
                return f"no connection ({error.strerror})" if error.strerror else "no connection"
            case json.JSONDecodeError():
                return "no usable answer (it is no JSON)"
            case _:
                return "no usable answer (it is not as JSON-RPC has it)"


def rpc_of(settings: LedgerSettings) -> Rpc:
    """Speak with the endpoints that the settings name."""
    return Rpc(
        settings.rpc_urls,
        chain_id=settings.chain_id,
        timeout_s=settings.timeout_s,
        headers=settings.headers,
    )
