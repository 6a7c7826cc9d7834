"""Measure starts: a node to its first sample, a relay server to its open port, and the imports.

The node runs on a whole street (chain, broker, relay), so that nothing it would load is missing.
The sides are measured in turn, and each figure is the median.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.node.street import BUYER, BenchSettings, BenchStreet, until
from bench.report import Row, row, statistics_of

BARS = {
    ("node to first sample", "median"): 2.0,
    ("relay to open port", "median"): 0.5,
}

STARTS, QUICK_STARTS = 7, 3
IMPORTS = {
    "nothing": "pass",
    "node": "import node.home.app, node.parameters",
    "node's chain": "import node.ledger.engine",
    "relay server": "import relay_server.server",
}
"""What a process that does only this loads; the ledger's thread loads its part after the start."""

_DEADLINE_S = 30.0
_METRICS = ("min", "median", "max")


def rows(quick: bool) -> Iterator[Row]:
    """Start everything so many times, in turn."""
    starts = QUICK_STARTS if quick else STARTS
    spans: dict[str, list[float]] = {}
    with BenchStreet(BenchSettings(buyer={}, seller={})) as street:
        street.buyer.soc_pct = 90.0
        _node_s(street)  # not counted: it makes the journal, and warms the disk's cache
        for _ in range(starts):
            measured = {
                "node to first sample": _node_s(street),
                "relay to open port": _relay_s(street),
                **{f"import {name}": _import_s(code) for name, code in IMPORTS.items()},
            }
            for case, span_s in measured.items():
                spans.setdefault(case, []).append(span_s)
    for case, values in spans.items():
        yield from statistics_of("startup", case, values, "s", _METRICS)
    ratio = statistics.median(spans["import node"]) / statistics.median(spans["import nothing"])
    yield row("startup", "import node / nothing", starts, "median", ratio, "1")


def _node_s(street: BenchStreet) -> float:
    """Start a node; give the seconds until its gauge was read."""
    before, began_s = len(street.buyer.reads), time.monotonic()
    street.start_home(BUYER)
    try:
        until(lambda: len(street.buyer.reads) > before, "the first sample", _DEADLINE_S)
        return street.buyer.reads[before].at_s - began_s
    finally:
        street.stop(BUYER)


def _relay_s(street: BenchStreet) -> float:
    street.stop("relay")
    began_s = time.monotonic()
    street.start_relay()
    return time.monotonic() - began_s


def _import_s(code: str) -> float:
    began_s = time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.monotonic() - began_s
