"""The live table, and what is recorded of it: the same columns read the homes' pictures."""

import io
import json
import os
import re

import pytest

from node.system.clock import Clock
from village.recording import Recording
from village.view import COLUMNS, View

MIDNIGHT_S = 1_470_117_600.0
WIRES = (("home1", "home3"), ("home2", "home3"))
OWN = {
    "soc_pct": 32.16,
    "supply": {
        "mode": "own_source", "reason": "SoC 32.1 % >= 20 %", "waiting": "", "closed": False,
        "credit_milliwh": 0,
    },
    "delivery": None,
    "tokens": 100_000_000,
}  # fmt: skip
SELLS = {
    "soc_pct": None,
    "supply": None,
    "delivery": {"mode": "offering", "reason": "-", "waiting": "settling"},
    "tokens": None,
}


def fed(credit_milliwh: int) -> dict:
    supply = {"mode": "on_seller", "reason": "bought", "waiting": "", "closed": True}
    return {**OWN, "supply": {**supply, "credit_milliwh": credit_milliwh}}


@pytest.fixture
def out():
    return io.StringIO()


@pytest.fixture
def view(out):
    clock = Clock(speed=1e-9, origin_real_s=0.0, origin_calendar_s=MIDNIGHT_S)
    return View(clock, ("home1", "home2", "home3"), WIRES, out, is_live=True)


def shown(out, row):
    """Give one row of what was drawn last, without the terminal's own words."""
    last = out.getvalue().rpartition("\x1b[H")[2]
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", last).split("\r\n")[row].rstrip()


@pytest.fixture
def wide(monkeypatch):
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((120, 24)))


def test_the_table_shows_each_home_by_its_columns(view, out, wide):
    busy = {**fed(0), "load": {"power_w": 12.0}}
    busy["supply"] |= {"spent_today": 120_000}
    view.day(MIDNIGHT_S - 600, MIDNIGHT_S + 600)
    view.picture("home1", busy)
    view.picture("home3", SELLS | {"delivery": SELLS["delivery"] | {"earned_today": 30_000}})
    view.fed([("home1", "home3")])
    view.redraw()

    assert shown(out, 0) == "Peerwatt village  Mon 22:00 -0800  [############............] 50 %"
    assert [shown(out, row) for row in range(2, 6)] == [
        "  home    state of charge           load  feeds from    today         what and why",
        "  home1   [###.......]  32.2 %    12.0 W  home3         -0.12         on_seller: bought",
        "  home2   starting",
        "  home3   [??????????]   ?             ?  own source    +0.03         offering: settling",
    ]


def test_a_row_is_cut_to_the_terminals_width(view, out, monkeypatch):
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((30, 24)))
    view.picture("home1", OWN)
    view.redraw()

    assert shown(out, 3) == "  home1   [###.......]  32.2 …"


def test_a_home_with_a_fault_has_a_mark_and_a_colour(view, out, wide, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    view.picture("home1", OWN | {"faults": ["relay away"]})
    view.redraw()

    assert shown(out, 3).startswith("! home1")
    assert "\x1b[31m! home1" in out.getvalue()


def test_no_reason_is_older_than_the_contact(view, out, wide):
    """The contact is seen at once; what the home says of it comes a moment later."""
    view.picture("home1", OWN)
    view.fed([("home1", "home3")])
    view.redraw()

    assert "fed by a neighbour" in shown(out, 3)
    assert OWN["supply"]["reason"] not in shown(out, 3)


def test_the_terminal_is_given_back_with_what_happened_last(view, out, wide):
    view.tell("the day begins")
    view.redraw()
    view.leave()
    view.tell("the homes have stopped")

    after = out.getvalue().rpartition("\x1b[?1049l")[2].splitlines()
    assert after == ["Mon 22:00  the day begins", "Mon 22:00  the homes have stopped"]


def test_a_moment_holds_what_the_table_reads(view):
    view.picture("home1", OWN)
    view.tell("the day begins")
    moment = view.moment()

    assert list(moment) == ["time", "wires", "homes", "events"]
    assert moment["wires"] == [list(wire) for wire in WIRES]
    assert list(moment["homes"]["home1"]) == [column.name for column in COLUMNS]
    assert moment["homes"]["home1"]["tokens"] == 100_000_000
    assert moment["homes"]["home2"] is None
    assert moment["events"][-1].endswith("  the day begins")
    assert json.loads(json.dumps(moment)) == moment


def test_the_first_moment_with_most_homes_fed_is_kept(view, tmp_path):
    path = tmp_path / "view.json"
    recording = Recording(path)

    def kept() -> dict:
        recording.look(view)
        return json.loads(path.read_text())["homes"]

    assert kept()["home1"] is None
    view.fed([("home1", "home3")])
    view.picture("home1", OWN)
    assert kept()["home1"] is None, "the contact is closed, and the home does not know it yet"
    view.picture("home1", fed(300))
    assert kept()["home1"]["credit_milliwh"] == 300
    view.picture("home1", fed(200))
    assert kept()["home1"]["credit_milliwh"] == 300
    view.picture("home2", fed(100))
    view.fed(WIRES)
    assert [kept()[home]["credit_milliwh"] for home in ("home1", "home2")] == [200, 100]
    view.fed([])
    assert kept()["home2"]["fed_by"] == "home3"


def test_without_a_file_nothing_is_recorded(view, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Recording(None).look(view)

    assert list(tmp_path.iterdir()) == []
