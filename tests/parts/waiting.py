"""Wait for what other processes and threads do: on a condition, never longer than a deadline."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

WITHIN_S = 200.0
"""A guard against hanging and no measure: ten times what anything takes on a quiet machine."""

Found = TypeVar("Found")


def until(
    condition: Callable[[], Found | None], what: str = "it happens", deadline_s: float = WITHIN_S
) -> Found:
    """Wait until a condition gives something true, and give that; never less than the guard.

    Raises:
        AssertionError: it did not within the deadline.
    """
    ends_s = time.monotonic() + max(deadline_s, WITHIN_S)
    while not (found := condition()):
        _ensure_before(ends_s, deadline_s, what)
        time.sleep(0.01)
    return found


async def until_on_loop(
    condition: Callable[[], object], what: str, deadline_s: float = WITHIN_S
) -> None:
    """Wait until a condition gives something true, while the loop goes on, likewise.

    Raises:
        AssertionError: it did not within the deadline.
    """
    ends_s = time.monotonic() + max(deadline_s, WITHIN_S)
    while not condition():
        _ensure_before(ends_s, deadline_s, what)
        await asyncio.sleep(0.005)


def _ensure_before(ends_s: float, deadline_s: float, what: str) -> None:
    assert time.monotonic() < ends_s, f"not within {max(deadline_s, WITHIN_S):g} s: {what}"
