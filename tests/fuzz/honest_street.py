"""Answer a utility's questions as an honest endpoint would: orders come, and are cleared."""

from typing import Any

from eth_abi.abi import encode

from node.ledger.contracts.artifacts import Entry, artifact, topic_of
from tests.fuzz.honest import REGISTRY, TOKEN, Honest, hash_of

AUCTION = "0x" + "4" * 40
FIRST_S, BLOCK_S, INTERVAL_S = 1_700_000_000, 12, 60
_EVENTS = {name.partition("(")[0]: e for name, e in artifact("IntervalAuction").events.items()}
_ANSWERS: dict[str, list[object]] = {
    "INTERVAL": [INTERVAL_S],
    "GATE_LEAD": [10],
    "UNIT": [1_000],
    "LEAST_ENERGY": [1],
    "MARGIN": [20],
    "READING_DEADLINE": [600],
    "tariffCount": [1],
    "tariffs": [0, 80_000, 3_000],
    "orderAt": [(TOKEN, 5, 300, 0, 40, 0)],
    "resultOf": [(True, False, 1, 5, 40, 2**32, 2**31, 0, 64, 0, 0, 0)],
    "balanceOf": [7],
    "utility": [10**9, 5],
    "leaving": [7, 1_700_000_000],
}


class HonestStreet(Honest):
    """Say in each block that an order was placed, an interval cleared, and a meter reported."""

    def _answer(self, call: dict[str, Any]) -> object:
        params = call["params"]
        if call["method"] == "eth_getLogs":
            return self._logs(params[0])
        if call["method"] == "eth_call" and params[0]["to"].lower() == AUCTION:
            return _view(params[0]["data"])
        return super()._answer(call)

    def _logs(self, where: dict[str, Any]) -> list[dict[str, object]]:
        block = int(where["toBlock"], 16)
        interval = (FIRST_S + BLOCK_S * block) // INTERVAL_S + 1
        if where["address"] == REGISTRY:
            reported = artifact("MeterRegistry").events[
                "MeterReported(uint256,uint32,uint112,uint112)"
            ]
            return [_log(reported, block, 9, [1], [interval, 5, 5])]
        logs = [
            _log(_EVENTS["Placed"], block, 0, [interval, 1], [TOKEN, 0, 40, 0, 300]),
            _log(_EVENTS["Placed"], block, 1, [interval, 2], [REGISTRY, 1, 5, 0, 300]),
            _log(_EVENTS["IntervalCleared"], block, 2, [interval], [False, 5, 0, 300, 0, 0, 0]),
            _log(_EVENTS["TariffSet"], block, 3, [block, interval], [80_000, 3_000]),
        ]
        wanted = where["topics"][0]
        return [log for log in logs if log["topics"][0] in wanted]  # type: ignore[index]


def _view(data: str) -> str:
    for entry in artifact("IntervalAuction").functions.values():
        if data.startswith("0x" + entry.selector.hex()):
            return "0x" + encode(entry.outputs, _ANSWERS[entry.name]).hex()
    raise AssertionError(data)


def _log(
    event: Entry, block: int, place: int, indexed: list[int], members: list[object]
) -> dict[str, object]:
    return {
        "blockNumber": hex(block),
        "blockHash": hash_of(block),
        "logIndex": hex(place),
        "topics": [topic_of(event), *(f"0x{number:064x}" for number in indexed)],
        "data": "0x" + encode(event.inputs[len(indexed) :], members).hex(),
    }
