"""The search for open orders ends, whatever the endpoint says, and begins anew where it must."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.core.errors import ChainUnavailable
from node.keys.keccak import checksum_address
from node.ledger.chain.look_back import MOST_SEARCHES
from node.ledger.contracts.sale import SaleContract
from node.ledger.views.partners import MOST_PAIRS, Partners, topic_of_address
from node.state.journal import Journal
from tests.factories import partners
from tests.factories.journal import opened
from tests.factories.partners import Endless

SALE = checksum_address("0x" + "5a" * 20)
HOME, SELLER = (checksum_address("0x" + digits * 20) for digits in ("a1", "b2"))
KEY = "ledger.partners"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with opened(tmp_path / "journal.db") as journal:
        yield journal


def searched(journal: Journal, endpoint: Endless, number: int) -> Partners:
    return partners.searched(journal, endpoint, number, sale=SALE, account=HOME)


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
    failure="the node is stopped while it searches for open orders",
    money="they are searched for again at the next start",
)
def test_search_that_was_cut_short_is_begun_again(journal: Journal) -> None:
    """It was kept as if it had come to the end: what it had not come to was never looked for."""
    endpoint = Endless()
    cut = iter([False, True])
    with pytest.raises(ChainUnavailable, match="ended at block"):
        partners.searched(
            journal, endpoint, 20_000, sale=SALE, account=HOME, closing=lambda: next(cut)
        )

    assert endpoint.asked == 2
    assert journal.get(KEY) is None


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
