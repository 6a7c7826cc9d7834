"""Answer a ledger's questions as an honest endpoint would, and keep what was said."""

import json
from typing import Any

from eth_abi.abi import encode

from node.keys.account import account_of_key
from node.ledger.contracts.artifacts import artifact
from node.ledger.contracts.auction import AuctionContract
from node.ledger.views.partners import topic_of_number
from tests.fuzz.endpoint import CHAIN_ID

TOKEN, SALE, REGISTRY, AUCTION = ("0x" + digit * 40 for digit in "1234")
METER = 1
ACCOUNT = account_of_key(bytes(range(1, 33)))
_INTERVAL = 340_000_240
"""Of five seconds, as any number that the honest endpoint answers."""
_FIRST_BLOCK = 100
_SENT_BEFORE = 5
"""Transactions of the account: an order's number is no more than twice as many."""
_ALWAYS: dict[str, object] = {
    "eth_chainId": hex(CHAIN_ID),
    "eth_gasPrice": "0x3b9aca00",
    "eth_getBalance": "0xde0b6b3a7640000",
    "eth_estimateGas": "0x5208",
}


class Honest:
    """Make a block for each look at the newest one; a transaction is in the block after it."""

    def __init__(self) -> None:
        self.asked = 0
        self.said: list[bytes] = []
        self._head = _FIRST_BLOCK
        self._sent = False

    def post(self, data: bytes, _until_s: float) -> bytes:
        self.asked += 1
        asked = json.loads(data)
        calls = asked if isinstance(asked, list) else [asked]
        answers = [{"id": call["id"], "result": self._answer(call)} for call in calls]
        body = json.dumps(answers if isinstance(asked, list) else answers[0]).encode()
        self.said.append(body)
        return body

    def _answer(self, call: dict[str, Any]) -> object:
        params = call["params"]
        match call["method"]:
            case "eth_getBlockByNumber":
                if params[0] == "latest":
                    self._head += 1
                    return _block(self._head)
                return _block(int(params[0], 16))
            case "eth_getBlockByHash":
                return _block(int(params[0], 16))
            case "eth_getLogs":
                return _logs(params[0])
            case "eth_getTransactionCount":
                return hex(_SENT_BEFORE + self._sent)
            case "eth_call":
                return _view(params[0]["data"])
            case "eth_sendRawTransaction":
                self._sent = True
                return "0x" + "ab" * 32
            case "eth_getTransactionReceipt":
                return self._receipt(params[0])
        return _ALWAYS[call["method"]]

    def _receipt(self, transaction: str) -> object:
        return {
            "transactionHash": transaction,
            "blockNumber": hex(self._head),
            "blockHash": hash_of(self._head),
            "gasUsed": "0x5208",
            "status": "0x1",
        }


def _block(number: int) -> dict[str, object]:
    return {
        "number": hex(number),
        "hash": hash_of(number),
        "parentHash": hash_of(number - 1),
        "timestamp": hex(1_700_000_000 + 12 * number),
        "baseFeePerGas": "0x7",
    }


def _logs(wanted: dict[str, Any]) -> list[dict[str, object]]:
    """Give the auction's events: an order of the meter, and its interval's clearing."""
    if wanted["address"] != AUCTION:
        return []
    auction = AuctionContract(AUCTION)
    first, interval = wanted["topics"][0], topic_of_number(_INTERVAL)
    place: dict[str, object] = {"blockNumber": hex(_FIRST_BLOCK), "logIndex": "0x0"}
    if first == auction.placed_topic:
        topics = [first, interval, topic_of_number(METER)]
        members = encode(
            ["address", "uint8", "uint8", "uint8", "uint32"], [ACCOUNT.account, 1, 5, 0, 5]
        )
        return [{**place, "topics": topics, "data": "0x" + members.hex()}]
    data = encode(["bool", *["uint256"] * 6], [False, 5, 5, 5, 5, 5, 5])
    topics = [auction.cleared_topic, interval]
    return [{**place, "topics": topics, "data": "0x" + data.hex()}]


def hash_of(number: int) -> str:
    """Give a block's hash."""
    return f"0x{number & (1 << 256) - 1:064x}"


def _view(data: str) -> str:
    """Answer any view of ours with small numbers."""
    for name in ("EnergySale", "EnergyToken", "MeterRegistry", "IntervalAuction"):
        for entry in artifact(name).functions.values():
            if data.startswith("0x" + entry.selector.hex()):
                return "0x" + encode(entry.outputs, [_small(kind) for kind in entry.outputs]).hex()
    raise AssertionError(data)


def _small(kind: str) -> object:
    if kind == "address":
        return ACCOUNT.account
    if kind == "bool":
        return True
    if kind == "uint8":
        return 1
    if kind.startswith("("):
        base, _, count = kind.rpartition(")")
        one = tuple(_small(member) for member in base[1:].split(","))
        return [one] * int(count[1:-1] or 1) if count else one
    return 5
