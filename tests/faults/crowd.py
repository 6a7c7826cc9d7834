"""Let a crowd at the relay's port repeat signed lines, and see how fast an idle home buys.

    python -m tests.faults.crowd [--purchases N] [--seed S] [--append FILE]

A buyer and a seller on real processes; the crowd runs at nice 19, and what it is compared with is
the same street beside a busy loop at nice 19. Exit 1 if the crowd's 99th percent is above
`MOST_BLOCK_TIMES`.
"""

import argparse
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.loop import SETTINGS, Rounds
from bench.report import Row
from bench.street import BUYER, BenchStreet
from village.households import RELAY

MOST_BLOCK_TIMES = 1.6
PURCHASES = 20
_SHOWN = ("median", "p90", "p99", "max")


def campaign(purchases: int, seed: int, *, is_crowded: bool) -> dict[str, float]:
    """Buy so many times; give the purchases' spans in block times, by metric."""
    with BenchStreet(SETTINGS) as street:
        bench = Rounds(street, random.Random(seed))
        bench.start()
        with _beside(street, is_crowded=is_crowded):
            rows: list[Row] = list(bench.purchases(purchases))
    return {str(r["metric"]): float(r["value"]) for r in rows if r["case"] == "purchase"}


@contextmanager
def _beside(street: BenchStreet, *, is_crowded: bool) -> Iterator[None]:
    words = ["-c", "while True: pass"]
    if is_crowded:
        keys = street.parameters_of(BUYER).parent
        places = (str(keys / "keystore.json"), str(keys / "password"))
        words = ["-m", "tests.faults.crowd_client", str(street.relay_port), RELAY, *places]
    process = subprocess.Popen(["nice", "-n", "19", sys.executable, *words])
    try:
        yield
        assert process.poll() is None, "what stood beside has ended"
    finally:
        process.kill()
        process.wait()


def row(name: str, found: dict[str, float]) -> str:
    """Write a line of the table."""
    return f"{name:10} " + ", ".join(f"{metric} {found[metric]:.2f}" for metric in _SHOWN)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.crowd", description=__doc__)
    parser.add_argument("--purchases", type=int, default=PURCHASES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--append", type=Path, help="write the table behind this file's end")
    given = parser.parse_args(arguments)
    lines = []
    for name, is_crowded in (("busy loop", False), ("crowd", True)):
        found = campaign(given.purchases, given.seed, is_crowded=is_crowded)
        lines.append(row(name, found))
        print(lines[-1], flush=True)
    if given.append:
        with given.append.open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    return int(found["p99"] > MOST_BLOCK_TIMES)


if __name__ == "__main__":
    sys.exit(main())
