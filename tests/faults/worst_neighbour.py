"""Let a neighbour do its worst under the installed broker's rules, and see that nobody notices.

    python -m tests.faults.worst_neighbour [--seconds S] [--seed N]

Two neighbours on real processes, one drawing from the other; a third user of the broker sends
whatever it can, at nice 19. The same street beside a busy loop at nice 19 is what it is compared
with. Exit 1 if anything is wrong.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from node.core.errors import Refused
from node.core.faults import FaultName
from tests.faults.ram import Ram
from tests.parts.installed_broker import InstalledBroker
from tests.parts.neighbours import BUYER, REAL_TIME, SELLER, Neighbours, neighbours
from village.households import COMMUNITY, RELAY

WORST = "home9"
HOMES = (BUYER, SELLER)
LOOK_S = 0.05
SETTLE_S = 5.0
DEADLINE_S = 120.0
MOST_LATER_S = 0.050
MOST_GROWTH_MB = 5.0
MOST_BROKER_MB = 64.0
"""What the broker may hold beside a home that leaves on each of its topics the most that it may,
and fetches nothing."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """Hold what came of it; `p99_s` is how long a home's loop took, at its 99th percent."""

    p99_s: float
    growth_mb: dict[str, float]
    broker_mb: float
    problems: list[str] = field(default_factory=list)


def campaign(seconds: float, seed: int) -> tuple[Outcome, Outcome]:
    """Run the street beside a busy loop, then beside the worst neighbour."""
    return _run(seconds, None), _run(seconds, seed)


def _run(seconds: float, seed: int | None) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="peerwatt-") as folder:
        root = Path(folder)
        broker = InstalledBroker(
            root / "root", f"community: {COMMUNITY}\nrelay:\n  name: {RELAY}\n"
        )
        try:
            with neighbours(root, REAL_TIME, installed=broker) as street:
                _start(street)
                with _beside(broker, seed):
                    return _watch(street, broker, seconds)
        finally:
            broker.close()


def _start(street: Neighbours) -> None:
    for home in (SELLER, BUYER):
        street.start(home)
        street.until(lambda home=home: _is_well(street, home), f"{home} is well", DEADLINE_S)
    street.world.soc_pct[BUYER] = 15.0
    street.until(lambda: street.world.closed, "the contact closes", DEADLINE_S)


def _is_well(street: Neighbours, home: str) -> bool:
    try:
        faults = street.status(home)["fault_names"]
    except Refused:
        return False
    return not faults


@contextmanager
def _beside(broker: InstalledBroker, seed: int | None) -> Iterator[None]:
    words = ["-c", "while True: pass"]
    if seed is not None:
        password = broker.add(WORST)
        module = "tests.faults.worst_client"
        words = ["-m", module, str(broker.port), WORST, password, COMMUNITY, RELAY, str(seed)]
    process = subprocess.Popen(["nice", "-n", "19", sys.executable, *words])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _watch(street: Neighbours, broker: InstalledBroker, seconds: float) -> Outcome:
    rams = {name: Ram(street.processes.pid_of(name)) for name in (*HOMES, "relay")}
    took: list[float] = []
    problems: list[str] = []
    began_s = time.monotonic()
    while (now_s := time.monotonic()) < began_s + SETTLE_S + seconds:
        for home in HOMES:
            asked_s = time.monotonic()
            said = street.status(home)
            took.append(time.monotonic() - asked_s)
            problems += _problems(home, said)
        if now_s > began_s + SETTLE_S:
            for ram in rams.values():
                ram.look(now_s)
        time.sleep(LOOK_S)
    broker_mb = psutil.Process(broker.process.pid).memory_info().rss / 1e6
    growth_mb = {name: ram.growth_mb for name, ram in rams.items()}
    problems += [
        f"{name} grew by {grown:.1f} MB"
        for name, grown in growth_mb.items()
        if grown > MOST_GROWTH_MB
    ]
    if broker_mb > MOST_BROKER_MB:
        problems.append(f"the broker holds {broker_mb:.1f} MB")
    try:
        # Where the machine is busy a lease may have run out, or an order before its successor came.
        street.until(lambda: street.world.closed, "the contact closes", DEADLINE_S)
    except AssertionError:
        problems.append("the contact stays open")
    p99_s = sorted(took)[int(len(took) * 0.99)]
    return Outcome(
        p99_s=p99_s, growth_mb=growth_mb, broker_mb=broker_mb, problems=sorted(set(problems))
    )


def _problems(home: str, said: dict[str, object]) -> list[str]:
    found = []
    if FaultName.BROKER_LOST.value in list(said["fault_names"]):  # type: ignore[call-overload]
        found.append(f"{home} is off the broker")
    if said["wants_own_source"]:
        found.append(f"{home} obeys a stranger")
    for part in ("supply", "delivery"):
        state = said[part]
        if isinstance(state, dict) and state["mode"] in ("safe", "withdrawn"):
            found.append(f"{home} is {state['mode']}: {state['reason']}")
    return found


def row(name: str, outcome: Outcome) -> str:
    """Write a line of the table."""
    grown = ", ".join(f"{who} {mb:+.1f}" for who, mb in outcome.growth_mb.items())
    wrong = "; ".join(outcome.problems) or "nothing"
    return (
        f"{name:10} p99 {outcome.p99_s * 1000:6.1f} ms, broker {outcome.broker_mb:5.1f} MB,"
        f" grown by MB: {grown}; wrong: {wrong}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    calm, worst = campaign(given.seconds, given.seed)
    print(row("busy loop", calm), row("worst", worst), sep="\n")
    later_s = worst.p99_s - calm.p99_s
    if later_s > MOST_LATER_S:
        worst.problems.append(f"homes answer {later_s * 1000:.0f} ms later")
    print("; ".join(worst.problems) or "nobody noticed")
    return 1 if worst.problems else 0


if __name__ == "__main__":
    sys.exit(main())
