"""Post the price in use by what a source says, again and again, within bounds.

A price is posted when it is another one than the one in use, or the one in use grows old. What is
out of bounds, old, or of the future is not posted, and neither is anything where the source does
not answer: then the price in use stays and grows old, which whoever reads it sees by its time.
Each change of what is wrong is said, once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from contracts.price_source import Heard
from node.core.errors import Refused, TransientError
from node.core.units import format_tokens
from node.ledger.operator.transact import SentNotSeen
from node.system.words import told

MOST_AHEAD_S = 60.0
"""How far a source's clock may be ahead of ours."""


class Source(Protocol):
    """Say a price, with its time."""

    def ask(self) -> Heard:
        """Give what is said now, or raise `OSError` or `ValueError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Say between which prices one is posted (base units per kilowatt-hour), how old it may be, and
    how old the one in use may grow before the same is posted again, in seconds."""

    least_per_kwh: int
    most_per_kwh: int
    max_age_s: float
    renew_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """Hold the price in use, and when it was posted."""

    price_per_kwh: int
    posted_at_s: float


def trouble_with(heard: Heard, now_s: float, bounds: Bounds) -> str | None:
    """Say in one sentence why a price is not posted; None if it may be."""
    price = format_tokens(heard.price_per_kwh)
    if not bounds.least_per_kwh <= heard.price_per_kwh <= bounds.most_per_kwh:
        least, most = format_tokens(bounds.least_per_kwh), format_tokens(bounds.most_per_kwh)
        return f"{price} per kWh is not from {least} (--least-price) to {most} (--most-price)"
    if heard.at_s > now_s + MOST_AHEAD_S:
        return f"{price} per kWh is of {heard.at_s - now_s:.0f} s from now"
    if now_s - heard.at_s > bounds.max_age_s:
        age = f"{now_s - heard.at_s:.0f} s old"
        return f"{price} per kWh is {age}, above {bounds.max_age_s:.0f} s (--max-age)"
    return None


def is_due(heard: Heard, in_use: InUse | None, now_s: float, bounds: Bounds) -> bool:
    """Tell whether a price is to be posted: it is another one, or the one in use has grown old."""
    if in_use is None or in_use.price_per_kwh != heard.price_per_kwh:
        return True
    return now_s - in_use.posted_at_s >= bounds.renew_s


class Poster:
    """Look at a source and at the price in use, and post; `look` tells, and does not raise, where
    anything of the world's is wrong."""

    def __init__(
        self,
        source: Source,
        in_use: Callable[[], InUse | None],
        post: Callable[[int], None],
        bounds: Bounds,
        tell: Callable[[str], None],
    ) -> None:
        self._source = source
        self._in_use = in_use
        self._post = post
        self._bounds = bounds
        self._tell = tell
        self._said: str | None = None

    def look(self, now_s: float) -> bool:
        """Look once; tell whether the price in use is what the source says."""
        try:
            heard = self._source.ask()
            wrong = trouble_with(heard, now_s, self._bounds)
        except (OSError, ValueError) as error:
            wrong = told(error)
        if wrong is not None:
            return self._say(f"nothing is posted: {wrong}")
        try:
            if is_due(heard, self._in_use(), now_s, self._bounds):
                self._post(heard.price_per_kwh)
                self._tell(f"posted: {format_tokens(heard.price_per_kwh)} per kWh")
        except (Refused, TransientError, SentNotSeen, OSError) as error:
            return self._say(f"not posted, and tried again: {told(error)}")
        self._said = None
        return True

    def _say(self, sentence: str) -> bool:
        # The same again and again is one thing; what is else, as an age that rises, begins alike.
        head = sentence.partition(" s old")[0].rstrip("0123456789")
        if head != self._said:
            self._tell(sentence)
        self._said = head
        return False
