"""A made-up community of five, and its commands."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from community import example
from community.billing.bill import month_after
from community.command_line import main
from community.membership import written
from tests.parts.postgres import Server, running_postgres

VIENNA = ZoneInfo("Europe/Vienna")
OCTOBER = date(2026, 10, 1)


@dataclass(frozen=True)
class Community:
    """A community's directory, and what its commands say."""

    directory: Path
    read: Callable[[], tuple[str, str]]
    url: str | None = None
    """Its database's, where that is not a file of the directory."""

    def run(self, *words: object) -> tuple[int, str]:
        """Carry a command out; give its status and all that it printed."""
        status = main(["--directory", str(self.directory), *map(str, words)])
        return status, "".join(self.read())

    def write(self, name: str, text: str) -> Path:
        """Write a file beside the community's."""
        path = self.directory / name
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def community(tmp_path: Path, capsys) -> Community:
    """A community with rules and members, and no readings yet."""

    def read() -> tuple[str, str]:
        said = capsys.readouterr()
        return said.out, said.err

    found = Community(tmp_path / "sonnweg", read)
    assert found.run("new", "Sonnweg")[0] == 0
    members = found.write("members.csv", written(example.members(OCTOBER)))
    assert found.run("members", "import", members)[0] == 0
    return found


def report_rows(
    since: date = OCTOBER, until: date | None = None, *, seed: int = 1
) -> list[Sequence[example.Row]]:
    """Make up the rows of an energy report, of a month where no end is given."""
    who = example.members(OCTOBER)
    return list(example.report(who, since, until or month_after(since), VIENNA, seed=seed))


def report_text(rows: Sequence[example.Row]) -> str:
    """Write rows as the portal's CSV."""
    return example.text_of(iter(rows))
