"""Speak with a chain that sends for any account, many calls in one request."""

import http.client
import json
from collections.abc import Sequence
from typing import Any

Call = tuple[str, str, str]
"""From, to, data."""

_GAS = hex(6_000_000)
_REQUEST = 200
"""Calls in one request."""


class BatchedChain:
    """Hold one connection to an anvil that impersonates."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def receipts(self, calls: Sequence[Call]) -> list[Any]:
        """Send calls, many in a block; an empty `to` deploys.

        What a transaction uses does not depend on its block, and anvil takes ever longer for one
        as its chain grows.

        Raises:
            RuntimeError: the chain or a contract refused one.
        """
        senders = list({sender for sender, _, _ in calls})
        counts = self.ask([("eth_getTransactionCount", one, "latest") for one in senders])
        used = {sender: int(count, 16) for sender, count in zip(senders, counts, strict=True)}
        fields = []
        for sender, to, data in calls:
            one = {"from": sender, "data": data, "gas": _GAS, "nonce": hex(used[sender])}
            used[sender] += 1
            fields.append(one | ({"to": to} if to else {}))
        receipts = []
        for at in range(0, len(fields), _REQUEST):
            part = fields[at : at + _REQUEST]
            hashes = self.ask([("eth_sendTransaction", one) for one in part])
            found: list[Any] = [None]
            while None in found:
                self.ask([("evm_mine",)])
                found = self.ask([("eth_getTransactionReceipt", one) for one in hashes])
            receipts += found
        if any(receipt["status"] != "0x1" for receipt in receipts):
            raise RuntimeError("a transaction of the workload was refused")
        return receipts

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
