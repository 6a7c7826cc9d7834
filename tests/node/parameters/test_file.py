"""The parameters file: single values change, every other byte stays."""

import os
from pathlib import Path

import pytest
from pydantic import BaseModel

from node.keys.keccak import checksum_address
from node.parameters import load
from node.parameters.file import (
    ParametersUneditable,
    ensure_writable,
    read_values,
    write_values,
)
from node.system import foreign_text

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

A, B, C = (checksum_address("0x" + pair * 20) for pair in ("a1", "b2", "c3"))
TOKEN = f"'{A}'"
WRITTEN = {
    "token": TOKEN, "address": f"'{B}'", "registry": f"'{C}'", "interval_s": "1800",
    "grace_s": "7200",
}  # fmt: skip
DAISEE = "'0x0C6Ef9c67FB1C3c40FeE785236d6410E1a692C2C'"
LOADING = {
    "plain": "contract:\n  node: 127.0.0.1\nnode:\n  name: home1\n",
    "nothing yet": "",
    "a comment alone": "# the street\n",
    "no line's end": "node:\n  name: home1",
    "a mark of the byte order": "\ufeffcontract:\n  node: 127.0.0.1\nnode:\n  name: home1\n",
    "such a mark, the section behind": "\ufeffnode:\n  name: h\ncontract:\n  node: 127.0.0.1\n",
    "a section in quotes": '"contract":\n  node: 127.0.0.1\n',
    "a tab behind the colon": "contract:\t\n  node:\t127.0.0.1\nnode:\t\n  name: home1\n",
    "an end with a comment": "node:\n  name: home1\n... # the end\n",
    "a space before the colon": "contract :\n  token :\n  node : 127.0.0.1\n",
    "an ancestor's section": f"contracts:\n  daisee: {DAISEE}\n  node: here\nnode: {{typ: C}}\n",
    "an ancestor's key": f"contract:\n  daisee: {DAISEE}\n  node: 127.0.0.1\nnode: {{typ: C}}\n",
    "an ancestor's blank": "contract:\n  address: ''\n  token: ''\nnode: {typ: C}\n",
    "braces": "contract: {node: 127.0.0.1}\nnode:\n  name: home1\n",
    "braces with it": "contract: {token: null, node: 127.0.0.1, address: ~ }  # these\n",
    "braces over lines": "contract: {\n  node: 127.0.0.1,\n  token: null,\n}\n",
    "nothing in braces": "contract: {}\nnode: {}\n",
    "all in braces": "{contract: {node: 127.0.0.1}, node: {name: home1}}\n",
    "all in braces without it": "{node: {name: home1}}\n",
    "nothing at all in braces": "{}\n",
    "all in braces, null": "{contract: null, node: {name: home1}}\n",
    "null": "contract: null\nnode:\n  name: home1\n",
    "nothing, and a comment": "contract:  # the chain\n# the home\nnode:\n  name: home1\n",
    "nothing at the end": "node:\n  name: home1\ncontract:",
    "a comment": "contract:   # the chain\n  # the endpoint\n  node: 127.0.0.1\n",
    "keys in quotes": "contract:\n  \"token\": null\n  'address':\n  node: 127.0.0.1  # here\n",
    "one space": "contract:\n node: 127.0.0.1\n token: null\n",
    "eight spaces": "contract:\n        node: 127.0.0.1\n        token:   # none\n",
    "marks of the document": "---\ncontract:\n  node: 127.0.0.1\n...\n",
    "marks, and nothing of it": "%YAML 1.1\n---\nnode:\n  name: home1\n...\n",
    "all indented": "  contract:\n    node: 127.0.0.1\n  node:\n    name: home1\n",
    "all indented without it": "  node:\n    name: home1\n",
    "an anchor": "contract: &c\n  node: 127.0.0.1\n",
    "other letters above": "# \u00df \U0001f31e\ncontract:  # \u00fc\n  node: here\n  token: ~\n",
    "a text like it": "mqtt:\n  host: b\n  user: |\n    contract:\ncontract:\n  node: 127.0.0.1\n",
    "a list of endpoints": "contract:\n  node:\n  - 127.0.0.1\n  - 127.0.0.2\n  token: null\n",
    "a blank line inside": "contract:\n\n  node: 127.0.0.1\n\n  token: null\n\nnode: {}\n",
}


def plain(section: BaseModel, *but: str) -> dict[str, object]:
    """Give a section's values; a mapping that nobody can change is as good as a dict."""
    return section.model_dump(exclude=set(but), warnings=False)


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
    write_values(path, "contract", {"token": TOKEN})
    assert path.read_text() == f"node:\n  name: home\n\ncontract:\n  token: {TOKEN}\n"

    fresh = path.with_name("fresh.yml")
    write_values(fresh, "contract", {"token": TOKEN})
    assert fresh.read_text() == f"contract:\n  token: {TOKEN}\n"


def test_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParametersUneditable, match="cannot be written"):
        write_values(tmp_path / "absent" / "parameters.yml", "contract", {"token": TOKEN})


@pytest.mark.parametrize("file", LOADING, ids=LOADING)
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_file_that_loads_takes_the_values_and_loads(path: Path, file: str, ends: str) -> None:
    """Every other value stays, every other line too, and so does the way lines end."""
    text = LOADING[file].replace("\n", ends)
    path.write_bytes(text.encode("utf-8"))
    before = load(path)
    write_values(path, "contract", WRITTEN)

    after = load(path)
    contract = after.contract
    assert (contract.token, contract.address, contract.registry) == (A, B, C)
    assert (contract.interval_s, contract.grace_s) == (1800, 7200)
    changed = {"token", "address", "registry", "interval_s", "grace_s"}
    assert plain(contract, *changed) == plain(before.contract, *changed)
    assert plain(after, "contract") == plain(before, "contract")
    raw = path.read_bytes()
    assert raw.count(b"\r") == (raw.count(b"\n") if "\r\n" in text else 0)
    assert raw.startswith(b"\xef\xbb\xbf") == text.startswith("\ufeff")
    assert read_values(path, "contract", ("address", "registry")) == {"address": B, "registry": C}
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in comments if line not in raw.decode().splitlines()] == []

    once = raw
    write_values(path, "contract", WRITTEN)
    assert path.read_bytes() == once


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x: &c {node: here}\ncontract: *c\n", "alias"),
        ("node:\n  address: &a '0x%s'\ncontract:\n  token: *a\n" % ("b7" * 20), "alias"),
        ("contract: {token}\n", "has no colon"),
        ("node: {report: {interval_s: 900}}\n", "a whole multiple of contract.interval_s, 1800 s"),
    ],
    ids=["an alias", "an alias as a value", "a key without a value", "readings of a quarter hour"],
)
def test_what_cannot_be_written_is_said_beforehand_and_left_alone(
    path: Path, text: str, why: str
) -> None:
    path.write_text(text)
    with pytest.raises(ParametersUneditable, match=why):
        ensure_writable(path, "contract", WRITTEN)
    with pytest.raises(ParametersUneditable, match=f"by hand: token: {TOKEN}"):
        write_values(path, "contract", WRITTEN)

    assert path.read_text() == text
    assert list(path.parent.iterdir()) == [path]


def test_seeing_whether_a_file_can_be_written_writes_nothing(path: Path) -> None:
    before = path.read_bytes()
    ensure_writable(path, "contract", WRITTEN)

    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_link_to_the_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yml"
    link.symlink_to(path)
    write_values(link, "contract", {"token": TOKEN})

    assert link.is_symlink()
    assert read_values(path, "contract", ("token",)) == {"token": A}


def test_what_is_no_file_is_not_replaced_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign_text, "_PATIENCE_S", 0.1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (link := tmp_path / "parameters.yml").symlink_to("/dev/null")

    for path in (pipe, link):
        with pytest.raises(ParametersUneditable):
            ensure_writable(path, "contract", WRITTEN)
        with pytest.raises(ParametersUneditable):
            write_values(path, "contract", WRITTEN)
    assert pipe.is_fifo()
    assert Path("/dev/null").is_char_device()
