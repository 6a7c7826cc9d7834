"""`python -m bench NAME`: measure one thing on this machine, and print a table.

Each bench starts what it needs on free ports of the loopback interface (chain, broker, relay,
nodes), and leaves nothing running. Figures of time depend on the machine and on what else it does.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence

from bench import forecast, gas, loop, memory, relay, startup, storage, utility, welfare
from bench.report import Bars, Row, json_line, table
from node.terminal import run

RELAY_BARS = {
    ("start_to_open_port", "median"): 0.5,
    ("resident", "after start"): 45.0,
    ("readers", "p99"): 10.0,
}

BENCHES: dict[str, tuple[Callable[[bool], Iterable[Row]], Bars, str]] = {
    "loop": (
        loop.rows,
        loop.BARS,
        "settled sample to closed contact; the tick while the RPC hangs",
    ),
    "relay": (
        lambda _quick: relay.rows(),
        RELAY_BARS,
        "the relay server: start, size, readers, renewals",
    ),
    "gas": (gas.rows, gas.BARS, "every call of the contracts, beside the ancestor's"),
    "startup": (startup.rows, startup.BARS, "start to first sample and to open port; imports"),
    "memory": (
        memory.rows,
        memory.BARS,
        "size, slope and CPU of a home that trades for 30 minutes",
    ),
    "storage": (
        storage.rows,
        storage.BARS,
        "what a home writes to its card in a day: one hour times 24",
    ),
    "forecast": (
        forecast.rows,
        forecast.BARS,
        "what forecasts save over a year of a real street, beside a perfect one",
    ),
    "utility": (
        utility.rows,
        utility.BARS,
        "a utility's work in an interval, for 10 to 1,000 homes",
    ),
    "welfare": (welfare.rows, {}, "the auction's prices and value beside the exact optimum"),
}

ON_REAL_CLOCKS = frozenset({"loop", "relay", "startup", "memory", "storage", "utility"})
"""The benches that start programs; the others count gas, or reckon."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one bench; give the exit status, which says nothing about the figures."""
    options = _parser().parse_args(arguments)
    measure, bars, _ = BENCHES[options.name]
    found = []
    for one in measure(options.quick):
        if options.json:
            print(json_line(one), flush=True)
        found.append(one)
    if not options.json:
        print(table(found, bars))
        if options.name in ON_REAL_CLOCKS:
            print("All programs were on the machine's own clocks: nobody handed out time.")
    return 0


def _parser() -> argparse.ArgumentParser:
    names = "\n".join(f"  {name:<8} {sentence}" for name, (_, _, sentence) in BENCHES.items())
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=f"{__doc__}\nbenches:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=tuple(BENCHES), metavar="NAME", help="which bench")
    parser.add_argument(
        "--json",
        action="store_true",
        help="one object a line: bench, case, n, metric, value, unit",
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds: to see that it works, not to compare"
    )
    return parser


if __name__ == "__main__":
    sys.exit(run(main))
