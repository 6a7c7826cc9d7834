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

from bench.node.loop import SETTINGS, Rounds
from bench.node.street import BLOCK_S, BUYER, BenchStreet
from bench.report import percentile, statistics_of
from village.households import RELAY

MOST_BLOCK_TIMES = 1.6
PURCHASES = 20
_SHOWN = ("median", "p90", "p99", "max")


def campaign(purchases: int, seed: int, *, is_crowded: bool) -> list[float]:
    """Buy so many times; give the purchases' spans in block times, without end for one that failed.

    A busy machine may leave an order open that is not drawn to its end; then a new street goes on.
    """
    chance, spans = random.Random(seed), list[float]()
    while len(spans) < purchases:
        with BenchStreet(SETTINGS) as street:
            bench = Rounds(street, chance)
            try:
                bench.start()
            except TimeoutError as why:
                print(f"a street has not begun: {why}", flush=True)
                continue
            with _beside(street, is_crowded=is_crowded):
                spans += _bought(bench, purchases - len(spans))
    return spans


def _bought(bench: Rounds, most: int) -> Iterator[float]:
    for _ in range(most):
        try:
            yield bench.buy() / BLOCK_S
        except TimeoutError:
            yield float("inf")
            return
        try:
            bench.drain()
        except TimeoutError as why:
            print(f"a street is left: {why}", flush=True)
            return


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


def row(name: str, spans: list[float]) -> str:
    """Write a line of the table."""
    rows = statistics_of("crowd", name, spans, "block times", _SHOWN)
    shown = ", ".join(f"{one['metric']} {float(one['value']):.2f}" for one in rows)
    return f"{name:10} {len(spans)} purchases in block times: {shown}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.crowd", description=__doc__)
    parser.add_argument("--purchases", type=int, default=PURCHASES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--append", type=Path, help="write the table behind this file's end")
    given = parser.parse_args(arguments)
    lines = []
    for name, is_crowded in (("busy loop", False), ("crowd", True)):
        spans = campaign(given.purchases, given.seed, is_crowded=is_crowded)
        lines.append(row(name, spans))
        print(lines[-1], flush=True)
    if given.append:
        with given.append.open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    return int(percentile(spans, 99) > MOST_BLOCK_TIMES)


if __name__ == "__main__":
    sys.exit(main())
