"""Keep readings by rising boundaries until chain or broker has them: bounded, each once.

Registers rise with true time, so they tell which of two readings was taken under a wrong clock: the
one that stands later on the calendar with lower registers. It is never let in front of a true one,
and goes as soon as the chain has passed its registers. What goes without having been on the chain
is counted. Keeps nothing on disk, and sends nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from node.core.records import Reading, Registers

MOST_KEPT = 11 * 96
"""Eleven days of quarter hours: what the registry's ring holds by default."""
MOST_UNTOLD = 3 * MOST_KEPT
"""As many boundaries of each of a home's meters, for the broker."""
MOST_AT_ONCE = 96
"""The readings that one call of the registry takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spool:
    """Hold what waits, by rising boundaries, and how many readings were lost so far."""

    waiting: tuple[Reading, ...]
    dropped: int


EMPTY = Spool(waiting=(), dropped=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spools:
    """Hold what waits for the chain (of one meter), and what waits for the broker (of all)."""

    chain: Spool
    broker: Spool


def oldest_boundary(*spools: Spool) -> int | None:
    """Give the boundary of the oldest reading that waits in any of them."""
    return min((spool.waiting[0].boundary for spool in spools if spool.waiting), default=None)


def added(spool: Spool, reading: Reading, most: int) -> Spool:
    """Take a reading in; of two at one boundary the first stays, for its clock had not stepped.

    More than `most` drop the oldest, or, where the clock was set back, the one furthest ahead.
    """
    waiting, boundary = spool.waiting, reading.boundary
    if any(other.boundary == boundary and other.meter is reading.meter for other in waiting):
        return replace(spool, dropped=spool.dropped + 1)
    at = sum(other.boundary <= boundary for other in waiting)
    kept = (*waiting[:at], reading, *waiting[at:])
    if len(kept) <= most:
        return replace(spool, waiting=kept)
    kept = kept[1:] if at == len(waiting) else kept[:-1]
    return Spool(waiting=kept, dropped=spool.dropped + 1)


def restored(spool: Spool, readings: Collection[Reading]) -> Spool:
    """Take readings back in that were handed to the chain and are not on it after all."""
    known = {reading.boundary for reading in spool.waiting}
    for reading in readings:
        if reading.boundary not in known:
            spool = added(spool, reading, MOST_KEPT)
    return spool


def without(spool: Spool, readings: Collection[Reading], *, lost: bool) -> Spool:
    """Let readings go: the chain has them, or (`lost`) will never take them."""
    gone = set(readings)
    kept = tuple(reading for reading in spool.waiting if reading not in gone)
    lost_now = len(spool.waiting) - len(kept) if lost else 0
    return Spool(waiting=kept, dropped=spool.dropped + lost_now)


def compared(spool: Spool, newest: Reading) -> Spool:
    """Let go what the chain, whose newest reading is given, has already or can never take.

    Up to its boundary it takes nothing more: a reading there with higher registers than the
    chain's was never on it. Beyond, it takes no register that falls.
    """
    done: list[Reading] = []
    lost: list[Reading] = []
    for reading in spool.waiting:
        if reading.boundary <= newest.boundary:
            (done if _rises(reading.registers, newest.registers) else lost).append(reading)
        elif not _rises(newest.registers, reading.registers):
            lost.append(reading)
    return without(without(spool, done, lost=False), lost, lost=True)


def next_run(spool: Spool, reached: int, most: int) -> tuple[Reading, ...]:
    """Give the oldest readings that one call can take: consecutive, rising, at most `most`.

    `reached` is the newest boundary that the chain's own clock has come to.
    """
    run: list[Reading] = []
    for reading in spool.waiting:
        if reading.boundary > reached or len(run) == most or not _follows(run, reading):
            break
        run.append(reading)
    return tuple(run)


def _follows(run: Sequence[Reading], reading: Reading) -> bool:
    if not run:
        return True
    return reading.boundary == run[-1].boundary + 1 and _rises(run[-1].registers, reading.registers)


def _rises(one: Registers, other: Registers) -> bool:
    return one.import_milliwh <= other.import_milliwh and one.export_milliwh <= other.export_milliwh
