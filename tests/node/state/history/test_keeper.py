"""The thread that has a history: no loop waits for it, and a full disk loses no row."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.core.errors import Refused
from node.state.history import keeper as module
from node.state.history.keeper import COMMIT_EVERY_S, MOST_WAITING, RETRY_AFTER_S, HistoryKeeper
from node.state.history.store import HISTORY_NAME, HistoryStore
from node.state.history.tables import Marks, Row, Table

LINES = Table(name="lines", columns={"text": "TEXT"}, kept_s=86_400, most_rows=9_000)


class Times:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def make(tmp_path: Path, times: Times) -> Iterator[Callable[..., HistoryKeeper]]:
    made: list[HistoryKeeper] = []

    def keeper(table: Table = LINES) -> HistoryKeeper:
        made.append(HistoryKeeper(tmp_path, (table,), times, lambda: 100.0))
        return made[-1]

    yield keeper
    for one in made:
        one.close()


def asked(keeper: HistoryKeeper, **changed: object) -> Any:
    request = {"do": "history", "what": "lines", "from": 0, "to": 1e9, **changed}
    return json.loads(asyncio.run(keeper.answer(request)))


def texts(keeper: HistoryKeeper) -> list[str]:
    return [row["text"] for row in asked(keeper)["rows"]]


def on_disk(directory: Path) -> list[str]:
    """Read what a power cut would leave, from copies."""
    cut = directory / "cut"
    cut.mkdir(exist_ok=True)
    for name in (HISTORY_NAME, f"{HISTORY_NAME}-wal"):
        if (directory / name).exists():
            (cut / name).write_bytes((directory / name).read_bytes())
    store = HistoryStore(cut / HISTORY_NAME)
    store.open()
    rows = store.page("lines", 0, 2**50).rows
    store.close()
    return [row["text"] for row in rows]


def test_a_row_is_answered_at_once_and_on_disk_at_the_hour(make, times, tmp_path) -> None:
    keeper = make()
    keeper.keep("lines", 1.5, {"text": "one"})
    assert asked(keeper) == {"rows": [{"at_s": 1.5, "text": "one"}], "more": False}
    keeper.tend(COMMIT_EVERY_S - 1)
    assert texts(keeper) == ["one"]
    assert on_disk(tmp_path) == []

    keeper.tend(COMMIT_EVERY_S)
    assert texts(keeper) == ["one"]
    assert on_disk(tmp_path) == ["one"]


def test_an_orderly_end_writes_what_waits_and_may_come_twice(make, tmp_path) -> None:
    keeper = make()
    keeper.keep("lines", 1, {"text": "one"})
    keeper.close()
    keeper.close()
    keeper.keep("lines", 2, {"text": "too late"})

    assert on_disk(tmp_path) == ["one"]
    with pytest.raises(Refused, match="history"):
        asked(keeper)


@pytest.mark.failure(
    part="journal",
    failure="full, when the history is written",
    person="one line in the log; nothing of the home rests for it",
)
def test_a_full_disk_loses_nothing_and_is_tried_again(make, times, tmp_path, caplog) -> None:
    keeper = make()
    keeper.keep("lines", 1, {"text": "before"})
    keeper.tend(COMMIT_EVERY_S)
    assert texts(keeper) == ["before"]
    database = keeper._store._file.database
    full = "PRAGMA max_page_count = {}"
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(full.format(pages))
    for at in (2, 3):
        keeper.keep("lines", at, {"text": str(at) * 3_000})
        times.now_s += COMMIT_EVERY_S
        keeper.tend(times.now_s)

    assert [text[0] for text in texts(keeper)] == ["b"]
    assert "full" in keeper.problem
    assert caplog.text.count("the history cannot be written") == 1
    database.execute(full.format(1_000_000))
    keeper.tend(times.now_s + RETRY_AFTER_S)
    assert [text[0] for text in texts(keeper)] == ["3", "2", "b"]
    assert keeper.problem is None
    assert [text[0] for text in on_disk(tmp_path)] == ["3", "2", "b"]


def test_what_cannot_be_written_is_bounded_and_the_oldest_goes(make, tmp_path) -> None:
    (tmp_path / HISTORY_NAME).mkdir()
    keeper = make()
    for at in range(MOST_WAITING + 10):
        keeper.keep("lines", at, {"text": str(at)})
    with pytest.raises(Refused, match=HISTORY_NAME):
        asked(keeper)
    assert keeper.dropped == 10

    (tmp_path / HISTORY_NAME).rmdir()
    newest = asked(keeper, to=20)
    assert [row["text"] for row in newest["rows"]] == [str(at) for at in range(19, 9, -1)]


@pytest.mark.failure(
    part="journal",
    failure="`history.sqlite` cannot be read",
    person="the log names the file that is kept aside; the history begins anew",
)
def test_a_file_that_cannot_be_read_is_kept_aside_and_said(make, tmp_path, caplog) -> None:
    (tmp_path / HISTORY_NAME).write_bytes(b"nothing of ours" * 99)
    keeper = make()
    keeper.keep("lines", 1, {"text": "one"})

    assert texts(keeper) == ["one"]
    (aside,) = tmp_path.glob("*.unreadable-*")
    assert f"the old one is kept as {aside.name}" in caplog.text


def test_a_fault_of_ours_costs_one_row_and_no_more(make, caplog) -> None:
    def broken(row: Row, marks: Marks) -> tuple[Row | None, Marks]:
        assert row["text"] != "bad"
        return row, marks

    keeper = make(replace(LINES, finish=broken))
    for at, text in enumerate(("one", "bad", "two")):
        keeper.keep("lines", at, {"text": text})

    assert texts(keeper)[:1] == ["two"]
    assert texts(keeper) == ["two", "one"]
    assert keeper.dropped == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"what": "passwords"},
        {"what": "marks"},
        {"what": ["lines"]},
        {"from": None},
        {"to": "1"},
        {"to": True},
        {"to": float("inf")},
        {"to": 2**70},
    ],
)
def test_a_question_that_is_none_is_refused_by_name(make, changed) -> None:
    with pytest.raises(Refused) as refusal:
        asked(make(), **changed)

    assert refusal.value.name == "BadRequest"


def test_only_so_many_ask_at_one_time(make, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_ASKING", 1)
    keeper = make()

    async def both() -> list[object]:
        request = {"what": "lines", "from": 0, "to": 1}
        return await asyncio.gather(
            keeper.answer(request), keeper.answer(request), return_exceptions=True
        )

    first, second = asyncio.run(both())
    assert isinstance(first, bytes)
    assert isinstance(second, Refused)
