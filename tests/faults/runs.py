"""Play needs on streets of their own, hold what became of them, and write it as a table."""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.faults.problems import Problem, Stuck, Wrong
from tests.faults.sittings import keep_row, kept_rows
from tests.faults.trading import Trading, trading
from tests.parts.neighbours import BUYER, SELLER

NEEDS_PER_STREET = 50
"""Its chain and its books get slower with each need."""
MOST_STARTS = 3
_CHIPS_LATE = "no answer within"
"""What a node logs of its bus when this process is too busy to play the chips in time."""
_NEVER_THE_CHIPS = (Wrong.MONEY, Wrong.READING_LOST, Wrong.NOT_AT_REST)
"""Late chips make a seller close an order and a buyer buy another; of these they excuse none."""


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
    chips_late: bool

    @property
    def wrong(self) -> tuple[Problem, ...]:
        """Give the problems that a machine too busy to play the chips in time does not explain."""
        if not self.chips_late:
            return self.problems
        return tuple(problem for problem in self.problems if problem.wrong in _NEVER_THE_CHIPS)

    @property
    def is_void(self) -> bool:
        """Say whether it shows nothing, neither well nor wrong, for its chips were late."""
        return bool(self.problems) and not self.wrong

    @property
    def is_well(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.wrong

    @property
    def counts(self) -> bool:
        """Say whether the fault has struck, in a need that shows something."""
        return self.reached and not self.is_void

    @property
    def strikes(self) -> int:
        """Give how much of a campaign's count it is; one that went wrong unstruck is one, too."""
        return 0 if self.is_void else self.times or int(not self.is_well)

    @property
    def verdict(self) -> str:
        """Say in a word or two how it went."""
        if not self.is_well:
            return "WRONG"
        if self.is_void:
            return "void, the chips were late"
        return "well" if self.reached else "well, not reached"


def kept(file: Path | None) -> list[Run]:
    """Give the runs that a file has of earlier sittings."""
    return [
        Run(**{**row, "problems": tuple(map(_problem, row["problems"]))}) for row in kept_rows(file)
    ]


def keep(file: Path | None, run: Run) -> None:
    """Write a run behind a file's end, if there is one to write to."""
    if file is not None:
        problems = [{"wrong": p.wrong.value, "sentence": p.sentence} for p in run.problems]
        keep_row(file, {**asdict(run), "problems": problems})


def _problem(row: dict[str, str]) -> Problem:
    return Problem(wrong=Wrong(row["wrong"]), sentence=row["sentence"])


def table(runs: Sequence[Run]) -> str:
    """Write the runs as a table, one line for each kind of fault; below it what was missed, wrong.

    What was planned is either reached, in one of its runs at least, or not reached.
    """
    heads = ["fault", "planned", "reached", "not reached", "needs", "void", "struck"]
    lines = [" | ".join([*heads, *(w.value for w in Wrong), "longest to rest"])]
    for what in dict.fromkeys(run.what for run in runs):
        of_kind = [run for run in runs if run.what == what]
        wrong = Counter(problem.wrong for run in of_kind for problem in run.wrong)
        planned, not_reached = len({run.name for run in of_kind}), len(missed(of_kind))
        row = [
            what,
            planned,
            planned - not_reached,
            not_reached,
            len(of_kind),
            sum(run.is_void for run in of_kind),
            sum(run.times for run in of_kind if not run.is_void),
            *(wrong[kind] for kind in Wrong),
            f"{max(run.longest_rest_s for run in of_kind):.2f} s",
        ]
        lines.append(" | ".join(str(cell) for cell in row))
    lines += [f"{what} {name}: not reached" for what, name in missed(runs)]
    for run in runs:
        lines += [f"{run.what} {run.name}: {p.wrong.value}: {p.sentence}" for p in run.wrong]
    return "\n".join(lines)


def missed(runs: Sequence[Run]) -> tuple[tuple[str, str], ...]:
    """Give what was planned and not reached in any of its runs: the kind of fault, and the name."""
    reached = {(run.what, run.name) for run in runs if run.counts}
    planned = dict.fromkeys((run.what, run.name) for run in runs)
    return tuple(place for place in planned if place not in reached)


def is_whole(runs: Sequence[Run]) -> bool:
    """Say whether something was planned, all of it reached, and nothing wrong."""
    return bool(runs) and not missed(runs) and all(run.is_well for run in runs)


@contextmanager
def fresh_street() -> Iterator[Trading]:
    """Start a street whose files are gone after it; on a busy machine it may take some tries.

    Raises:
        Stuck: none of `MOST_STARTS` came up.
    """
    with ExitStack() as stack:
        for left in reversed(range(MOST_STARTS)):
            with ExitStack() as starting:
                directory = Path(starting.enter_context(tempfile.TemporaryDirectory()))
                try:
                    played = starting.enter_context(trading(directory))
                except Stuck:
                    if not left:
                        raise
                    continue
                stack.enter_context(starting.pop_all())
                break
        yield played


def times_chips_late(played: Trading) -> int:
    """Count how often a street's chips, which this process plays, have answered too late."""
    logs = (played.street.processes.log_of(home) for home in (BUYER, SELLER))
    return sum(log.read_text().count(_CHIPS_LATE) for log in logs if log.exists())


def is_good_for_another(played: Trading, run: Run) -> bool:
    """Say whether a street may go on; show the homes' logs where a run had a problem."""
    for problem in run.problems:
        print(f"{run.what} {run.name}: {run.verdict}: {problem}", file=sys.stderr)
    if run.problems:
        for home in (BUYER, SELLER):
            print(f"--- {home}\n{played.street.log(home)[-6000:]}", file=sys.stderr)
    return not run.problems and played.needs < NEEDS_PER_STREET
