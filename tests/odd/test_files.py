"""Odd parameters files: each is refused with the line and what is right, or read right."""

from pathlib import Path

import pytest

from node.core.errors import ConfigError
from node.parameters import load
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
        whole = whole[step] if hasattr(whole, "keys") else getattr(whole, step)
    return whole


@pytest.mark.parametrize("file", REFUSED)
def test_an_odd_file_is_refused_with_the_line_and_what_is_right(file: File, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load(written(file, tmp_path))

    told = str(error.value)
    assert [part for part in file.refused if part not in told] == [], told


@pytest.mark.parametrize("file", READ)
def test_an_odd_file_is_read_right(file: File, tmp_path: Path) -> None:
    whole = load(written(file, tmp_path))

    assert {key: value_of(whole, key) for key in file.reads} == dict(file.reads)
    sentences = "\n".join(notice.sentence for notice in whole.notices)
    assert [part for part in file.notices if part not in sentences] == [], sentences


def test_no_two_rows_have_one_name() -> None:
    names = [file.name for file in FILES]

    assert sorted(set(names)) == sorted(names)
