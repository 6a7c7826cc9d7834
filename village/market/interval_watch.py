"""Watch each interval: cleared and paired before its delivery, and contacts that follow it.

Takes what anybody sees: the result's block, the pairing as it is published, and each move of a
contact as the relay announces it. Decides nothing and touches nothing.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from village.market.scenes import HONEST, Scene

Pair = tuple[str, str]
"""A load and the source that feeds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Hold for how long a load hung on a source, in calendar seconds."""

    pair: Pair
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Hold what was seen of one interval.

    The two leads are calendar seconds before delivery (below 0: late; None: never). `parts` of the
    right pairing can be drawn over a wire, `followed` are those whose contact closed; `closed` has
    every pair whose contact did. `astray` is how long contacts were closed in it that nothing
    licensed, in calendar seconds.
    """

    interval: int
    orders: int
    cleared_lead_s: float | None
    paired_lead_s: float | None
    parts: int
    followed: int
    closed: frozenset[Pair]
    astray: Mapping[Pair, float]

    def is_on_time(self, scene: Scene = HONEST) -> bool:
        """Tell whether it was cleared and paired before its delivery, where it had orders."""
        leads = ((self.cleared_lead_s, scene.clears), (self.paired_lead_s, scene.publishes))
        due = [lead_s for lead_s, is_due in leads if is_due]
        return not self.orders or all(lead_s is not None and lead_s > 0 for lead_s in due)


@dataclass(slots=True)
class IntervalWatch:
    """Collect what happens to the intervals; instants are calendar seconds."""

    interval_s: int
    _cleared_s: dict[int, float] = field(default_factory=dict)
    _paired_s: dict[int, float] = field(default_factory=dict)
    _parts: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    _spans: list[Span] = field(default_factory=list)
    _closed: dict[Pair, float] = field(default_factory=dict)

    def cleared(self, interval: int, at_s: float) -> None:
        """Take a result's block."""
        self._cleared_s.setdefault(interval, at_s)

    def paired(self, said: Mapping[str, Any], at_s: float) -> None:
        """Take a published pairing; a newer one of the same interval replaces it."""
        interval = int(said["interval"])
        self._paired_s.setdefault(interval, at_s)
        self._parts[interval] = list(said["parts"])

    def published(self, intervals: Collection[int]) -> Mapping[int, list[dict[str, Any]]]:
        """Give the newest published parts of those intervals that have some pairing."""
        return {at: parts for at, parts in self._parts.items() if at in intervals}

    def moved(self, closed: Collection[Pair], at_s: float) -> None:
        """Take which contacts are closed from now on."""
        for pair in set(self._closed) - set(closed):
            start_s = self._closed.pop(pair)
            self._spans.append(Span(pair=pair, start_s=start_s, end_s=at_s))
        for pair in set(closed) - set(self._closed):
            self._closed[pair] = at_s

    def end(self, at_s: float) -> None:
        """Let every contact that is still closed be open now."""
        self.moved((), at_s)

    def closed_in(self, pair: Pair, since_s: float, until_s: float) -> dict[int, float]:
        """Give for how long a pair's contact was closed within a span, by interval."""
        spans = [span for span in self._spans if span.pair == pair]
        if pair in self._closed:
            spans.append(Span(pair=pair, start_s=self._closed[pair], end_s=until_s))
        found: dict[int, float] = {}
        for span in spans:
            start_s, end_s = max(span.start_s, since_s), min(span.end_s, until_s)
            while start_s < end_s:
                interval = int(start_s // self.interval_s)
                next_s = min(end_s, float((interval + 1) * self.interval_s))
                found[interval] = found.get(interval, 0.0) + next_s - start_s
                start_s = next_s
        return found

    def last_closed_s(self, pair: Pair, now_s: float) -> float:
        """Give when a pair's contact was closed last: now, if it never was."""
        ends = [span.end_s for span in self._spans if span.pair == pair]
        return now_s if pair in self._closed or not ends else ends[-1]

    def check(
        self,
        intervals: Collection[int],
        orders: Mapping[int, Collection[str]],
        licensed: Mapping[int, Collection[Pair]],
        sold: Collection[tuple[Pair, int]],
    ) -> Iterator[Checked]:
        """Judge intervals.

        `orders` names the homes with an order in each, `licensed` the pairs that its fills and the
        wires make, `sold` those that drew on orders of the sale in an interval.
        """
        for interval in intervals:
            start_s = interval * self.interval_s
            pairs = set(licensed.get(interval, ()))
            trades = set(orders.get(interval, ()))
            on_sale = {p for p, at in sold if at == interval and not trades & set(p)}
            spans = self._within(start_s, start_s + self.interval_s)
            astray: dict[Pair, float] = {}
            for span in spans:
                if span.pair not in pairs | on_sale:
                    astray[span.pair] = astray.get(span.pair, 0.0) + span.end_s - span.start_s
            yield Checked(
                interval=interval,
                orders=len(trades),
                cleared_lead_s=_lead(start_s, self._cleared_s.get(interval)),
                paired_lead_s=_lead(start_s, self._paired_s.get(interval)),
                parts=len(pairs),
                followed=len(pairs & {span.pair for span in spans}),
                closed=frozenset(span.pair for span in spans),
                astray=astray,
            )

    def _within(self, start_s: float, end_s: float) -> list[Span]:
        return [
            Span(pair=s.pair, start_s=max(s.start_s, start_s), end_s=min(s.end_s, end_s))
            for s in self._spans
            if s.start_s < end_s and s.end_s > start_s
        ]


def _lead(start_s: float, at_s: float | None) -> float | None:
    return None if at_s is None else start_s - at_s
