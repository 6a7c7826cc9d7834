"""Judge whether contacts follow their commands, where a feedback pin tells what they do.

A contact that differs from its command for the settle time is stuck. Stuck closed, it bars every
connection that shares a load, a source or a pole with one of its own, until it opens: electrically
nobody knows any more what feeds what. Stuck open, it bars its own connections for a pause, as half
a connection leaves a load on no source; then it may be tried again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from node.core.relay.board import Wiring, touching

RETRY_AFTER_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """Hold what was commanded and what is observed, and since when they differ.

    `sensed` are the channels with a feedback pin, `observed` those of them that conduct.
    `failed` are the channels that did not close, each until when it is not tried again. Each
    mapping is replaced, never changed. Spans and instants are monotonic seconds.
    """

    settle_s: float
    sensed: frozenset[int]
    commanded: frozenset[int]
    observed: frozenset[int]
    differs_since_s: Mapping[int, float]
    welded: frozenset[int]
    failed: Mapping[int, float]


def unseen(sensed: frozenset[int], settle_s: float) -> Feedback:
    """Start with every contact commanded open, and nothing observed yet."""
    return Feedback(
        settle_s=settle_s,
        sensed=sensed,
        commanded=frozenset(),
        observed=frozenset(),
        differs_since_s={},
        welded=frozenset(),
        failed={},
    )


def look(
    state: Feedback, commanded: frozenset[int], observed: frozenset[int], now_s: float
) -> Feedback:
    """Compare what conducts now with what is commanded now."""
    commanded = commanded & state.sensed
    # A new command has the whole settle time, whatever was the matter with the one before.
    waiting = state.differs_since_s.keys() - (commanded ^ state.commanded)
    since_s = {
        channel: state.differs_since_s[channel] if channel in waiting else now_s
        for channel in sorted(commanded ^ observed)
    }
    stuck = frozenset(c for c, at_s in since_s.items() if now_s - at_s >= state.settle_s)
    proven = commanded & observed
    failed = {c: until_s for c, until_s in state.failed.items() if c not in proven}
    again = {c for c in stuck & commanded if failed.get(c, now_s) <= now_s}
    return replace(
        state,
        commanded=commanded,
        observed=observed,
        differs_since_s=since_s,
        welded=stuck - commanded,
        failed=failed | dict.fromkeys(sorted(again), now_s + RETRY_AFTER_S),
    )


def stuck(state: Feedback) -> Mapping[int, str]:
    """Say which channels are stuck, each in one plain sentence without running numbers."""
    closed = {c: f"channel {c} is stuck closed: told to open, it conducts" for c in state.welded}
    opened = {
        c: f"channel {c} is stuck open: told to close, it did not conduct"
        for c in state.failed.keys() - state.welded
    }
    return dict(sorted((closed | opened).items()))


def barred(state: Feedback, wiring: Wiring, now_s: float) -> Mapping[int, frozenset[int]]:
    """Say which connections may not close now, each with the stuck channels that bar it."""
    resting = {channel for channel, until_s in state.failed.items() if until_s > now_s}
    bars: dict[int, frozenset[int]] = {}
    for number, connection in enumerate(wiring.connections):
        near = touching(wiring, number)
        by = (state.welded & near) | (resting & set(connection.channels))
        if by:
            bars[number] = frozenset(by)
    return bars
