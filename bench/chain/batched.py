"""Speak with a chain that sends for any account, many calls in one request."""

import http.client
import json
from collections.abc import Sequence
from typing import Any

Call = tuple[str, str, str]
"""From, to, data."""

_REQUEST = 200
"""Calls in one request."""


class BatchedChain:
    """Hold one connection to an anvil that impersonates; a transaction may use so much gas."""

    def __init__(self, port: int, gas: int = 6_000_000) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._gas = hex(gas)

    def outcomes(self, calls: Sequence[Call]) -> list[Any]:
        """Send calls, many in a block; an empty `to` deploys.

        What a transaction uses does not depend on its block, and anvil takes ever longer for one
        as its chain grows.

        Raises:
            RuntimeError: the chain or a contract refused one; with a contract's own words, where
                it refuses it still.
        """
        senders = list({sender for sender, _, _ in calls})
        counts = self.ask([("eth_getTransactionCount", one, "latest") for one in senders])
        used = {sender: int(count, 16) for sender, count in zip(senders, counts, strict=True)}
        fields = []
        for sender, to, data in calls:
            one = {"from": sender, "data": data, "gas": self._gas, "nonce": hex(used[sender])}
            used[sender] += 1
            fields.append(one | ({"to": to} if to else {}))
        outcomes = []
        for at in range(0, len(fields), _REQUEST):
            part = fields[at : at + _REQUEST]
            hashes = self.ask([("eth_sendTransaction", one) for one in part])
            found: list[Any] = [None]
            while None in found:
                self.ask([("evm_mine",)])
                found = self.ask([("eth_getTransactionReceipt", one) for one in hashes])
            outcomes += found
        for (sender, to, data), outcome in zip(calls, outcomes, strict=True):
            if outcome["status"] != "0x1":
                self.ask([("eth_call", {"from": sender, "to": to, "data": data}, "latest")])
                raise RuntimeError(f"a call of {to} was refused, and would be taken now")
        return outcomes

    def now_s(self) -> int:
        """Give the newest block's time.

        Raises:
            RuntimeError: the chain refused to say it.
        """
        (block,) = self.ask([("eth_getBlockByNumber", "latest", False)])
        return int(block["timestamp"], 16)

    def reach(self, instant_s: int) -> None:
        """Make a block at an instant after the newest one's.

        Raises:
            RuntimeError: the instant has passed.
        """
        self.ask([("evm_setNextBlockTimestamp", instant_s)])
        self.ask([("evm_mine",)])

    def ask(self, calls: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Ask in one request; calls in it run side by side.

        Raises:
            RuntimeError: one was refused.
        """
        if not calls:
            return []
        body = [
            {"jsonrpc": "2.0", "id": index, "method": method, "params": params}
            for index, (method, *params) in enumerate(calls)
        ]
        self._http.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
        answers = json.load(self._http.getresponse())
        for answer in answers:
            if "error" in answer:
                raise RuntimeError(str(answer["error"]))
        return [answer["result"] for answer in sorted(answers, key=lambda one: int(one["id"]))]

    def close(self) -> None:
        """End the conversation; may be called twice."""
        self._http.close()
