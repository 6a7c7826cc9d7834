"""Measure a community's work on one core: from files of quarter hours to bills.

A month at a time, as an operator does it: import, status, bill; each is the program's own command
in this process. The members are made up: each has a point, every tenth feeds in.
"""

import contextlib
import io
import math
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.report import Row, row
from community.billing.bill import month_after
from community.command_line import main
from community.days import days_from, local, quarters_in

BARS = {
    ("40 members, a year", "files to bills"): 20.0,
    ("1000 members, a month", "files to bills"): 30.0,
}
_ZONE = ZoneInfo("Europe/Vienna")
_BEGIN = date(2025, 1, 1)
_FEEDS_IN = 10
_RULES = """name: Bench
key: dynamic
price: {rule: fixed, price: 0.12, retail: 0.27}
fees: [{name: dues, base: month, rate: 2, since: 2020-01-01}]
issuer: {name: Bench}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Hold so many members and months."""

    members: int
    months: int

    @property
    def name(self) -> str:
        """Give it as the table has it."""
        span = "a year" if self.months == 12 else "a month"
        return f"{self.members} members, {span}"


QUICK = (Case(members=40, months=1),)
CASES = (
    Case(members=40, months=12),
    Case(members=1_000, months=1),
    Case(members=10_000, months=1),
)


def rows(quick: bool, seed: int) -> Iterator[Row]:
    """Measure each case; the processor's seconds, and how much larger the process became."""
    for case in QUICK if quick else CASES:
        with tempfile.TemporaryDirectory() as directory:
            steps = _measured(case, Path(directory), seed)
        for step, seconds in steps.items():
            yield row("community", case.name, case.members * case.months, step, seconds, "s")
        yield row(
            "community",
            case.name,
            case.members * case.months,
            "files to bills",
            sum(steps.values()),
            "s",
        )
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield row("community", case.name, case.members * case.months, "largest so far", most, "MB")


def _measured(case: Case, directory: Path, seed: int) -> dict[str, float]:
    (directory / "rules.yml").write_text(_RULES, encoding="utf-8")
    (directory / "members.csv").write_text(_members(case.members), encoding="utf-8")
    (directory / "mapping.yml").write_text(_mapping(case.members), encoding="utf-8")
    _command(directory, "members", "import", str(directory / "members.csv"))
    steps = dict.fromkeys(("import", "status", "bill"), 0.0)
    month, rng = _BEGIN, random.Random(seed)
    for _ in range(case.months):
        file = directory / "month.csv"
        _write_month(file, case.members, month, rng)
        named = f"{month:%Y-%m}"
        mapping = str(directory / "mapping.yml")
        for step, words in (
            ("import", ("import", "--as", mapping, str(file))),
            ("status", ("status", named)),
            ("bill", ("bill", named, "--year", str(month.year))),
        ):
            steps[step] += _command(directory, *words)
        month = month_after(month)
    return steps


def _command(directory: Path, *words: str) -> float:
    """Carry a command out; give the processor's seconds that it took."""
    began_s = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()) as said:
        status = main(["--directory", str(directory), *words])
    if status != 0:
        raise RuntimeError(f"{' '.join(words)}: {said.getvalue()}")
    return time.process_time() - began_s


def _point(number: int) -> str:
    return f"P{number:05d}"


def _is_producer(number: int) -> bool:
    return number % _FEEDS_IN == 0


def _members(count: int) -> str:
    lines = [
        f"Member {number:05d},{_point(number)},"
        f"{'generation' if _is_producer(number) else 'consumption'},2020-01-01"
        for number in range(count)
    ]
    return "\n".join(["member,point,direction,since", *lines]) + "\n"


def _mapping(count: int) -> str:
    columns = [
        f"  - {{column: {_point(number)}, point: {_point(number)}, direction:"
        f" {'generation' if _is_producer(number) else 'consumption'}}}"
        for number in range(count)
    ]
    return "\n".join(["time: [t]", "values:", *columns]) + "\n"


def _write_month(path: Path, count: int, month: date, rng: random.Random) -> None:
    """Write a month's table, a column a point, line by line."""
    base = [rng.uniform(0.02, 0.2) for _ in range(count)]
    with path.open("w", encoding="utf-8") as file:
        file.write(";".join(["t", *(_point(number) for number in range(count))]) + "\n")
        for day in days_from(month, month_after(month)):
            for quarter in range(quarters_in(day, _ZONE)):
                at = local(day, quarter, _ZONE)
                sun = max(0.0, math.sin(math.pi * (at.hour - 6) / 12)) * 12
                drawn = rng.random() + 0.5
                values = (
                    f"{level * drawn * (sun if _is_producer(number) else 1):.3f}"
                    for number, level in enumerate(base)
                )
                file.write(f"{at:%Y-%m-%dT%H:%M:%S%z};" + ";".join(values) + "\n")
