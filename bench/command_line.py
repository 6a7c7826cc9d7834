"""`python -m bench NAME`: measure one thing on this machine, and print a table.

Each bench starts what it needs on free ports of the loopback interface (chain, broker, relay,
nodes), and leaves nothing running. Figures of time depend on the machine and on what else it does.
"""

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench import relay
from bench.chain import gas
from bench.community import month
from bench.market import forecast, welfare
from bench.node import loop, memory, page, startup, storage, utility
from bench.report import Bars, Row, json_line, table
from node.system.version import add_version
from node.system.words import called

RELAY_BARS = {
    ("start_to_open_port", "median"): 0.5,
    ("resident", "after start"): 45.0,
    ("readers", "p99"): 10.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Hold how a bench is run, what its figures must keep to, and what it measures.

    `seed` is the one that draws its workload where none is given; None where nothing is drawn.
    """

    measure: Callable[[bool, int], Iterable[Row]]
    bars: Bars
    sentence: str
    seed: int | None = None


BENCHES = {
    "loop": Bench(
        measure=loop.rows,
        bars=loop.BARS,
        sentence="settled sample to closed contact; the tick while the RPC hangs",
        seed=2,
    ),
    "relay": Bench(
        measure=lambda _quick, _seed: relay.rows(),
        bars=RELAY_BARS,
        sentence="the relay server: start, size, readers, renewals",
    ),
    "gas": Bench(
        measure=gas.rows,
        bars=gas.BARS,
        sentence="every call of the contracts, beside the ancestor's",
        seed=42,
    ),
    "startup": Bench(
        measure=lambda quick, _seed: startup.rows(quick),
        bars=startup.BARS,
        sentence="start to first sample and to open port; imports",
    ),
    "memory": Bench(
        measure=lambda quick, _seed: memory.rows(quick),
        bars=memory.BARS,
        sentence="size, slope and CPU of a home that trades for 30 minutes",
    ),
    "storage": Bench(
        measure=lambda quick, _seed: storage.rows(quick),
        bars=storage.BARS,
        sentence="what a home writes to its card in a day: one hour times 24",
    ),
    "page": Bench(
        measure=lambda quick, _seed: page.rows(quick),
        bars=page.BARS,
        sentence="50 open pages: what the page's process takes, and what they cost the node",
    ),
    "forecast": Bench(
        measure=forecast.rows,
        bars=forecast.BARS,
        sentence="what forecasts save over a year of a real street, beside a perfect one",
        seed=1,
    ),
    "community": Bench(
        measure=month.rows,
        bars=month.BARS,
        sentence="a community's months from files to bills, on one core",
        seed=1,
    ),
    "utility": Bench(
        measure=utility.rows,
        bars=utility.BARS,
        sentence="a utility's work in an interval, for 10 to 1,000 homes",
        seed=42,
    ),
    "welfare": Bench(
        measure=welfare.rows,
        bars={},
        sentence="the auction's prices and value beside the exact optimum",
        seed=42,
    ),
}

ON_REAL_CLOCKS = frozenset({"loop", "relay", "startup", "memory", "storage", "page", "utility"})
"""The benches that start programs; the others count gas, or reckon."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one bench; give the exit status, which says nothing about the figures."""
    parser = _parser()
    options = parser.parse_args(arguments)
    bench = BENCHES[options.name]
    if options.seed is not None and bench.seed is None:
        parser.error(f"--seed {options.seed}: {options.name} draws no workload")
    seed = options.seed if options.seed is not None else bench.seed or 0
    found = []
    for one in bench.measure(options.quick, seed):
        if options.json:
            print(json_line(one), flush=True)
        found.append(one)
    if not options.json:
        print(table(found, bench.bars))
        if options.name in ON_REAL_CLOCKS:
            print("All programs were on the machine's own clocks: nobody handed out time.")
    return 0


def _parser() -> argparse.ArgumentParser:
    names = "\n".join(f"  {name:<8} {bench.sentence}" for name, bench in BENCHES.items())
    parser = argparse.ArgumentParser(
        prog=called("bench", "bench"),
        description=f"{__doc__}\nbenches:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_version(parser)
    parser.add_argument("name", choices=tuple(BENCHES), metavar="NAME", help="which bench")
    parser.add_argument(
        "--json",
        action="store_true",
        help="one object a line: bench, case, n, metric, value, unit",
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds: to see that it works, not to compare"
    )
    drawn = ", ".join(f"{name} {bench.seed}" for name, bench in BENCHES.items() if bench.seed)
    parser.add_argument(
        "--seed", type=_seed, metavar="N", help=f"draw another workload (else: {drawn})"
    )
    return parser


def _seed(text: str) -> int:
    """Read a seed: a whole number from 0 on, the same workload wherever it is drawn."""
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 on")
    return int(text)
