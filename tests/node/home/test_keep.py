"""`node keep`: what is wished goes into the file, whose every other byte stays; nothing is lost."""

import pytest

from node.core.errors import Refused
from node.home import commands
from node.home.keep import keep_in_file, let_wishes_go
from node.home.wishes import WISHES_NAME, Wishes
from node.parameters import load
from node.parameters.file import ParametersUneditable
from node.parameters.wishes import number_in
from tests.node.home.test_wishes import FILE
from tests.parts.page_host import Speaking

WISHES = {"node.limit": "25", "node.budget.max_price": "0.25", "node.offer.price": "0.3"}
HEAD = "# my home\nclock: {speed: 1}   # as it is\n"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "parameters.yml"
    path.write_text(HEAD + FILE.format(state=tmp_path))
    path.chmod(0o640)
    return path


def wished(path, wishes=WISHES):
    """A home that was wished something, as it runs."""
    home = Wishes(load(path), lambda: 1_790_000_000.0)
    for key, value in wishes.items():
        home.take({"key": key, "value": value, "by": "the page"})
    return home


def test_wishes_go_into_the_file_and_end_and_its_other_bytes_stay(path, capsys):
    wished(path)
    before = path.read_text()

    assert commands.keep(load(path), None) == 0

    assert path.read_text() == before.replace("limit: 20", "limit: 25").replace(
        "{price: 0.2}", "{price: 0.3}"
    ).replace("\nnode:\n", "\nnode:\n  budget: {max_price: 0.25}\n")
    assert path.stat().st_mode & 0o777 == 0o640
    said = capsys.readouterr().out
    assert "node.limit: 25 (was 20; wished by the page since 2026-09-21T14:13:20+00:00)" in said
    assert "node.budget.max_price: 0.25 (was not there" in said
    after = Wishes(load(path))
    assert (after.standing(), after.notice) == ({}, None)
    assert {key: number_in(after.parameters, key) for key in WISHES} == {
        key: float(value) for key, value in WISHES.items()
    }

    assert commands.keep(load(path), None) == 0
    assert "nothing is wished" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("written", "then"),
    [
        ("  budget:\n    # a day\n    tokens_per_day: 3\n", "    max_price: 0.25\n    # a day"),
        ("  budget: {tokens_per_day: 3}  # a day\n", "{max_price: 0.25, tokens_per_day: 3}  # a"),
        ("  budget:  # none yet\n", "  budget:  # none yet\n    max_price: 0.25\n"),
        ("  budget: null  # none\n", "  budget: {max_price: 0.25}  # none\n"),
        ("  budget:\n    max_price: 0.2   # at most\n", "    max_price: 0.25   # at most\n"),
    ],
)
def test_a_section_within_another_is_found_however_it_is_written(path, written, then):
    path.write_text(path.read_text().replace("  limit: 20\n", f"  limit: 20\n{written}"))
    wished(path, {"node.budget.max_price": "0.25"})

    commands.keep(load(path), None)

    assert then in path.read_text()
    assert number_in(load(path), "node.budget.max_price") == 0.25


def test_a_wish_whose_value_is_new_in_the_file_is_not_written(path, capsys):
    wished(path)
    path.write_text(path.read_text().replace("limit: 20", "limit: 22"))

    commands.keep(load(path), None)

    assert load(path).node.limit == 22
    assert "node.limit: the file has a new value, so the wish for 25 has ended" in (
        capsys.readouterr().out
    )


def test_a_file_without_a_place_for_a_wish_stays_and_the_wish_with_it(path):
    path.write_text(path.read_text().replace("limit: 20\n", "limit: &l 20\n  delta: *l\n"))
    home = wished(path, {"node.limit": "25", "node.delta": "30"})
    text, kept = path.read_text(), (path.parent / WISHES_NAME).read_text()

    with pytest.raises(ParametersUneditable, match=r"write by hand: node.limit: 25, node.delta"):
        commands.keep(load(path), None)

    assert (path.read_text(), (path.parent / WISHES_NAME).read_text()) == (text, kept)
    assert home.standing() == {"node.limit": "25", "node.delta": "30"}


def test_a_running_home_lets_go_of_what_its_file_says_and_of_nothing_else(path):
    home = wished(path)
    running = Speaking(path.parent, {})
    running.answers["wishes_kept"] = lambda _request: home.let_go()
    applied = home.parameters

    keep_in_file(load(path))
    # Wished meanwhile; and what else a person wrote counts at the next start.
    home.take({"key": "node.limit", "value": "26", "by": "the page"})
    path.write_text(path.read_text().replace("battery_wh: 100", "battery_wh: 200"))
    let_wishes_go(load(path))
    running.close()

    assert home.standing() == {"node.limit": "26"}
    assert applied.node.battery_milliwh == home.parameters.node.battery_milliwh
    rows = {row["key"]: row["file"] for row in home.told()}
    assert (rows["node.budget.max_price"], rows["node.offer.price"]) == ("0.25", "0.3")
    again = Wishes(load(path))
    assert again.notice is not None
    assert "node.limit" in again.notice
    home.take({"key": "node.budget.max_price", "value": None, "by": "the page"})
    assert number_in(home.parameters, "node.budget.max_price") == 0.25


def test_a_home_that_is_older_keeps_its_wishes_and_says_no(path):
    wished(path)
    running = Speaking(path.parent, {})

    with pytest.raises(Refused, match="ask for one of"):
        commands.keep(load(path), None)
    running.close()

    assert load(path).node.limit == 25
    assert (path.parent / WISHES_NAME).read_text().count("value") == 3
