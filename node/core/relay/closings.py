"""Bound how often a connection closes within an hour, whoever asks: a contact wears with each.

Opening is never counted and never refused.
"""

from collections.abc import Iterable, Mapping

from node.core.errors import Refusal

HOUR_S = 3600.0

Closings = Mapping[int, tuple[float, ...]]
"""By connection, the instants of its closings within the last hour."""


def refusal(closings: Closings, closing: Iterable[int], most: int, now_s: float) -> Refusal | None:
    """Say which of the connections that would close now has done so too often, if one has."""
    for number in sorted(closing):
        recent = _recent(closings, number, now_s)
        if len(recent) >= most:
            wait_s = recent[-most] + HOUR_S - now_s
            return Refusal(
                name="ClosedTooOften",
                sentence=(
                    f"connection {number} has closed {most} times within an hour;"
                    f" again in {wait_s:.0f} s"
                ),
            )
    return None


def noted(closings: Closings, closing: Iterable[int], now_s: float) -> Closings:
    """Count a closing of each of these connections."""
    fresh = {number: (*_recent(closings, number, now_s), now_s) for number in closing}
    return {**closings, **fresh}


def _recent(closings: Closings, number: int, now_s: float) -> tuple[float, ...]:
    return tuple(at_s for at_s in closings.get(number, ()) if at_s > now_s - HOUR_S)
