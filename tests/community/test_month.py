"""A made-up community's month by its commands, from files to bills, and what goes wrong in one."""

import itertools
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest

from community.billing.bill import month_after
from community.command_line import main
from community.example import members, point
from community.membership import written
from tests.community.conftest import OCTOBER, report_rows, report_text

HEAD = 8
COUNT = itertools.count()


@pytest.fixture(scope="module")
def october(tmp_path_factory):
    """A community's directory with its October, once for all: each test gets a copy."""
    directory = tmp_path_factory.mktemp("october") / "sonnweg"
    assert main(["--directory", str(directory), "new", "Sonnweg"]) == 0
    take_october(directory)
    return directory


@pytest.fixture(scope="module")
def october_on_postgres(tmp_path_factory, postgres):
    """The same, with its database in a server."""
    directory = tmp_path_factory.mktemp("october") / "sonnweg"
    assert main(["--directory", str(directory), "new", "Sonnweg"]) == 0
    name_database(directory, postgres.new("october"))
    take_october(directory)
    return directory


def take_october(directory):
    words = ("--directory", str(directory))
    for name, text in (
        ("members.csv", written(members(OCTOBER))),
        ("october.csv", report_text(report_rows())),
    ):
        (directory / name).write_text(text, encoding="utf-8")
    assert main([*words, "members", "import", str(directory / "members.csv")]) == 0
    assert main([*words, "import", str(directory / "october.csv")]) == 0


def name_database(directory, url):
    rules = directory / "rules.yml"
    head = [line for line in rules.read_text().splitlines() if not line.startswith("database:")]
    rules.write_text("\n".join([*head, f"database: {url}"]) + "\n")


@pytest.fixture(params=["sqlite", "postgresql"])
def imported(request, community, tmp_path):
    """The community with its October, in each of the databases."""
    shutil.rmtree(community.directory)
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("october"), community.directory)
        community.read()
        yield community
        return
    shutil.copytree(request.getfixturevalue("october_on_postgres"), community.directory)
    server = request.getfixturevalue("postgres")
    name = f"copy_{next(COUNT)}"
    url = server.new(name, like="october")
    name_database(community.directory, url)
    community.read()
    yield replace(community, url=url)
    server.ask(f"DROP DATABASE {name}")


def bill_files(community):
    return {path.name: path.read_bytes() for path in (community.directory / "bills").glob("*/*")}


def anna_is_mallorys(ends):
    """Write a table in which Anna Huber's point is another one's."""
    return f"member,point,direction,since\nMallory,{point(1, feeds_in=False)},{ends}\n"


def test_a_month_goes_from_files_to_bills(imported):
    assert imported.run("status", "2026-10") == (0, "complete\n")

    status, said = imported.run("bill", "2026-10", "--year", "2026")

    assert (status, said[:31]) == (0, "5 bills are new, 5 in all; see ")
    files = bill_files(imported)
    assert sorted(files) == [*(f"2026-000{number}.html" for number in range(1, 6)), "bills.csv"]
    lines = files["bills.csv"].decode().splitlines()
    assert lines[0].startswith("number;replaces;member;month;got_kwh;given_kwh;pays;receives")
    paid, received = (
        sum(int(line.split(";")[column].replace(",", "")) for line in lines[1:])
        for column in (6, 7)
    )
    assert paid == received > 0


def test_bills_made_twice_are_the_same_bytes_and_nothing_is_new(imported):
    imported.run("bill", "2026-10", "--year", "2026")
    before = bill_files(imported)
    for path in (imported.directory / "bills").glob("*/*"):
        path.unlink()

    status, said = imported.run("bill", "2026-10", "--year", "2027")

    assert (status, said[:31]) == (0, "0 bills are new, 5 in all; see ")
    assert bill_files(imported) == before


def test_our_own_dynamic_key_gives_what_the_operator_allocated_within_rounding(imported):
    """The operator shares whole watt-hours by the same key: a month differs by their rounding."""
    ours = imported.run("allocate", "2026-10")[1].splitlines()
    rules = imported.directory / "rules.yml"
    rules.write_text(rules.read_text().replace("key: dynamic", "key: operator"))

    theirs = imported.run("allocate", "2026-10")[1].splitlines()

    assert len(ours) == len(theirs) == 8
    for own, told in zip(ours[1:], theirs[1:], strict=True):
        assert own.split(";")[:4] == told.split(";")[:4]
        difference = float(own.split(";")[4]) - float(told.split(";")[4])
        assert abs(difference) < 0.001 * 96 * 31


def test_the_report_says_both_own_coverages_and_they_are_equal(imported):
    said = imported.run("report", "2026-10")[1]

    found = re.search(r"consumers (\S+) kWh = own coverage of producers (\S+) kWh", said)
    assert found is not None
    assert found[1] == found[2]


def test_what_is_missing_is_said_by_point_and_day_and_nothing_is_billed(community):
    rows = report_rows()
    # Ten in the morning of the 17th, three quarter hours; and one point's evening.
    at = HEAD + 16 * 96 + 40
    del rows[at : at + 3]
    path = community.write("october.csv", report_text(rows))
    community.run("import", path)

    status, said = community.run("status", "2026-10")

    assert status == 1
    assert said.startswith("2026-10-17: these 7 points lack 3 quarter hours: AT00")
    assert "(Anna Huber, from 10:00)" in said
    status, said = community.run("bill", "2026-10")
    assert status == 1
    assert "3 quarter hours are missing on 2026-10-17" in said
    assert not (community.directory / "bills").exists()


def test_a_correction_replaces_days_and_the_bills_only_when_asked(imported):
    imported.run("bill", "2026-10", "--year", "2026")
    before = bill_files(imported)
    changed = imported.write("corrected.csv", report_text(report_rows(seed=2)))

    assert " 0 are new" not in imported.run("import", changed)[1]
    status, said = imported.run("bill", "2026-10", "--year", "2026")

    assert status == 1
    assert "Anna Huber: bill 2026-0001 said " in said
    assert bill_files(imported) == before
    assert imported.run("bill", "2026-10", "--year", "2026", "--correct")[0] == 0
    after = bill_files(imported)
    assert {name: after[name] for name in before if name != "bills.csv"} == {
        name: content for name, content in before.items() if name != "bills.csv"
    }
    assert b"Replaces bill 2026-0001, which is no longer valid." in after["2026-0006.html"]
    assert "2026-0006;2026-0001;Anna Huber" in after["bills.csv"].decode()


def test_a_file_taken_twice_changes_nothing(imported):
    said = imported.run("import", imported.directory / "october.csv")[1]

    assert said.endswith("0 days of points are new, 434 were known, 0 replaced\n")


def test_a_broken_file_leaves_everything_as_it_was(imported):
    before = imported.run("allocate", "2026-10")
    rows = report_rows(seed=3)
    rows[-1] = [rows[-1][0], "-1", *rows[-1][2:]]
    broken = imported.write("broken.csv", report_text(rows))

    status, said = imported.run("import", broken)

    assert status == 1
    assert re.search(r"broken.csv: line \d+: -1 is below 0.*; nothing of it was taken", said)
    assert imported.run("allocate", "2026-10") == before


def test_a_point_whose_direction_is_another_one_is_refused(imported):
    table = imported.write("wrong.csv", anna_is_mallorys("generation,2026-10-01"))

    status, said = imported.run("members", "import", table)

    assert status == 1
    assert "generation here, and consumption until now; nothing of it was taken" in said
    assert "Mallory" not in imported.run("members", "list")[1]


def test_a_point_is_one_members_at_a_time(imported):
    table = imported.write("second.csv", anna_is_mallorys("consumption,2026-11-01"))

    status, said = imported.run("members", "import", table)

    assert status == 1
    assert "is Anna Huber's already in these days" in said


def test_who_leaves_within_a_month_is_billed_for_its_days(imported):
    table = imported.directory / "members.csv"
    lines = table.read_text().splitlines()
    gone = [
        line.replace(",2026-10-01,,", ",2026-10-01,2026-10-16,", 1) if "Eva" in line else line
        for line in lines
    ]
    table.write_text("\n".join(gone) + "\n")
    imported.run("members", "import", table)

    imported.run("bill", "2026-10")

    bills = bill_files(imported)["bills.csv"].decode().splitlines()
    eva = next(line.split(";") for line in bills if "Eva" in line)
    assert eva[8] == "0,97"  # 15 of 31 days of 2.00 a month


def traces_in(directory):
    """Name the files below a directory that tell of Ben Gruber, but for his sealed bills."""
    his = [b"Ben Gruber", point(2, feeds_in=False).encode(), b"Sonnweg 2,"]
    return [
        path
        for path in directory.rglob("*")
        if path.is_file()
        and path.parent.name != "sealed"
        and any(trace in path.read_bytes() for trace in his)
    ]


def test_a_forgotten_member_is_nowhere_in_the_files_but_in_its_sealed_bills(imported):
    imported.run("bill", "2026-10", "--year", "2026")
    for name in ("members.csv", "october.csv"):
        (imported.directory / name).unlink()

    status, said = imported.run("members", "forget", "Ben Gruber")
    assert (status, "do it by --yes" in said) == (1, True)
    assert imported.run("members", "forget", "Ben Gruber", "--yes")[0] == 0

    assert traces_in(imported.directory) == []
    sealed = list((imported.directory / "sealed").iterdir())
    assert [path.name for path in sealed] == ["2026-0002.html"]
    assert (imported.directory / "sealed").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("imported", ["postgresql"], indirect=True)
def test_a_forgotten_member_is_in_no_file_of_the_server(imported, postgres):
    """What its administrator does beside it is told in docs/community.md: close the log."""
    name = imported.url.partition("?")[0].rpartition("/")[2]
    imported.run("bill", "2026-10", "--year", "2026")
    postgres.ask("VACUUM ANALYZE", name)
    postgres.ask("CHECKPOINT")
    assert traces_in(postgres.files_of(name))

    assert imported.run("members", "forget", "Ben Gruber", "--yes")[0] == 0
    postgres.ask("SELECT pg_switch_wal()")
    postgres.ask("CHECKPOINT")

    assert traces_in(postgres.files_of(name)) == []
    others = [path for path in postgres.data.iterdir() if path.is_dir() and path.name != "base"]
    assert [traces_in(directory) for directory in others] == [[]] * len(others)


def test_both_databases_give_the_same_bytes(october, october_on_postgres, tmp_path):
    said = []
    for number, directory in enumerate((october, october_on_postgres)):
        place = tmp_path / str(number)
        shutil.copytree(directory, place)
        assert main(["--directory", str(place), "bill", "2026-10", "--year", "2026"]) == 0
        assert main(["--directory", str(place), "backup", str(place / "copy.sqlite")]) == 0
        said.append({path.name: path.read_bytes() for path in (place / "bills").glob("*/*")})
        with closing(sqlite3.connect(place / "copy.sqlite")) as copy:
            said.append(list(copy.iterdump()))

    assert len(said[0]) == 6
    assert said[0] == said[2]
    assert sorted(said[1]) == sorted(said[3])


def test_a_backup_is_the_whole_database_and_overwrites_nothing(imported, tmp_path):
    imported.run("bill", "2026-10", "--year", "2026")
    target = tmp_path / "copy.sqlite"
    assert imported.run("backup", target)[0] == 0
    before = imported.run("allocate", "2026-10")
    files = bill_files(imported)

    assert imported.run("backup", target)[0] == 1
    status, said = imported.run("restore", target)
    assert (status, "holds something already, and was left as it is" in said) == (1, True)
    # A machine that has nothing but the rules and the backup.
    rules = imported.directory / "rules.yml"
    left = [line for line in rules.read_text().splitlines() if not line.startswith("database:")]
    shutil.rmtree(imported.directory)
    imported.directory.mkdir()
    rules.write_text("\n".join(left))
    assert imported.run("restore", target)[0] == 0

    assert imported.run("allocate", "2026-10") == before
    assert imported.run("bill", "2026-10", "--year", "2026")[1][:25] == "0 bills are new, 5 in all"
    assert bill_files(imported) == files


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://here/sonnweg", "a URL as postgresql://user@host/name"),
        ("postgresql://me:secret@here/sonnweg", "one without a password"),
        ("postgresql://me@here/sonnweg?password=secret", "one without a password"),
        ("postgresql://nobody@/sonnweg?host=/nowhere", "cannot be opened (connection"),
    ],
)
def test_a_database_that_cannot_be_is_refused_and_no_password_told(community, url, says):
    name_database(community.directory, url)

    status, said = community.run("status", "2026-10")

    assert (status, says in said) == (1, True)
    assert "secret" not in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("status", "October"), "month 'October': a year and a month, as 2026-11"),
        (("new", "Again"), "rules.yml: is there already, and was left as it is"),
        (("import", "nowhere.csv"), "No such file"),
        (("members", "forget", "Nobody"), "no member is called 'Nobody'"),
    ],
)
def test_what_cannot_be_done_says_why(imported, words, says):
    status, said = imported.run(*words)

    assert status == 1
    assert says in said


def test_the_month_after_december_is_january():
    assert month_after(date(2026, 12, 1)) == date(2027, 1, 1)
    assert month_after(OCTOBER) == date(2026, 11, 1)
