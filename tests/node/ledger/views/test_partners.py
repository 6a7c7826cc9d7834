"""The search for open orders ends, whatever the endpoint says, and begins anew where it must."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.keys.keccak import checksum_address
from node.ledger.chain.heads import Head
from node.ledger.chain.look_back import MOST_SEARCHES
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.sale import SaleContract
from node.ledger.views.partners import MOST_PAIRS, Partners, topic_of_address
from node.state.journal import Journal
from tests.factories.journal import opened
from tests.fuzz.endpoint import CHAIN_ID, connect

SALE = checksum_address("0x" + "5a" * 20)
HOME, SELLER = (checksum_address("0x" + digits * 20) for digits in ("a1", "b2"))
KEY = "ledger.partners"
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


def head(number: int) -> Head:
    return Head(number=number, hash=WORD, parent=WORD, timestamp_s=NOW_S, base_fee_wei=None)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with opened(tmp_path / "journal.db") as journal:
        yield journal


def searched(journal: Journal, endpoint: Endless, number: int) -> Partners:
    rpc = Rpc(("http://127.0.0.1:1",), chain_id=CHAIN_ID, timeout_s=1.0)
    connect(rpc, endpoint)
    partners = Partners(SaleContract(SALE), HOME, journal)
    partners.search(rpc, head(number), lambda: False)
    return partners


def kept(journal: Journal, block: object, pairs: object) -> None:
    journal.put(KEY, json.dumps({"sale": SALE, "block": block, "pairs": pairs}), durable=True)


def opening_log(seller: str) -> dict[str, Any]:
    topics = [SaleContract(SALE).order_opened_topic, *map(topic_of_address, (HOME, seller))]
    return {"topics": topics}


@pytest.mark.failure(
    part="chain",
    failure="an endpoint has every block it is asked for",
    person="the search for open orders ends",
    lasts="2,001 questions",
)
def test_search_of_endless_blocks_ends(journal: Journal) -> None:
    endpoint = Endless()
    searched(journal, endpoint, 2**62)

    assert endpoint.asked == MOST_SEARCHES + 1


@pytest.mark.failure(
    part="chain",
    failure="an endpoint makes up orders with ever more sellers",
    person="1,024 of them are kept",
)
def test_made_up_partners_are_bounded(journal: Journal) -> None:
    logs = [opening_log(f"0x{number:040x}") for number in range(1, MOST_PAIRS + 50)]

    assert len(searched(journal, Endless(logs), 100).pairs) == MOST_PAIRS


def test_kept_partners_are_searched_for_from_their_block_on(journal: Journal) -> None:
    kept(journal, 900_000, [[HOME, SELLER]])
    endpoint = Endless()

    assert searched(journal, endpoint, 900_100).pairs == {(HOME, SELLER)}
    assert endpoint.asked == 2


@pytest.mark.failure(
    part="chain",
    failure="the search was kept at a block that the chain does not have",
    money="an order is found all the same",
)
def test_block_above_the_head_is_not_believed(journal: Journal) -> None:
    """An endpoint that once showed a head too high would hide all orders up to there."""
    kept(journal, 2**62, [])
    endpoint = Endless([opening_log(SELLER)])

    assert searched(journal, endpoint, 100).pairs == {(HOME, SELLER)}


@pytest.mark.failure(
    part="journal",
    failure="what was kept of the sellers cannot be read",
    money="they are searched for again; an order is found",
)
@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "7",
        "{}",
        "[" * 100_000,
        json.dumps({"sale": SALE, "block": "7", "pairs": []}),
        json.dumps({"sale": SALE, "block": 7, "pairs": [[HOME]]}),
        json.dumps({"sale": SALE, "block": 7, "pairs": [[HOME, "seller"]]}),
        json.dumps({"sale": SALE, "block": 7, "pairs": [[HOME, [SELLER]]]}),
        json.dumps({"sale": SALE, "block": 7, "pairs": 5}),
    ],
)
def test_partners_that_cannot_be_read_are_searched_for_again(journal: Journal, text: str) -> None:
    journal.put(KEY, text, durable=True)

    assert searched(journal, Endless([opening_log(SELLER)]), 100).pairs == {(HOME, SELLER)}
