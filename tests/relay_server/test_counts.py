"""Switch counts outlive restarts and bad files, and warn before a contact is worn."""

from pathlib import Path

import pytest

from relay_server.counts import SwitchCounts


def test_counts_survive_a_restart(tmp_path: Path) -> None:
    counts = SwitchCounts(tmp_path / "state", 4, 100)
    counts.add((0, 1))
    counts.add((1,))
    counts.write()

    assert SwitchCounts(tmp_path / "state", 4, 100).operations == (1, 2, 0, 0)


def test_nothing_is_written_when_nothing_moved(tmp_path: Path) -> None:
    SwitchCounts(tmp_path, 4, 100).write()
    assert list(tmp_path.iterdir()) == []


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    counts = SwitchCounts(tmp_path, 2, 100)
    counts.add((0,))
    counts.write()
    assert [path.name for path in tmp_path.iterdir()] == ["switch_counts.json"]


def test_smaller_board_forgets_nothing(tmp_path: Path) -> None:
    wide = SwitchCounts(tmp_path, 4, 100)
    wide.add((3,))
    wide.write()
    narrow = SwitchCounts(tmp_path, 2, 100)
    narrow.add((0,))
    narrow.write()

    assert narrow.operations == (1, 0)
    assert SwitchCounts(tmp_path, 4, 100).operations == (1, 0, 0, 1)


@pytest.mark.parametrize(("operations", "warns"), [(79, False), (80, True), (101, True)])
def test_it_warns_at_four_fifths(tmp_path: Path, operations: int, warns: bool) -> None:
    counts = SwitchCounts(tmp_path, 2, 100)
    for _ in range(operations):
        counts.add((1,))
    warnings = counts.warnings
    assert warns == bool(warnings)
    assert all(f"channel 1 has closed {operations} of its rated 100" in w for w in warnings)


@pytest.mark.failure(
    part="relay",
    failure="the file of switch counts is unreadable",
    person="a warning; counts start again from 0, the old file is kept",
)
@pytest.mark.parametrize(
    "text",
    [b"", b"\0" * 40, b"{}", b"[1]", b'{"operations":[-1]}', b'{"operations":[true]}', b"\xff"],
)
def test_unreadable_counts_start_again_and_are_kept_aside(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "switch_counts.json").write_bytes(text)
    counts = SwitchCounts(tmp_path, 2, 100)

    assert counts.operations == (0, 0)
    assert "start again from 0" in counts.warnings[0]
    assert (tmp_path / "switch_counts.unreadable").read_bytes() == text
    counts.add((0,))
    counts.write()
    assert SwitchCounts(tmp_path, 2, 100).operations == (1, 0)


def test_directory_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the directory should be")
    counts = SwitchCounts(tmp_path / "state", 2, 100)
    counts.add((0,))
    counts.write()

    assert "cannot be written" in counts.warnings[0]
    assert counts.operations == (1, 0)


def test_file_nested_beyond_reading_starts_again_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "switch_counts.json").write_text("[" * 5000)
    counts = SwitchCounts(tmp_path, 2, 100)

    assert counts.operations == (0, 0)
    assert "cannot be read" in counts.warnings[0]
