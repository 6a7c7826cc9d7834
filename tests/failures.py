"""Write docs/failures.md from the tests that assert it.

    python -m tests.failures [--check]

A test with `@pytest.mark.failure(part=..., failure=..., ...)` is a row of the table: what fails,
and what the contacts do, what the person sees, what happens to money and how long it lasts, of that
what the test asserts and no more. `part` is one of `PARTS`. `--check` writes nothing, and ends with
1 where the page is another one.
"""

import argparse
import contextlib
import io
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/failures.md"
PARTS = {
    "node": "A home's node",
    "journal": "The journal and the card",
    "readings": "Readings and the clock",
    "sensors": "Sensors and their bus",
    "relay": "The relay and the way to it",
    "neighbour": "The neighbour",
    "utility": "The utility",
    "chain": "The chain",
    "broker": "The broker",
    "file": "Parameters and keys",
    "install": "Installing and upgrading",
}
HEAD = """# What happens when something fails

Written by `python -m tests.failures` from the tests that assert it; a test holds that it is the
same. A row says what its test asserts and no more: `-` is what that test does not look at. Contacts
at rest: every home on its own source. Spans are those of the test, with its short leases and
blocks; a home's are in its parameters. What has many cases is a sample in `make test`, and whole in
`make soak`.
"""
COLUMNS = ("failure", "the contacts", "the person sees", "money", "how long", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Hold one failure, and what a test asserts of it."""

    part: str
    failure: str
    contacts: str = "-"
    person: str = "-"
    money: str = "-"
    lasts: str = "-"
    test: str

    def line(self) -> str:
        """Write the row as one of a table's."""
        path, _, name = self.test.partition("::")
        shown = f"`{path}::{name}`"
        cells = (self.failure, self.contacts, self.person, self.money, self.lasts, shown)
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


class _Collector:
    """Gather the rows of what pytest has collected, in its order."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            test = item.nodeid.partition("[")[0]
            self.rows += [Row(test=test, **mark.kwargs) for mark in item.iter_markers("failure")]


def collect() -> tuple[Row, ...]:
    """Give the rows of all tests; a test of many cases gives each of its rows once."""
    collector = _Collector()
    # An empty -m takes in those that `make test` leaves out.
    options = ("--collect-only", "-m", "", "-p", "no:cacheprovider", str(ROOT / "tests"))
    with contextlib.redirect_stdout(io.StringIO()) as said:
        status = pytest.main([*options], plugins=[collector])
    if status != pytest.ExitCode.OK:
        raise RuntimeError(f"the tests cannot be collected: {said.getvalue()[-2000:]}")
    return tuple(dict.fromkeys(collector.rows))


def page(rows: Iterable[Row]) -> str:
    """Write the page; a part that nobody knows is a KeyError."""
    tables: dict[str, list[str]] = {title: [] for title in PARTS.values()}
    for row in rows:
        tables[PARTS[row.part]].append(row.line())
    head = [f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}"]
    parts = [HEAD]
    for title, lines in tables.items():
        parts.append("\n".join([f"## {title}", "", *head, *lines, ""]))
    return "\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(prog="python -m tests.failures", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    options = parser.parse_args(arguments)
    text = page(collect())
    if not options.check:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        print(f"{PAGE.relative_to(ROOT)} is not what the tests say: run python -m tests.failures")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
