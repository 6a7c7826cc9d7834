"""Let the chain fail while a home buys, and see that nothing is bought twice or lost.

    python -m tests.faults.chainfaults [--seed S] [--only FAULT] [--times N] [--append FILE]

Each fault strikes needs of two neighbours (`trading`) until it has struck so often as `FAULTS`
says. A reorganisation's depth goes from 1 to 5 and again. `--append` keeps each need in a file and
goes on where that ends; the table is of all that the file has. Exit 1 if anything is wrong.
"""

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.chaincontrol import ChainControl
from tests.faults.problems import Problem, Stuck, Wrong
from tests.faults.runs import (
    Run,
    fresh_street,
    is_good_for_another,
    keep,
    kept,
    table,
    times_chips_late,
)
from tests.faults.trading import ORDERS_PER_NEED, Trading
from tests.parts.neighbours import BUYER

DEEPEST = 5

Strike = Callable[[ChainControl, int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Hold how a fault strikes (giving how often it did), how often in one need, and in all.

    It strikes when something waits in the pool, or when one of the need's orders stands in a block.
    """

    strike: Strike
    per_need: int
    times: int
    in_pool: bool
    in_block: bool


def _reorganise(control: ChainControl, count: int) -> int:
    """Count only what took an order away."""
    return control.reorganise(count % DEEPEST + 1)


def _drop(control: ChainControl, _count: int) -> int:
    return sum(control.drop(transaction) for transaction in control.pending())


def _once(strike: Callable[[ChainControl], None]) -> Strike:
    def once(control: ChainControl, _count: int) -> int:
        strike(control)
        return 1

    return once


def _fault(strike: Strike, per_need: int, times: int, *, pool: bool, block: bool) -> Fault:
    return Fault(strike=strike, per_need=per_need, times=times, in_pool=pool, in_block=block)


FAULTS = {
    "reorganisation": _fault(_reorganise, 2, 10, pool=False, block=True),
    "dropped transaction": _fault(_drop, 8, 100, pool=True, block=False),
    "restart": _fault(_once(ChainControl.restart), 2, 20, pool=True, block=True),
    "older state": _fault(_once(ChainControl.go_back), 1, 5, pool=True, block=True),
    "no blocks": _fault(_once(ChainControl.stand_still), 1, 5, pool=True, block=True),
    "fee spike": _fault(_once(ChainControl.spike), 1, 5, pool=True, block=False),
    "another chain": _fault(_once(ChainControl.be_another), 1, 5, pool=True, block=True),
}


def strike_once(played: Trading, name: str, seed: int, struck_before: int) -> Run:
    """Play one need in which a fault strikes; the buyer runs neither before nor after."""
    fault, control, chance = FAULTS[name], ChainControl(played), random.Random(seed)
    struck, blows, problems = 0, 0, list[Problem]()
    late_before = times_chips_late(played)
    in_pool = chance.choice([kind for kind in (True, False) if _strikes(fault, in_pool=kind)])
    order = chance.randint(1, ORDERS_PER_NEED)
    control.keep_state()
    played.begin()
    played.street.start(BUYER)

    def watch() -> None:
        nonlocal struck, blows, order
        if blows == fault.per_need:
            return
        if control.has_pending() if in_pool else played.has_opened(order):
            struck += fault.strike(control, struck_before + struck)
            blows, order = blows + 1, order % ORDERS_PER_NEED + 1

    try:
        played.live_through(watch)
        # What a block that is gone had said is said again.
        played.until(played.readings_stand, "every reading stands again")
    except Stuck as why:
        problems.append(played.stuck(why))
    else:
        problems += played.end()
    problems += _endings(played)
    played.street.processes.stop(BUYER)
    return Run(
        what=name,
        name=f"{'in pool' if in_pool else 'in block'}, seed {seed}",
        times=struck,
        reached=struck > 0,
        longest_rest_s=0.0,
        problems=tuple(problems),
        chips_late=times_chips_late(played) > late_before,
    )


def campaign(seed: int, wanted: dict[str, int], done: Sequence[Run] = ()) -> Iterator[Run]:
    """Strike each fault so often, with what is done already; a void need is played again.

    A street on which one had a problem is given up for a new one.
    """
    seed += sum(not run.is_void for run in done)
    left = {name: times - _strikes_of(name, done) for name, times in wanted.items()}
    left = {name: times for name, times in left.items() if times > 0}
    while left:
        with fresh_street() as played:
            goes_on = True
            while left and goes_on:
                name, times = next(iter(left.items()))
                run = strike_once(played, name, seed, wanted[name] - times)
                seed += not run.is_void
                left[name] -= run.strikes
                if left[name] <= 0:
                    del left[name]
                goes_on = is_good_for_another(played, run)
                yield run


def _strikes_of(name: str, done: Sequence[Run]) -> int:
    return sum(run.strikes for run in done if run.what == name)


def _strikes(fault: Fault, *, in_pool: bool) -> bool:
    return fault.in_pool if in_pool else fault.in_block


def _endings(played: Trading) -> Iterator[Problem]:
    for home, status in played.street.processes.ended().items():
        yield Problem(wrong=Wrong.OTHER, sentence=f"{home} ended with status {status}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a campaign, and print its table."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.chainfaults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=tuple(FAULTS), help="this fault alone")
    parser.add_argument("--times", type=int, help="how often each strikes")
    parser.add_argument("--append", type=Path, metavar="FILE", help="keep each need, and go on")
    options = parser.parse_args(arguments)
    names = [options.only] if options.only else list(FAULTS)
    wanted = {name: options.times or FAULTS[name].times for name in names}
    runs = [run for run in kept(options.append) if run.what in wanted]
    for run in campaign(options.seed, wanted, tuple(runs)):
        runs.append(run)
        keep(options.append, run)
        print(f"{run.what} {run.name}: {run.verdict}, struck {run.times} times", flush=True)
    print(table(runs))
    return 0 if all(run.is_well for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
