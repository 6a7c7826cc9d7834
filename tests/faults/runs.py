"""Play needs on streets of their own, hold what became of them, and write it as a table."""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.trading import Problem, Trading, Wrong, trading
from tests.neighbours import BUYER, SELLER


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Hold what became of one need; `what` is the kind of fault, `times` how often it struck."""

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
    """Write the runs as a table, one line for each kind of fault, and what was wrong below it."""
    heads = ["fault", "places", "runs", "times", "not reached", *(w.value for w in Wrong)]
    lines = [" | ".join([*heads, "longest to rest"])]
    for what in dict.fromkeys(run.what for run in runs):
        of_kind = [run for run in runs if run.what == what]
        wrong = Counter(problem.wrong for run in of_kind for problem in run.problems)
        row = [
            what,
            len({run.name for run in of_kind}),
            len(of_kind),
            sum(run.times for run in of_kind),
            sum(not run.reached for run in of_kind),
            *(wrong[kind] for kind in Wrong),
            f"{max(run.longest_rest_s for run in of_kind):.2f} s",
        ]
        lines.append(" | ".join(str(cell) for cell in row))
    for run in runs:
        lines += [f"{run.what} {run.name}: {p.wrong.value}: {p.sentence}" for p in run.problems]
    return "\n".join(lines)


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
