"""Search for an account's partners at an endpoint that has whatever block it is asked for."""

import json
from collections.abc import Callable
from typing import Any

from node.ledger.chain.heads import Head
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.sale import SaleContract
from node.ledger.views.partners import Partners
from node.state.journal import Journal
from tests.fuzz.endpoint import CHAIN_ID, connect

WORD = "0x" + "00" * 32
NOW_S = 1_700_000_000


class Endless:
    """An endpoint that has any block it is asked for, all of them of this very second."""

    def __init__(self, logs: list[dict[str, Any]] | None = None) -> None:
        self.asked = 0
        self._logs = logs or []

    def post(self, data: bytes, _until_s: float) -> bytes:
        asked = json.loads(data)
        calls = asked if isinstance(asked, list) else [asked]
        self.asked += 1
        answers = [{"id": call["id"], "result": self._answer(call)} for call in calls]
        return json.dumps(answers if isinstance(asked, list) else answers[0]).encode()

    def _answer(self, call: dict[str, Any]) -> object:
        if call["method"] == "eth_chainId":
            return hex(CHAIN_ID)
        if call["method"] == "eth_getLogs":
            return self._logs
        return {"number": call["params"][0], "hash": WORD, "timestamp": hex(NOW_S)}


def searched(
    journal: Journal,
    endpoint: Endless,
    number: int,
    *,
    sale: str,
    account: str,
    closing: Callable[[], bool] = lambda: False,
) -> Partners:
    """Search as a start does, with a head of this number; `closing` may cut it short."""
    rpc = Rpc(("http://127.0.0.1:1",), chain_id=CHAIN_ID, timeout_s=1.0)
    connect(rpc, endpoint)
    partners = Partners(SaleContract(sale), account, journal)
    head = Head(number=number, hash=WORD, parent=WORD, timestamp_s=NOW_S, base_fee_wei=None)
    partners.search(rpc, head, closing)
    return partners
