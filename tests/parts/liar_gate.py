"""Stand between a ledger and its chain, and answer one kind of question with a well-formed lie."""

import json
import threading
from typing import Any

from node.ledger.contracts.artifacts import artifact
from tests.parts.rpc_gate import Gate

LIES = ("absurd", "slightly", "earlier", "another chain")
CONTRACTS = ("EnergySale", "EnergyToken", "MeterRegistry", "IntervalAuction")
_SEND, _CALL, _BLOCK = "eth_sendRawTransaction", "eth_call", "eth_getBlockByNumber"
_EARLIER_BLOCKS = 3
_WORD = 64
_NAMES = {
    "0x" + entry.selector.hex(): name
    for contract in CONTRACTS
    for name, entry in artifact(contract).functions.items()
}


def question_of(call: dict[str, Any]) -> str:
    """Name what is asked: a method, and of a contract's view or a block which."""
    method, params = call["method"], call["params"]
    if method == _CALL:
        return f"{method} {_NAMES.get(params[0]['data'][:10], 'unknown').partition('(')[0]}"
    if method in (_BLOCK, "eth_getTransactionCount") and params[-1 if method != _BLOCK else 0] in (
        "latest",
        "pending",
    ):
        return f"{method} {params[0] if method == _BLOCK else params[-1]}"
    return str(method)


class LiarGate(Gate):
    """Lie `left` times to `question` with one of `LIES`; note every question that was asked.

    `other` is the port of another chain.
    """

    def __init__(self, port: int, other: int) -> None:
        super().__init__(port)
        self.question = ""
        self.how = LIES[0]
        self.left = 0.0
        self.told = 0
        self.questions: set[str] = set()
        self._true = port
        self._other = other
        self._guard = threading.Lock()

    def answer(self, body: bytes) -> bytes | None:
        """Answer each call of a request, or lie to it."""
        asked = json.loads(body)
        calls = asked if isinstance(asked, list) else [asked]
        rows = [self._row(call) for call in calls]
        return json.dumps(rows if isinstance(asked, list) else rows[0]).encode()

    def _row(self, call: dict[str, Any]) -> dict[str, Any]:
        question = question_of(call)
        self.questions.add(question)
        with self._guard:
            lies = question == self.question and self.left >= 1
            if lies:
                self.left -= 1
                self.told += 1
        if not lies:
            return self._ask(call, self._true)
        if call["method"] == _SEND:
            return self._about_sending(call)
        if self.how == "another chain":
            return self._ask(call, self._other)
        if self.how == "earlier":
            return self._ask(self._before(call), self._true) | {"id": call["id"]}
        true = self._ask(call, self._true)
        if "result" in true:
            true["result"] = _changed(true["result"], absurd=self.how == "absurd")
        return true

    def _ask(self, call: dict[str, Any], port: int) -> dict[str, Any]:
        row: dict[str, Any] = json.loads(self.forward(json.dumps(call).encode(), port))
        return row

    def _before(self, call: dict[str, Any]) -> dict[str, Any]:
        """Ask the same of an earlier block."""
        method, params = call["method"], list(call["params"])
        head = self._ask({**call, "method": "eth_blockNumber", "params": []}, self._true)
        at = hex(max(0, int(head["result"], 16) - _EARLIER_BLOCKS))
        if method == "eth_getLogs":
            params = [{**params[0], "fromBlock": "0x0", "toBlock": "0x0"}]
        elif method == _BLOCK:
            params[0] = at
        elif params and isinstance(params[-1], str) and method in (
            _CALL, "eth_getBalance", "eth_getTransactionCount", "eth_estimateGas",
        ):  # fmt: skip
            params[-1] = at
        elif method in ("eth_getTransactionReceipt", "eth_getTransactionByHash"):
            params[0] = "0x" + "00" * 32
        return {**call, "params": params}

    def _about_sending(self, call: dict[str, Any]) -> dict[str, Any]:
        """Take it and deny it, or deny nothing and take nothing."""
        if self.how == "absurd":
            return {"jsonrpc": "2.0", "id": call["id"], "result": "0x" + "00" * 32}
        word = {"slightly": "nonce too low", "earlier": "already known"}.get(self.how)
        if self.how != "earlier":
            self._ask(call, self._true)
        error = {"code": -32000, "message": word or "this chain knows no such account"}
        return {"jsonrpc": "2.0", "id": call["id"], "error": error}


def _changed(true: Any, *, absurd: bool) -> Any:
    """Change the numbers of an answer: to the greatest that fit, or by one."""
    if isinstance(true, str):
        return _number(true, absurd=absurd)
    if isinstance(true, list):
        return [_changed(one, absurd=absurd) for one in true]
    if not isinstance(true, dict):
        return true
    kept = {"topics", "address", "parentHash", "transactionHash"}
    numbers = {"number", "timestamp", "blockNumber", "status", "baseFeePerGas", "gasUsed", "data"}
    return {
        name: value if name in kept or name not in numbers else _changed(value, absurd=absurd)
        for name, value in true.items()
    }


def _number(true: str, *, absurd: bool) -> str:
    digits = true.removeprefix("0x")
    if len(digits) < _WORD:
        return hex(2**62) if absurd else hex(int(digits or "0", 16) + 1)
    # A contract's answer: the last word is a number in nearly all of them.
    last = int(digits[-_WORD:], 16)
    last = 2**32 - 1 if absurd else last + 1 if last == 0 else last - 1
    return f"0x{digits[:-_WORD]}{last:064x}"
