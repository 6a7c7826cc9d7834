"""Measure what a home writes to its card in a day: one real hour, times 24.

Every parameter has its default (`clock.speed` 1, intervals of 900 s), blocks of one second. Once in
the hour, so 24 times a day, the buyer's battery is low for three minutes: it buys, draws and goes
back, and its seller delivers and redeems. Both report each boundary on the chain.

Counted is `write_bytes` of /proc/PID/io: whole pages of 4,096 bytes that the process made dirty in
any file, each time anew after an fsync or the kernel's own write-back. That holds the journal's
write-ahead log with its frame headers, the pages that a checkpoint copies, every other file of the
home, and the file system's blocks that the process itself changes; it does not hold the log, which
goes to the journal daemon, nor what ext4's own thread adds for an fsync. For that the commits are
counted too, in the frames of the write-ahead log itself: each is at most one fsync. Every 256
frames, in some six hours, SQLite copies the log into its file, about 60 kB; an hour may hold none
of that.

A fault that puts a home to rest writes a flight record, some 180 kB; an hour that holds one is not
like 23 others, so its records are told apart.

With `quick` the span is three minutes at rest, scaled: it shows that it works, and whether a home
that does nothing keeps quiet.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from bench.node.street import (
    BUYER,
    HIGH_PCT,
    LOW_PCT,
    PRICE_PER_KWH,
    SELLER,
    BenchSettings,
    BenchStreet,
    until,
)
from bench.node.wal import WalCount
from bench.report import Row, row
from node.core.units import TOKEN
from node.state.journal import JOURNAL_NAME
from node.state.records import RECORDS_NAME

SPAN_S, QUICK_SPAN_S = 3600.0, 180.0
LOW_FROM_S, LOW_UNTIL_S = 600.0, 780.0
"""When the buyer's battery is low, in seconds of the span; outside it, it is well."""
LOAD_A = 0.5
DAY_S = 86_400.0

BARS = {("buyer", "written a day"): 3.5, ("seller", "written a day"): 3.5}

SETTINGS = BenchSettings(
    buyer={}, seller={"node": {"offer": {"price": PRICE_PER_KWH / TOKEN, "least_wh": 0.01}}}
)

_NAMES = (SELLER, BUYER)
_DEADLINE_S = 60.0
_SETTLE_S = 15.0
"""After the first samples: what is written once a start, not once an hour."""
_LOOK_EVERY_S = 0.5


def rows(quick: bool) -> Iterator[Row]:
    """Let two homes live for an hour, or three minutes."""
    yield from rows_over(QUICK_SPAN_S if quick else SPAN_S)


def rows_over(span_s: float) -> Iterator[Row]:
    """Let two homes live for a span, and scale what they write to a day."""
    with BenchStreet(SETTINGS) as street:
        street.buyer.soc_pct = HIGH_PCT
        street.draw(LOAD_A)
        for name in _NAMES:
            street.start_quiet_home(name)
        until(lambda: all(street.homes[name].reads for name in _NAMES), "samples", _DEADLINE_S)
        time.sleep(_SETTLE_S)
        before = {name: written_bytes(street.processes.pid_of(name)) for name in _NAMES}
        counts = _live(street, span_s)
        after = {name: written_bytes(street.processes.pid_of(name)) for name in _NAMES}
        orders = street.last_order()
        recorded = {name: _recorded_bytes(street.state_of(name)) for name in _NAMES}
    yield row("storage", "trading", orders, "orders", orders, "1")
    a_day = DAY_S / span_s
    for name, count in counts.items():
        written_mb = (after[name] - before[name]) * a_day / 1e6
        yield row("storage", name, 1, "written a day", written_mb, "MB")
        yield row("storage", name, count.commits, "commits a day", count.commits * a_day, "1")
        frames_mb = count.frame_bytes * a_day / 1e6
        yield row("storage", name, count.frames, "journal frames a day", frames_mb, "MB")
        flights = recorded[name]
        yield row("storage", name, len(flights), "flight records", sum(flights) / 1e6, "MB")


def written_bytes(pid: int) -> int:
    """Read how many bytes a process has made dirty in files.

    Raises:
        OSError: it is gone, or not ours.
    """
    lines = Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines()
    counts = dict(line.split(": ") for line in lines)
    return int(counts["write_bytes"])


def _recorded_bytes(state: Path) -> tuple[int, ...]:
    return tuple(file.stat().st_size for file in (state / RECORDS_NAME).glob("*"))


def _live(street: BenchStreet, span_s: float) -> dict[str, WalCount]:
    """Let the span pass; look at both journals often enough to miss no reset of their logs."""
    counts = {name: WalCount(street.state_of(name) / f"{JOURNAL_NAME}-wal") for name in _NAMES}
    began_s = time.monotonic()
    while (at_s := time.monotonic() - began_s) < span_s:
        is_low = LOW_FROM_S <= at_s < LOW_UNTIL_S
        street.buyer.soc_pct = LOW_PCT if is_low else HIGH_PCT
        for count in counts.values():
            count.look()
        time.sleep(_LOOK_EVERY_S)
    return counts
