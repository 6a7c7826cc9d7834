"""How much of the chain is searched at once: less after a refusal, and more again later."""

import pytest

from node.core.errors import ChainUnavailable
from node.ledger.chain.spans import Spans


def borne(spans: Spans, since: int, head: int) -> list[int]:
    """Search to the head, nothing of it being refused; give how many blocks each span has."""
    found = []
    while since <= head:
        until = spans.until(since, head)
        spans.bear(since, until)
        found.append(until - since + 1)
        since = until + 1
    return found


def test_a_refused_span_is_halved_down_to_one_block() -> None:
    spans = Spans()
    spans.halve(1, 7, ValueError("too wide"))
    assert spans.until(1, 100) == 3
    spans.halve(1, 3, ValueError("too wide"))

    assert spans.until(1, 100) == 1
    with pytest.raises(ChainUnavailable, match="too wide"):
        spans.halve(1, 1, ValueError("too wide"))


def test_what_was_refused_once_does_not_stay() -> None:
    """A busy endpoint refuses a search of one block, too, and then answers as before."""
    spans = Spans()
    spans.halve(1, 2, ValueError("busy"))

    assert borne(spans, 1, 24 + 1) == [1] * 8 + [2] * 8 + [1]
    for _ in range(200):
        spans.bear(1, spans.until(1, 10**6))
    assert spans.until(1, 10**6) == 4_096


def test_the_few_blocks_of_each_look_say_nothing_of_more() -> None:
    spans = Spans()
    spans.halve(1, 8, ValueError("too wide"))

    assert borne(spans, 1, 1) * 100 == [1] * 100
    for block in range(100):
        spans.bear(block, block)
    assert spans.until(1, 100) == 4
