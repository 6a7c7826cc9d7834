"""Events are searched from the head back, in spans that the endpoint bears, until it is enough."""

import json
from typing import Any

import pytest

from node.core.errors import ChainUnavailable
from node.ledger.chain.heads import Head
from node.ledger.chain.look_back import MOST_SEARCHES, OF_ALL, OF_ONE, Found, Stride, look_back
from node.ledger.chain.rpc import Rpc
from tests.fuzz.endpoint import CHAIN_ID, connect

WORD = "0x" + "00" * 32
NOW_S = 1_700_000_000
HEAD = 20_000
TOPICS = ({"topics": ["one"]}, {"topics": ["two"]})


class Blocks:
    """Be an endpoint of a block a second, with one event in each `every`th of them.

    It refuses to search more than `most` blocks at once, and has none below `pruned`.
    """

    def __init__(self, every: int = 1_000, most: int | None = None, pruned: int = 0) -> None:
        self.asked = 0
        self.spans: list[tuple[int, int]] = []
        self.refused: list[tuple[int, int]] = []
        self._every, self._most, self._pruned = every, most, pruned

    def post(self, data: bytes, _until_s: float) -> bytes:
        self.asked += 1
        asked = json.loads(data)
        calls = asked if isinstance(asked, list) else [asked]
        answers = [{"id": call["id"], **self._answer(call)} for call in calls]
        return json.dumps(answers if isinstance(asked, list) else answers[0]).encode()

    def _answer(self, call: dict[str, Any]) -> dict[str, Any]:
        if call["method"] == "eth_chainId":
            return {"result": hex(CHAIN_ID)}
        if call["method"] == "eth_getLogs":
            return self._search(call["params"][0])
        number = int(call["params"][0], 16)
        if number < self._pruned:
            return {"result": None}
        block = {"number": hex(number), "hash": WORD, "timestamp": hex(NOW_S - HEAD + number)}
        return {"result": block}

    def _search(self, wanted: dict[str, Any]) -> dict[str, Any]:
        low, high = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        is_first = wanted["topics"] == TOPICS[0]["topics"]
        if self._most is not None and high - low + 1 > self._most:
            self.refused += [(low, high)] * is_first
            return {"error": {"code": -32005, "message": "query exceeds max block range"}}
        self.spans += [(low, high)] * is_first
        logs = [
            {"blockNumber": hex(number), "logIndex": "0x0", "topics": []}
            for number in range(low, high + 1)
            if number % self._every == 0 and is_first
        ]
        return {"result": logs}


def searched(blocks: Blocks, **changes: Any) -> list[Found]:
    rpc = Rpc(("http://127.0.0.1:1",), chain_id=CHAIN_ID, timeout_s=5.0)
    connect(rpc, blocks)
    head = Head(number=HEAD, hash=WORD, parent=WORD, timestamp_s=NOW_S, base_fee_wei=None)
    options: dict[str, Any] = {
        "since_s": 0,
        "filters": lambda _: TOPICS,
        "closing": lambda: False,
        "stride": OF_ONE,
    }
    return list(look_back(rpc, head, **(options | changes)))


def covered(blocks: Blocks) -> bool:
    """Say whether each block was searched once, the newest first."""
    numbers = [number for low, high in blocks.spans for number in range(high, low - 1, -1)]
    return numbers == list(range(HEAD, numbers[-1] - 1, -1))


def numbers(found: list[Found]) -> list[int]:
    return [int(log["blockNumber"], 16) for span in found for log in span.logs]


def test_all_blocks_are_searched_once_from_the_newest_on() -> None:
    blocks = Blocks()
    found = searched(blocks)

    assert covered(blocks)
    assert blocks.spans[0] == (HEAD - 4_999, HEAD)
    assert blocks.spans[-1][0] == 0
    assert sorted(numbers(found)) == list(range(0, HEAD + 1, 1_000))
    assert [len(span.of_filters) for span in found] == [2] * len(found)


def test_it_ends_at_the_first_block_that_is_wanted() -> None:
    blocks = Blocks()
    searched(blocks, first=HEAD - 7_000)

    assert blocks.spans == [(HEAD - 4_999, HEAD), (HEAD - 7_000, HEAD - 5_000)]


@pytest.mark.parametrize(("first", "last_span"), [(HEAD, HEAD), (HEAD - 5_000, HEAD - 5_000)])
def test_a_last_block_that_is_left_alone_is_searched_too(first: int, last_span: int) -> None:
    blocks = Blocks()
    searched(blocks, first=first)

    assert blocks.spans[-1] == (last_span, last_span)


def test_it_ends_where_blocks_are_old_enough() -> None:
    blocks = Blocks()
    found = searched(blocks, since_s=NOW_S - 6_000)

    assert blocks.spans[-1] == (HEAD - 9_999, HEAD - 5_000)
    assert found[-1].began_s == NOW_S - 9_999


def test_it_does_not_begin_where_the_head_is_too_old() -> None:
    blocks = Blocks()

    assert searched(blocks, since_s=NOW_S + 1) == []
    assert blocks.asked == 0


def test_it_ends_where_the_endpoint_has_no_older_block() -> None:
    blocks = Blocks(pruned=HEAD - 6_000)
    searched(blocks, since_s=1)

    assert blocks.spans[-1] == (HEAD - 9_999, HEAD - 5_000)


@pytest.mark.parametrize("most", [1_000, 300])
@pytest.mark.parametrize("stride", [OF_ONE, OF_ALL])
def test_a_span_that_is_too_wide_is_searched_in_smaller_ones(most: int, stride: Stride) -> None:
    blocks = Blocks(most=most)
    searched(blocks, stride=stride, first=HEAD - 6_000)

    assert covered(blocks)
    assert blocks.refused
    assert len(blocks.spans) <= 4 * 6_000 / most


def test_spans_grow_while_they_hold_few_events() -> None:
    blocks = Blocks()
    searched(blocks, stride=Stride(256, 2_048), first=HEAD - 6_000)

    sizes = [high - low + 1 for low, high in blocks.spans]
    assert sizes[:5] == [256, 512, 1_024, 2_048, 2_048]


def test_spans_do_not_grow_while_they_hold_many() -> None:
    blocks = Blocks(every=1)
    searched(blocks, stride=Stride(1_000, 8_000), first=HEAD - 2_999)

    assert [high - low + 1 for low, high in blocks.spans] == [1_000] * 3


def test_one_block_that_is_refused_is_no_chain() -> None:
    with pytest.raises(ChainUnavailable, match="no events: query exceeds"):
        searched(Blocks(most=0))


def test_filters_are_told_how_far_the_search_has_come() -> None:
    told: list[int] = []

    def filters(began_s: int) -> Any:
        told.append(began_s)
        return TOPICS

    searched(Blocks(), filters=filters, first=HEAD - 9_999)

    assert told == [NOW_S, NOW_S - 4_999]


def test_who_has_enough_asks_no_more() -> None:
    blocks = Blocks()
    rpc = Rpc(("http://127.0.0.1:1",), chain_id=CHAIN_ID, timeout_s=5.0)
    connect(rpc, blocks)
    head = Head(number=HEAD, hash=WORD, parent=WORD, timestamp_s=NOW_S, base_fee_wei=None)
    spans = look_back(
        rpc, head, since_s=0, filters=lambda _: TOPICS, closing=lambda: False, stride=OF_ONE
    )
    next(spans)

    assert len(blocks.spans) == 1


@pytest.mark.parametrize("whole", [True, False])
def test_a_search_that_is_cut_short_says_so(whole: bool) -> None:
    """Whoever took it for finished would never look for what it had not come to."""
    closing = iter([False, True])
    blocks = Blocks()

    with pytest.raises(ChainUnavailable, match=f"ended at block {HEAD - 5_000}"):
        searched(blocks, closing=lambda: next(closing), whole=whole)
    assert len(blocks.spans) == 1


def test_endless_blocks_end_a_search_that_must_be_whole() -> None:
    with pytest.raises(ChainUnavailable, match="ended at block"):
        searched(Blocks(), stride=Stride(1, 1))


def test_endless_blocks_end_another_search_too() -> None:
    blocks = Blocks()
    found = searched(blocks, stride=Stride(1, 1), whole=False)

    assert len(found) == MOST_SEARCHES
