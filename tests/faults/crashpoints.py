"""Crash a home's node at its durable steps, and see that nothing is bought twice or lost.

    python -m tests.faults.crashpoints [--every | --random N] [--seed S] [--home home1|home2]
        [--append FILE]

`--every` (the usual) searches lives of one need for their durable steps and crashes at each, in
each of the three ways of `crashing_node`; the node is started again and the need must come to its
end. A life that does not pass its step is followed by another. `--random` kills the nodes at N
random instants, up to three times in one need. `--append` keeps each need in a file and goes on
where that ends; the table is of all that the file has. Exit 1 if anything is wrong, or if a step
was not reached in any life.
"""

import argparse
import random
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.faults.crashing_node import KINDS
from tests.faults.crashplan import NOWHERE, Crash, Plan, planned
from tests.faults.lives import Lives, through_one_need
from tests.faults.problems import Problem, Stuck, Wrong
from tests.faults.runs import (
    Run,
    fresh_street,
    is_good_for_another,
    is_whole,
    keep,
    kept,
    table,
    times_chips_late,
)
from tests.faults.trading import PACE, Trading, Watch
from tests.parts.neighbours import BUYER, SELLER

SEARCHED_LIVES = 3
MOST_TRIES = 4
"""Lives for one crash, of which all but the last may miss its point."""
LIVES_ON_S = 2.5 * PACE.interval_s / PACE.speed
"""Real s that a life goes on after the need, for a point that it has not passed: two boundaries."""
MOST_DEATHS = 3
RANDOM = "random"
"""The kind of a need whose nodes are killed at random instants."""
LONGEST_LIFE_S = 5.0


def crash_once(played: Trading, crash: Crash, seed: int) -> Run:
    """Play one need in which a home's node crashes once; the buyer runs neither before nor after.

    The seller runs before and after.
    """
    lives, late_before = Lives(played, seed), times_chips_late(played)
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
        _live_on(crash, trace, watch)
        if crash.point in _passed(trace) and not lives.deaths:
            _see_it_end(played, lives, home)
        _finish(played, lives, home)
    is_reached = crash.point in _passed(trace)
    if lives.deaths != is_reached:
        sentence = f"ended with {lives.endings}, {is_reached:d} of them by the crash"
        lives.problems.append(Problem(wrong=Wrong.OTHER, sentence=sentence))
    return Run(
        what=crash.kind,
        name=_name_of(crash),
        times=lives.deaths,
        reached=is_reached,
        longest_rest_s=lives.longest_rest_s,
        problems=tuple(lives.problems),
        chips_late=times_chips_late(played) > late_before,
    )


def kill_at_random(played: Trading, seed: int, most: int) -> Run:
    """Play one need in which nodes are killed at up to `most` random instants."""
    lives, instants = Lives(played, seed), random.Random(seed)
    late_before = times_chips_late(played)
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
        what=RANDOM,
        name=f"seed {seed}",
        times=lives.deaths,
        reached=lives.deaths > 0,
        longest_rest_s=lives.longest_rest_s,
        problems=tuple(lives.problems),
        chips_late=times_chips_late(played) > late_before,
    )


def crash_all(crashes: Iterable[Crash], seed: int) -> Iterator[Run]:
    """Play needs for each crash, until it is reached or was missed in all its lives.

    A street on which one went wrong is given up for a new one.
    """
    waiting = deque((crash, 1) for crash in crashes)
    while waiting:
        with fresh_street() as played:
            goes_on = True
            while waiting and goes_on:
                seed += 1
                crash, tries = waiting.popleft()
                run = crash_once(played, crash, seed)
                goes_on = is_good_for_another(played, run)
                if run.is_well and not run.counts and tries < MOST_TRIES:
                    waiting.append((crash, tries + 1))
                yield run


def kill_often(kills: int, seed: int) -> Iterator[Run]:
    """Play needs until so many processes were killed at random instants.

    A void one is played again.
    """
    while kills > 0:
        with fresh_street() as played:
            goes_on = True
            while kills > 0 and goes_on:
                run = kill_at_random(played, seed, min(kills, MOST_DEATHS))
                goes_on = is_good_for_another(played, run)
                seed += not run.is_void
                kills -= run.strikes
                yield run


def find_all(home: str) -> Plan:
    """Search a home's lives, those without a journal first, and plan its crashes.

    Raises:
        Stuck: a life went wrong without a crash.
    """
    for _ in range(MOST_TRIES):
        with fresh_street() as played:
            first = _searched(played, home, fresh=True)
            later = _searched(played, home, fresh=False) if first else None
        if first and later:
            return planned(home, first, later)
    raise Stuck(f"{MOST_TRIES} searches of lives were void")


def _searched(played: Trading, home: str, *, fresh: bool) -> list[list[str]] | None:
    """Give what each of some lives has passed; None where one was void."""
    lives = []
    nowhere = Crash(home=home, point=NOWHERE, kind=KINDS[0], fresh=fresh)
    for seed in range(SEARCHED_LIVES):
        run = crash_once(played, nowhere, seed)
        if run.wrong:
            raise Stuck(f"a life without a crash went wrong: {run.wrong}")
        if not is_good_for_another(played, run):
            return None
        lives.append(_passed(played.street.places.directory / "trace"))
    return lives


def _live_on(crash: Crash, trace: Path, watch: Watch) -> None:
    """Let a life that has not passed its point go on for a while."""
    ends_s = time.monotonic() + LIVES_ON_S
    while time.monotonic() < ends_s and crash.point not in _passed(trace):
        watch()
        time.sleep(0.05)


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
        lives.stop_crashing(home)
        lives.start(home)
    lives.wait_until_it_answers(home)
    lives.problems += played.end()
    lives.stop(BUYER)


def _passed(trace: Path) -> list[str]:
    return trace.read_text().splitlines() if trace.exists() else []


def _chosen(options: argparse.Namespace, done: Sequence[Run]) -> Iterator[Run]:
    """Play what was asked for and is not done yet."""
    if options.random:
        seed = options.seed + sum(not run.is_void for run in done)
        return kill_often(options.random - sum(run.strikes for run in done), seed)
    plan = find_all(options.home)
    print(f"{len(plan.crashes)} crashes planned", flush=True)
    for point in plan.seldom:
        print(f"not planned, for not every searched life passed it: {point}", flush=True)
    counted = {(run.what, run.name) for run in done if run.counts}
    left = [crash for crash in plan.crashes if (crash.kind, _name_of(crash)) not in counted]
    return crash_all(left, options.seed + len(done))


def _name_of(crash: Crash) -> str:
    return f"{crash.home} {crash.point}"


def _is_of(options: argparse.Namespace, run: Run) -> bool:
    """Say whether a run in a file belongs to the campaign that is asked for."""
    if options.random or run.what == RANDOM:
        return bool(options.random) and run.what == RANDOM
    return run.name.startswith(f"{options.home} ")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a campaign, and print its table."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.crashpoints", description=__doc__)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--every", action="store_true", help="every durable step (the usual)")
    how.add_argument("--random", type=int, default=0, metavar="N", help="N random instants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", choices=(BUYER, SELLER), default=BUYER)
    parser.add_argument("--append", type=Path, metavar="FILE", help="keep each need, and go on")
    options = parser.parse_args(arguments)
    runs = [run for run in kept(options.append) if _is_of(options, run)]
    for run in _chosen(options, tuple(runs)):
        runs.append(run)
        keep(options.append, run)
        print(f"{run.what} {run.name}: {run.verdict}, {run.times} deaths", flush=True)
    print(table(runs))
    return 0 if is_whole(runs) else 1


if __name__ == "__main__":
    sys.exit(main())
