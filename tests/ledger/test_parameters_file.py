"""The parameters file: single values change, every other byte stays."""

from pathlib import Path

import pytest

from node.ledger.parameters_file import ParametersUneditable, read_values, write_values

FILE = """\
# the head
other:
  token: 'not this one'
contract:
  # the endpoint
  node: http://127.0.0.1:8545
  token: null  # the token
  address:
    # deeper keys are somebody else's
  interval_s: 900

# the home
node:
  name: home
"""
KEYS = ("token", "address", "registry")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "parameters.yml"
    path.write_text(FILE)
    path.chmod(0o640)
    return path


def test_values_are_written_in_place_and_the_rest_stays(path: Path) -> None:
    write_values(path, "contract", {"token": "'0xaa'", "address": "'0xbb'", "registry": "'0xcc'"})

    expected = (
        FILE.replace("  token: null  #", "  token: '0xaa'  #")
        .replace("  address:\n", "  address: '0xbb'\n")
        .replace("contract:\n", "contract:\n  registry: '0xcc'\n")
    )
    assert path.read_text() == expected
    assert path.stat().st_mode & 0o777 == 0o640
    assert read_values(path, "contract", KEYS) == {
        "token": "0xaa",
        "address": "0xbb",
        "registry": "0xcc",
    }
    assert list(path.parent.iterdir()) == [path]


def test_absent_values_read_as_none(path: Path) -> None:
    assert read_values(path, "contract", KEYS) == dict.fromkeys(KEYS)
    assert read_values(path.with_name("absent.yml"), "contract", KEYS) == dict.fromkeys(KEYS)


def test_writing_the_same_values_again_changes_nothing(path: Path) -> None:
    write_values(path, "contract", {"token": "'0xaa'"})
    once = path.read_bytes()
    write_values(path, "contract", {"token": "'0xaa'"})

    assert path.read_bytes() == once


def test_absent_section_and_absent_file_are_begun(path: Path) -> None:
    path.write_text("node:\n  name: home\n")
    write_values(path, "contract", {"token": "'0xaa'"})
    assert path.read_text() == "node:\n  name: home\n\ncontract:\n  token: '0xaa'\n"

    fresh = path.with_name("fresh.yml")
    write_values(fresh, "contract", {"token": "'0xaa'"})
    assert fresh.read_text() == "contract:\n  token: '0xaa'\n"


def test_section_in_braces_is_left_alone_and_named(path: Path) -> None:
    path.write_text("contract: {node: here}\n")
    with pytest.raises(ParametersUneditable, match="by hand: token: '0xaa'"):
        write_values(path, "contract", {"token": "'0xaa'"})

    assert path.read_text() == "contract: {node: here}\n"


def test_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParametersUneditable, match="cannot be written"):
        write_values(tmp_path / "absent" / "parameters.yml", "contract", {"token": "1"})
