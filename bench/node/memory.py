"""Measure what a home's node holds and takes while it trades: size, its slope, and CPU time.

Every parameter but the dwell has its default: one sample a second, blocks of one second. The
buyer's battery goes down and up again every few minutes, so that it buys, draws, buys again and
goes back to its own source, and its seller delivers and redeems.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

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
from bench.report import Row, row, slope_per_hour
from node.core.units import TOKEN

SPAN_S, QUICK_SPAN_S = 3600.0, 60.0
WARM_UP_S, QUICK_WARM_UP_S = 1800.0, 12.0
"""How long the homes trade, and after how long the slope is measured."""
HALF_CYCLE_S, QUICK_HALF_CYCLE_S = 90.0, 10.0
"""How long the battery is low, and then high."""
LOAD_A = 0.5
"""Six watts at a thousandth of a home's scale: an order lasts a minute, and needs a successor."""

BARS = {
    ("buyer", "resident"): 90.0,
    ("buyer", "slope"): 0.5,
    ("buyer", "cpu"): 3.0,
    ("seller", "resident"): 90.0,
    ("seller", "slope"): 0.5,
    ("seller", "cpu"): 3.0,
}

SETTINGS = BenchSettings(
    buyer={"node": {"min_dwell_s": 5, "delta": 0.05}},
    seller={"node": {"offer": {"price": PRICE_PER_KWH / TOKEN, "least_wh": 0.01}}},
)

_DEADLINE_S = 60.0
_SAMPLE_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Usage:
    """Hold one look at a process: seconds since the start, megabytes, CPU seconds so far."""

    at_s: float
    resident_mb: float
    cpu_s: float


def rows(quick: bool) -> Iterator[Row]:
    """Let two homes trade for an hour, or a minute."""
    span_s = QUICK_SPAN_S if quick else SPAN_S
    warm_up_s = QUICK_WARM_UP_S if quick else WARM_UP_S
    with BenchStreet(SETTINGS) as street:
        street.buyer.soc_pct = HIGH_PCT
        street.draw(LOAD_A)
        names = (SELLER, BUYER)
        for name in names:
            street.start_home(name)
        until(lambda: all(street.homes[name].reads for name in names), "samples", _DEADLINE_S)
        usages = _trade(street, span_s, QUICK_HALF_CYCLE_S if quick else HALF_CYCLE_S)
        orders = street.last_order()
    yield row("memory", "trading", orders, "orders", orders, "1")
    for name, found in usages.items():
        yield from _rows_of(name, found, warm_up_s)


def _trade(street: BenchStreet, span_s: float, half_s: float) -> dict[str, list[_Usage]]:
    """Let the battery go down and up; look at both nodes every second."""
    names = (BUYER, SELLER)
    processes = {name: psutil.Process(street.processes.pid_of(name)) for name in names}
    usages: dict[str, list[_Usage]] = {name: [] for name in names}
    began_s = time.monotonic()
    while (at_s := time.monotonic() - began_s) < span_s:
        street.buyer.soc_pct = LOW_PCT if at_s // half_s % 2 == 0 else HIGH_PCT
        for name, process in processes.items():
            times = process.cpu_times()
            usages[name].append(
                _Usage(
                    at_s=at_s,
                    resident_mb=process.memory_info().rss / 1e6,
                    cpu_s=times.user + times.system,
                )
            )
        time.sleep(_SAMPLE_EVERY_S)
    return usages


def _rows_of(case: str, usages: list[_Usage], warm_up_s: float) -> Iterator[Row]:
    warm = [usage for usage in usages if usage.at_s >= warm_up_s]
    first, last = warm[0], warm[-1]
    share_pct = 100 * (last.cpu_s - first.cpu_s) / (last.at_s - first.at_s)
    slope = slope_per_hour([(usage.at_s, usage.resident_mb) for usage in warm])
    yield row("memory", case, len(usages), "resident at the start", usages[0].resident_mb, "MB")
    yield row("memory", case, len(usages), "resident after the warm-up", first.resident_mb, "MB")
    yield row("memory", case, len(usages), "resident", last.resident_mb, "MB")
    yield row("memory", case, len(warm), "slope", slope, "MB/h")
    yield row("memory", case, len(warm), "cpu", share_pct, "% of a core")
