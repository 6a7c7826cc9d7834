"""A history as CSV and JSON: what people's spreadsheets read, to the unit."""

import csv
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.core.errors import Refused
from node.export import Asked, Layout, instant, rows_of, write_csv, write_json
from node.state.history.store import HISTORY_NAME, MOST_ROWS, HistoryStore
from node.state.history.tables import Table

ALL = Asked(what="intervals", from_s=0.0, to_s=1e10)
ROW = {
    "at_s": 1_796_105_700.0,
    "starts_s": 1_796_104_800,
    "load_imported_milliwh": 2_500_001,
    "grid_milliwh": None,
    "neighbours_milliwh": {"0xAb": 7, "0xCd": 2_000_000},
    "soc_pct": 34.5,
    "price_per_kwh": 163_777,
    "paid": -3,
    "tokens": 99_998_560,
}


@pytest.fixture
def in_vienna(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as there:
        there.setenv("TZ", "Europe/Vienna")
        time.tzset()
        yield
    time.tzset()


def printed(separator: str = ",", decimal: str = ".") -> list[dict[str, str]]:
    file = io.StringIO()
    write_csv([ROW], file, Layout(separator=separator, decimal=decimal))
    file.seek(0)
    return list(csv.DictReader(file, delimiter=separator))


def test_a_row_tells_energy_in_kwh_money_in_tokens_and_both_times(in_vienna) -> None:
    (row,) = printed()

    assert row == {
        "ended_utc": "2026-12-01T06:15:00+00:00",
        "ended_local": "2026-12-01T07:15:00+01:00",
        "starts_utc": "2026-12-01T06:00:00+00:00",
        "starts_local": "2026-12-01T07:00:00+01:00",
        "load_imported_kwh": "2.500001",
        "grid_kwh": "",
        "neighbours_kwh": "2.000007",
        "neighbours": '{"0xAb":7,"0xCd":2000000}',
        "soc_pct": "34.5",
        "price_tokens_per_kwh": "0.163777",
        "paid_tokens": "-0.000003",
        "tokens": "99.998560",
    }


def test_a_spreadsheet_of_central_europe_gets_semicolons_and_commas() -> None:
    (row,) = printed(separator=";", decimal=",")

    assert (row["load_imported_kwh"], row["soc_pct"]) == ("2,500001", "34,5")


def test_a_sentence_is_no_formula() -> None:
    file = io.StringIO()
    write_csv([{"at_s": 0, "sentence": "=cmd()"}], file, Layout(separator=",", decimal="."))

    assert file.getvalue().splitlines()[1].endswith(",'=cmd()")


def test_json_has_each_row_as_it_is_kept() -> None:
    file = io.StringIO()
    write_json([ROW, ROW], file)
    first, second = json.loads(file.getvalue())

    assert first == second
    assert {name: first[name] for name in ROW} == ROW
    none = io.StringIO()
    write_json([], none)
    assert json.loads(none.getvalue()) == []


def test_years_that_no_calendar_has_are_told_in_seconds() -> None:
    file = io.StringIO()
    write_csv([{"at_s": 2.0**40}], file, Layout(separator=",", decimal="."))

    assert "1099511627776.0 s" in file.getvalue()


def test_without_a_program_the_file_is_read_in_pieces_oldest_first(tmp_path: Path) -> None:
    table = Table(name="intervals", columns={"paid": "INTEGER"}, kept_s=1, most_rows=9_999)
    store = HistoryStore(tmp_path / HISTORY_NAME, (table,))
    store.open()
    count = 2 * MOST_ROWS + 5
    for at in range(count):
        store.add("intervals", at * 1000, {"paid": at})
    store.commit(0)
    store.close()

    assert [row["paid"] for row in rows_of(tmp_path, ALL)] == list(range(count))
    some = Asked(what="intervals", from_s=3.0, to_s=5.0)
    assert [row["paid"] for row in rows_of(tmp_path, some)] == [3, 4]
    with pytest.raises(Refused, match="has intervals, not trades"):
        rows_of(tmp_path, Asked(what="trades", from_s=0.0, to_s=1.0))


def test_where_there_is_no_history_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="there is none"):
        rows_of(tmp_path, ALL)
    assert list(tmp_path.iterdir()) == []


def test_an_instant_is_local_where_it_names_no_zone(in_vienna) -> None:
    assert instant("2026-12-01") == 1_796_079_600
    assert instant("2026-12-01T00:00+00:00") == 1_796_083_200
    with pytest.raises(ValueError):
        instant("yesterday")
