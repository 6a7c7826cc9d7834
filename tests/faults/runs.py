"""Play needs on streets of their own, hold what became of them, and write it as a table."""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.trading import Problem, Trading, Wrong, trading
from tests.parts.neighbours import BUYER, SELLER


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Hold what became of one need; `what` is the kind of fault, `times` how often it struck.

    Runs of the same `what` and `name` are tries of one that was planned.
    """

    what: str
    name: str
    times: int
    reached: bool
    longest_rest_s: float
    problems: tuple[Problem, ...]

    @property
    def is_well(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.problems


def table(runs: Sequence[Run]) -> str:
    """Write the runs as a table, one line for each kind of fault; below it what was missed, wrong.

    What was planned is either reached, in one of its runs at least, or not reached.
    """
    heads = ["fault", "planned", "reached", "not reached", "needs", "struck"]
    lines = [" | ".join([*heads, *(w.value for w in Wrong), "longest to rest"])]
    for what in dict.fromkeys(run.what for run in runs):
        of_kind = [run for run in runs if run.what == what]
        wrong = Counter(problem.wrong for run in of_kind for problem in run.problems)
        planned, not_reached = len({run.name for run in of_kind}), len(missed(of_kind))
        row = [
            what,
            planned,
            planned - not_reached,
            not_reached,
            len(of_kind),
            sum(run.times for run in of_kind),
            *(wrong[kind] for kind in Wrong),
            f"{max(run.longest_rest_s for run in of_kind):.2f} s",
        ]
        lines.append(" | ".join(str(cell) for cell in row))
    lines += [f"{what} {name}: not reached" for what, name in missed(runs)]
    for run in runs:
        lines += [f"{run.what} {run.name}: {p.wrong.value}: {p.sentence}" for p in run.problems]
    return "\n".join(lines)


def missed(runs: Sequence[Run]) -> tuple[tuple[str, str], ...]:
    """Give what was planned and not reached in any of its runs: the kind of fault, and the name."""
    reached = {(run.what, run.name) for run in runs if run.reached}
    planned = dict.fromkeys((run.what, run.name) for run in runs)
    return tuple(place for place in planned if place not in reached)


def is_whole(runs: Sequence[Run]) -> bool:
    """Say whether something was planned, all of it reached, and nothing wrong."""
    return bool(runs) and not missed(runs) and all(run.is_well for run in runs)


@contextmanager
def fresh_street() -> Iterator[Trading]:
    """Start a street whose files are gone after it."""
    with tempfile.TemporaryDirectory() as directory, trading(Path(directory)) as played:
        yield played


def told(played: Trading, run: Run) -> bool:
    """Show the homes' logs where something is wrong; say whether all is well."""
    if not run.is_well:
        for home in (BUYER, SELLER):
            print(f"--- {home}\n{played.street.log(home)[-6000:]}", file=sys.stderr)
    return run.is_well
