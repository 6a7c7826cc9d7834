"""Measure what a utility does for one interval of 15 minutes, and what it costs for each home.

One process of the utility, with its real chain, broker and relay host; the homes' agents are
played (see `utility_street`). Chain time is driven on between the steps, so that what is measured
is the work and not the waiting.
"""

from collections.abc import Iterator, Sequence
from statistics import median

from bench.node.utility_street import Worked, utility_street
from bench.report import Row, row

HOMES, QUICK_HOMES = (10, 100, 1_000), (10, 50)
INTERVALS = 3
"""Played after a first one, in which what is stored is new and dearer."""

_MOST = "1,000 homes"
_RATIO = "1,000 homes over 100"
BARS = {
    (_MOST, "gate to all told"): 60.0,
    (_MOST, "all work, seconds"): 90.0,
    (_RATIO, "cpu per home"): 1.0,
    (_RATIO, "gas per home"): 1.0,
}
"""Delivery begins a minute after the gate, and a tenth of the interval leaves room."""


def rows(quick: bool, seed: int) -> Iterator[Row]:
    """Play streets of rising size; the books of each must close to the unit."""
    costs: dict[int, tuple[float, float]] = {}
    for homes in QUICK_HOMES if quick else HOMES:
        worked = play(homes, 1 if quick else INTERVALS, seed)
        costs[homes] = _cost_per_home(worked, homes)
        yield from _rows_of(worked, homes)
    if not quick:
        for at, metric in enumerate(("cpu per home", "gas per home")):
            yield row("utility", _RATIO, INTERVALS, metric, costs[1_000][at] / costs[100][at], "1")


def play(homes: int, intervals: int, seed: int) -> list[Worked]:
    """Play a first interval and some more; give the latter.

    Raises:
        AssertionError: a step was not done in time, or a home's money is not what the rule says.
    """
    with utility_street(homes, seed) as street:
        street.play()
        worked = [street.play() for _ in range(intervals)]
        street.host.check_books()
    return worked


def _rows_of(worked: Sequence[Worked], homes: int) -> Iterator[Row]:
    case, n = f"{homes:,} homes", len(worked)
    all_work_s = max(one.told_s + one.settled_s for one in worked)
    cpu_s, gas = _cost_per_home(worked, homes)
    yield row("utility", case, n, "pairing", max(one.parts for one in worked), "parts")
    yield row("utility", case, n, "gate to cleared", max(one.cleared_s for one in worked), "s")
    yield row("utility", case, n, "gate to all told", max(one.told_s for one in worked), "s")
    yield row("utility", case, n, "readings to settled", max(w.settled_s for w in worked), "s")
    yield row("utility", case, n, "all work, seconds", all_work_s, "s")
    yield row("utility", case, n, "cpu", median(one.cpu_s for one in worked), "s")
    yield row("utility", case, n, "cpu per home", 1_000 * cpu_s, "ms")
    yield row("utility", case, n, "resident", max(one.resident_mb for one in worked), "MB")
    yield row("utility", case, n, "gas", median(one.gas for one in worked), "gas")
    yield row("utility", case, n, "gas per home", gas, "gas")


def _cost_per_home(worked: Sequence[Worked], homes: int) -> tuple[float, float]:
    return median(w.cpu_s for w in worked) / homes, median(w.gas for w in worked) / homes
