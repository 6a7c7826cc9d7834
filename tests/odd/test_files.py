"""Odd parameters files: each is refused with the line and what is right, or read right."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from node.command_line import EX_CONFIG, main
from node.core.errors import ConfigError
from node.parameters import load
from tests.odd.command_lines import LINES
from tests.odd.files import FILES, File

REFUSED = [pytest.param(file, id=file.name) for file in FILES if file.refused]
READ = [pytest.param(file, id=file.name) for file in FILES if not file.refused]


def written(file: File, directory: Path) -> Path:
    path = directory / "parameters.yml"
    text = file.text if isinstance(file.text, bytes) else file.text.encode("utf-8")
    path.write_bytes(text)
    return path


def value_of(whole: object, key: str) -> object:
    for step in key.split("."):
        if isinstance(whole, tuple):
            whole = whole[int(step)]
        else:
            whole = whole[step] if isinstance(whole, Mapping) else getattr(whole, step)
    return whole


@pytest.mark.parametrize("file", REFUSED)
def test_an_odd_file_is_refused_with_the_line_and_what_is_right(file: File, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load(written(file, tmp_path))

    told = str(error.value)
    assert [part for part in file.refused if part not in told] == [], told


@pytest.mark.parametrize("file", REFUSED)
def test_the_command_says_so_with_the_file_and_the_status_of_a_wrong_one(
    file: File, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(file, tmp_path)
    assert main(["check", "--parameters", str(path)]) == EX_CONFIG

    lines = capsys.readouterr().err.splitlines()
    assert lines
    assert [line for line in lines if not line.startswith(f"{path}: ")] == []


@pytest.mark.parametrize("file", READ)
def test_an_odd_file_is_read_right(file: File, tmp_path: Path) -> None:
    whole = load(written(file, tmp_path))

    assert {key: value_of(whole, key) for key in file.reads} == dict(file.reads)
    sentences = "\n".join(notice.sentence for notice in whole.notices)
    assert [part for part in file.notices if part not in sentences] == [], sentences


def test_the_table_has_a_hundred_rows_and_more() -> None:
    assert len(FILES) + len(LINES) > 150


def test_no_two_rows_have_one_name() -> None:
    names = [file.name for file in FILES]

    assert sorted(set(names)) == sorted(names)
