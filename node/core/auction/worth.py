"""What a home remembers of what trading has brought over its contacts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Hold an interval that is delivered now: what was paired in it, with whom, and what flowed.

    `is_whole` says that it was watched from its beginning, `exported_milliwh` what the connection
    had exported at the last look.
    """

    interval: int
    is_whole: bool
    paired_milliwh: int
    moved_milliwh: int
    partners: tuple[str, ...]
    exported_milliwh: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """Hold how many intervals in a row brought nothing, and the pause that followed.

    Nothing is ordered before the interval `pause_until`; `pause` is how long the newest pause is,
    in intervals, and `wires_hash` names the wires under which it began.
    """

    watched: Watched | None
    fruitless: int
    pause: int
    pause_until: int
    because: str
    wires_hash: bytes | None


UNWATCHED = Worth(watched=None, fruitless=0, pause=0, pause_until=0, because="", wires_hash=None)
"""Nothing is known yet, and nothing pauses."""
