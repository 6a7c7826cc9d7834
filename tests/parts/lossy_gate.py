"""Stand between a ledger and its chain, and fail some replies, drawn by a seed."""

import json
import random

from tests.parts.rpc_gate import Gate

WAYS = ("closed", "busy", "refused")
_BUSY = b"<html>busy</html>"


class LossyGate(Gate):
    """Fail `share` of the replies: with the connection closed, a page of a proxy's, or a refusal.

    Of a batch a refusal is of one call alone.
    """

    def __init__(self, port: int, share: float, way: str, seed: int) -> None:
        super().__init__(port)
        self.asked = 0
        self.failed = 0
        self._share, self._way = share, way
        self._chance = random.Random(seed)

    def answer(self, body: bytes) -> bytes | None:
        """Answer a request, or fail."""
        self.asked += 1
        if self._chance.random() >= self._share:
            return super().answer(body)
        self.failed += 1
        if self._way == "refused":
            return self._refusing(body)
        return _BUSY if self._way == "busy" else None

    def _refusing(self, body: bytes) -> bytes:
        answers = json.loads(self.forward(body))
        rows = answers if isinstance(answers, list) else [answers]
        one = self._chance.choice(rows)
        one.pop("result", None)
        one["error"] = {"code": -32603, "message": "internal error"}
        return json.dumps(answers).encode()
