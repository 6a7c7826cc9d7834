"""JSON of anybody's: what is too deep is refused before the parser follows it."""

import gc
import sys

import pytest

from node.core.wire.json_text import MOST_DEPTH, read_json

HIDDEN = '{"a]": ["\\"]", '
WIDE = "[" + ", ".join(['{"a": [1, "[["]}'] * 1_000) + "]"


@pytest.mark.parametrize("text", ["{}", "[" * 90 + "]" * 90, WIDE, WIDE.encode(), b"\xef\xbb\xbf7"])
def test_what_is_no_deeper_than_the_bound_is_read(text):
    assert read_json(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "[" * 300,
        "[" * 300 + "]" * 300,
        '{"a":[' * 300 + "]}" * 300,
        (HIDDEN * 300).encode(),
        '{"a": "\\\\", "b": [' * 300,
        "[" * 300 + "}" * 300,
        "[" * 1_000_000,
    ],
)
def test_what_is_deeper_is_refused_by_its_depth(text):
    with pytest.raises(ValueError, match=f"nested more than {MOST_DEPTH} deep"):
        read_json(text)


@pytest.mark.parametrize("text", ["", "{", b"\xff", b'"\xed\xa0\x80"', '{"a": 1'.encode("utf-16")])
def test_what_is_no_json_is_a_value_error(text):
    with pytest.raises(ValueError):
        read_json(text)


def test_no_finalizer_runs_on_a_stack_that_is_nearly_full():
    ended = []

    def need_a_stack(phase: str, _info: object) -> None:
        if phase == "stop":
            ended.append(sum_to(600))

    def sum_to(count: int) -> int:
        return count and count + sum_to(count - 1)

    thresholds, limit = gc.get_threshold(), sys.getrecursionlimit()
    gc.callbacks.append(need_a_stack)
    gc.set_threshold(20)
    sys.setrecursionlimit(1_000)
    try:
        with pytest.raises(ValueError, match="nested"):
            read_json("[" * 5_000)
        read_json("[" * MOST_DEPTH + "]" * MOST_DEPTH)
    finally:
        gc.set_threshold(*thresholds)
        sys.setrecursionlimit(limit)
        gc.callbacks.remove(need_a_stack)

    assert ended
