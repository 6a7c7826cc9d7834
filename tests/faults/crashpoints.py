"""Crash a home's node at its durable steps, and see that nothing is bought twice or lost.

    python -m tests.faults.crashpoints [--every | --random N] [--seed S] [--home home1|home2]
                                       [--shard K/N]

`--every` (the usual) finds every durable step of one need and crashes at each, in each of the three
ways of `crashing_node`; the node is started again and the need must come to its end. `--random`
kills the nodes at N random instants, up to three times in one need. Exit 1 if anything is wrong.
"""

import argparse
import random
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.crashing_node import KINDS
from tests.faults.lives import Lives, through_one_need
from tests.faults.runs import Run, fresh_street, table, told
from tests.faults.trading import Problem, Stuck, Trading, Wrong
from tests.neighbours import BUYER, SELLER

ALWAYS_REACHED = (
    "promise OpenOrder before#1",
    "promise OpenOrder after#1",
    "send OpenOrder before#1",
    "send OpenOrder after#1",
    "relay close before#1",
    "relay close after#1",
    "flush drawing before#1",
    "flush drawing after#1",
    "relay renew after#1",
    "promise OpenOrder after#2",
)
"""Steps of the buyer that every need has, for a sample without a search."""
ALWAYS_REACHED_BY_SELLER = (
    "relay consent after#1",
    "promise Redeem before#1",
    "promise Redeem after#1",
    "send Redeem before#1",
    "send Redeem after#1",
    "promise Redeem after#2",
)
MOST_DEATHS = 3
LONGEST_LIFE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """Say where and how a home's node is to crash; `fresh` takes its journal away before."""

    home: str
    point: str
    kind: str
    fresh: bool = False


def crash_once(played: Trading, crash: Crash, seed: int) -> Run:
    """Play one need in which a home's node crashes once; the buyer runs neither before nor after.

    The seller runs before and after.
    """
    lives = Lives(played, seed)
    home, trace = crash.home, played.street.places.directory / "trace"
    if home == SELLER:
        lives.stop(SELLER)
    if crash.fresh:
        lives.forget(home)
    played.begin()
    lives.start_crashing(home, trace, crash.point, crash.kind)
    if home == SELLER:
        lives.start(BUYER)

    def watch() -> None:
        for name in (BUYER, SELLER):
            if lives.is_dead(name):
                lives.raise_dead(name)

    if through_one_need(played, lives, watch):
        if crash.point in _steps(trace) and not lives.deaths:
            _see_it_end(played, lives, home)
        _finish(played, lives, home)
    is_reached = crash.point in _steps(trace)
    if lives.deaths > is_reached:
        sentence = f"the process ended {lives.deaths} times, {is_reached:d} of them by the crash"
        lives.problems.append(Problem(wrong=Wrong.OTHER, sentence=sentence))
    return Run(
        what=crash.kind,
        name=f"{home} {crash.point}",
        times=lives.deaths,
        reached=is_reached,
        longest_rest_s=lives.longest_rest_s,
        problems=tuple(lives.problems),
    )


def kill_at_random(played: Trading, seed: int, most: int) -> Run:
    """Play one need in which nodes are killed at up to `most` random instants."""
    lives, instants = Lives(played, seed), random.Random(seed)
    next_at_s = time.monotonic() + instants.uniform(0.0, LONGEST_LIFE_S)
    played.begin()
    lives.start(BUYER)

    def watch() -> None:
        nonlocal next_at_s
        if time.monotonic() < next_at_s or lives.deaths == most:
            return
        home = SELLER if instants.random() < 0.25 else BUYER
        lives.kill(home)
        lives.raise_dead(home)
        next_at_s = time.monotonic() + instants.uniform(0.0, LONGEST_LIFE_S)

    if through_one_need(played, lives, watch):
        _finish(played, lives, BUYER)
    return Run(
        what="random",
        name=f"seed {seed}",
        times=lives.deaths,
        reached=lives.deaths > 0,
        longest_rest_s=lives.longest_rest_s,
        problems=tuple(lives.problems),
    )


def steps_of(played: Trading, home: str) -> tuple[Crash, ...]:
    """Find every durable step of a home: of its first start, and of a later one."""
    traces = []
    for fresh in (True, False):
        crash_once(played, Crash(home=home, point="-", kind=KINDS[0], fresh=fresh), 0)
        traces.append(_steps(played.street.places.directory / "trace"))
    first, later = traces
    only_first = [point for point in first if point not in later]
    return (
        *(Crash(home=home, point=point, kind=KINDS[0], fresh=True) for point in only_first),
        *(Crash(home=home, point=point, kind=KINDS[0]) for point in later),
    )


def every_crash(steps: Iterable[Crash]) -> tuple[Crash, ...]:
    """Give every step in each of the ways to crash."""
    return tuple(
        Crash(home=step.home, point=step.point, kind=kind, fresh=step.fresh)
        for step in steps
        for kind in KINDS
    )


def crash_all(crashes: Iterable[Crash], seed: int) -> Iterator[Run]:
    """Play a need for each crash; a street on which one went wrong is given up for a new one."""
    waiting = deque(crashes)
    while waiting:
        with fresh_street() as played:
            is_well = True
            while waiting and is_well:
                seed += 1
                run = crash_once(played, waiting.popleft(), seed)
                is_well = told(played, run)
                yield run


def kill_often(kills: int, seed: int) -> Iterator[Run]:
    """Play needs until so many processes were killed at random instants."""
    while kills > 0:
        with fresh_street() as played:
            is_well = True
            while kills > 0 and is_well:
                seed += 1
                run = kill_at_random(played, seed, min(kills, MOST_DEATHS))
                kills -= run.times or not run.is_well
                is_well = told(played, run)
                yield run


def find_all(home: str) -> tuple[Crash, ...]:
    """Find every crash of a home."""
    with fresh_street() as played:
        return every_crash(steps_of(played, home))


def _see_it_end(played: Trading, lives: Lives, home: str) -> None:
    """See that a process that has crashed ends, and start it again."""
    try:
        played.until(lambda: lives.is_dead(home), "the process ends after a fault of its own")
    except Stuck as why:
        lives.problems.append(Problem(wrong=Wrong.OTHER, sentence=str(why)))
    else:
        lives.raise_dead(home)


def _finish(played: Trading, lives: Lives, home: str) -> None:
    """End a need: stop the home that may crash, which is a last occasion for it to do so."""
    if not lives.deaths:
        lives.deaths += lives.stop(home) != 0
        lives.start(home)
    lives.wait_until_it_answers(home)
    lives.problems += played.end()
    lives.stop(BUYER)


def _steps(trace: Path) -> list[str]:
    return trace.read_text().splitlines() if trace.exists() else []


def _chosen(options: argparse.Namespace) -> Iterator[Run]:
    if options.random:
        return kill_often(options.random, options.seed)
    found = find_all(options.home)
    shard, shards = (int(part) for part in options.shard.split("/"))
    crashes = found[shard - 1 :: shards]
    print(f"{len(found)} crashes found, {len(crashes)} of them here", flush=True)
    return crash_all(crashes, options.seed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a campaign, and print its table."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.crashpoints", description=__doc__)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--every", action="store_true", help="every durable step (the usual)")
    how.add_argument("--random", type=int, default=0, metavar="N", help="N random instants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", choices=(BUYER, SELLER), default=BUYER)
    parser.add_argument(
        "--shard",
        default="1/1",
        metavar="K/N",
        help="every N-th crash, the K-th; each finds its own",
    )
    options = parser.parse_args(arguments)
    runs = []
    for run in _chosen(options):
        runs.append(run)
        state = "well" if run.is_well else "WRONG"
        print(f"{run.what} {run.name}: {state}, {run.times} deaths", flush=True)
    print(table(runs))
    return 0 if all(run.is_well for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
