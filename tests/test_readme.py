"""What the documents say exists: commands, options, links, files, parameters, states, faults."""

import os
import re
import runpy
import shlex
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from node.core.delivery.state import Delivery
from node.core.faults import FaultName
from node.core.supply.state import Mode
from node.parameters import load
from peerwatt.command_line import PROGRAMS

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
CONTRACTS = ROOT / "docs/contracts.md"
DECIDE = ROOT / "docs/decide.md"
INSTALLED = ROOT / "install/peerwatt"
MODULES = ("peerwatt", "node", "relay_server", "contracts", "page", "village", "bench")
SECTIONS = ("node", "contract", "relay", "sellers", "mqtt", "clock", "utility")
SUFFIXES = (".py", ".md", ".yml", ".sol", ".json", ".toml", ".sh", ".csv", ".txt")

COMMAND = r"^(?:\S*python3? -m |make |\S*\bpeerwatt ).*"
LONGEST_README = 120

MADE_BY_RUNNING = {
    "saved.svg",
    "summary.json",
    "comparison.txt",
    "intervals.csv",
    "rules.yml",
    "bills.csv",
    "community.yml",
    "config.txt",
    "contracts/node_modules",
    "entries.csv",
    "keystore.json",
    "operator.yml",
    "page.yml",
    "parameters.yml",
    "password.json",
    "statements.csv",
    "switch_counts.json",
    "wishes.yml",
}
"""Files and folders that the programs make, or that their users write."""

_MADE = {"node_modules", "out", "cache", "dist", "__pycache__"}


@cache
def documents() -> tuple[Path, ...]:
    return tuple(sorted(path for path in files() if path.suffix == ".md"))


def files() -> Iterator[Path]:
    """Give every file of the project, without what setting up and running it makes."""
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name not in _MADE and not name.startswith(".")]
        yield from (Path(folder) / name for name in names)


DOCUMENTS = [pytest.param(path, id=str(path.relative_to(ROOT))) for path in documents()]


def blocks(document: Path, language: str) -> list[str]:
    text = document.read_text(encoding="utf-8")
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [body for name, body in found if name == language]


def prose(document: Path) -> str:
    text = document.read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def quoted(document: Path) -> list[str]:
    joined = re.sub(r"(?<!\n)\n *(?=[^\n|])", " ", prose(document))
    return re.findall(r"`([^`\n]+)`", joined)


def commands(document: Path) -> Iterator[str]:
    """Give every `make`, `python -m` and `peerwatt` of the blocks and of the backticks."""
    for block in blocks(document, ""):
        for line in block.replace("\\\n", "").splitlines():
            yield from re.findall(COMMAND, line)
    for text in quoted(document):
        yield from re.findall(COMMAND, text)


def python_commands() -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Give each command's module, its words before the first option, and its options."""
    found = set()
    for document in documents():
        for command in commands(document):
            words = shlex.split(command, comments=True)
            if words[0] == "make":
                continue
            if words[0].endswith("peerwatt"):
                module, words = module_of(words[1]), words[2:]
            else:
                module, words = words[2], words[3:]
            if module not in MODULES:
                continue
            rest = words[: words.index("|")] if "|" in words else words
            options = tuple(word.split("=")[0] for word in rest if word.startswith("-"))
            first = next((at for at, word in enumerate(rest) if word.startswith("-")), len(rest))
            found.add((module, tuple(rest[:first]), options))
    return sorted(found)


def module_of(word: str) -> str:
    """Give the module behind a word of the command `peerwatt`; by itself it takes options alone.

    The installed command's own words are not a module's.
    """
    if word.startswith("-"):
        return "peerwatt"
    if word in PROGRAMS:
        return PROGRAMS[word].package
    assert f"\n  {word} " in INSTALLED.read_text(encoding="utf-8"), f"there is no peerwatt {word}"
    return ""


@pytest.mark.parametrize(("module", "words", "options"), python_commands())
def test_every_command_is_understood_by_its_program(module, words, options, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [module, *words, "--help"])
    # What another test has imported would be run as a second copy, which Python warns of.
    for name in (module, f"{module}.__main__"):
        if not hasattr(sys.modules.get(name), "__path__"):
            monkeypatch.delitem(sys.modules, name, raising=False)

    with pytest.raises(SystemExit) as ended:
        runpy.run_module(module, run_name="__main__", alter_sys=False)

    told = capsys.readouterr()
    assert ended.value.code == 0, told.err
    known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", told.out))
    assert set(options) <= known


def test_every_make_target_that_is_named_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))

    named = {
        command.split()[1]
        for document in documents()
        for command in commands(document)
        if command.startswith("make ")
    }

    assert named
    assert named <= targets


def test_every_contract_stands_in_the_table_with_its_powers():
    text = CONTRACTS.read_text(encoding="utf-8")
    powers = text[text.index("## Contracts and their powers") :]

    for source in (ROOT / "contracts/src").glob("*.sol"):
        assert f"| {source.stem} | " in powers


def test_the_readme_begins_with_the_two_commands():
    first = blocks(README, "")[0].splitlines()

    assert [line.split("#")[0].strip() for line in first] == ["make demo", "make test"]


def test_the_readme_is_a_front_door_and_no_reference():
    lines = README.read_text(encoding="utf-8").splitlines()
    doors = [line for line in lines if line.startswith("## I ")]

    assert len(lines) <= LONGEST_README
    assert doors == ["## I have two Pis", "## I run a community", "## I study it"]
    assert "60 V DC" in "\n".join(lines[:20])
    assert "](docs/street.svg)" in "\n".join(lines[:20])


def test_every_page_is_reached_from_the_readme():
    """By links, page by page; a page that nobody links to is not found."""
    reached, waiting = {README}, [README]
    while waiting:
        page = waiting.pop()
        for target in re.findall(r"\]\(([^)\s#]+\.md)", prose(page)):
            other = (page.parent / target).resolve()
            if other not in reached:
                reached.add(other)
                waiting.append(other)

    assert set((ROOT / "docs").glob("*.md")) <= reached


def test_every_word_that_newcomers_missed_is_told():
    text = (ROOT / "docs/words.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| ([a-z]+) \| .+ \|$", text, re.MULTILINE))

    assert {
        "token", "coin", "gas", "chain", "block", "keystore", "operator", "utility", "auction",
        "fill", "pairing", "tick", "deposit", "meter",
    } <= told  # fmt: skip


def test_the_tours_files_are_all_there():
    """A tour that names a file by itself is walked by whoever opens the code first."""
    named = set(re.findall(r"`([\w/]+\.\w+)`", (ROOT / "docs/tour.md").read_text("utf-8")))

    assert len(named) > 40
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_within_the_project_leads_somewhere(document):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document

        assert path.exists(), f"{target} leads nowhere"
        assert not anchor or anchor in anchors(path), f"{target} names no heading"


def anchors(document: Path) -> set[str]:
    """Give the anchors that a forge makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def file_names() -> frozenset[str]:
    return frozenset(path.name for path in files())


def looks_like_a_path(text: str) -> bool:
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)*/?", text) or text.rstrip("/") in MADE_BY_RUNNING:
        return False
    first = text.split("/")[0]
    if first.startswith("."):
        return False
    return ("/" in text and (ROOT / first).is_dir()) or text.endswith(SUFFIXES)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_is_named_exists(document):
    for text in filter(looks_like_a_path, quoted(document)):
        beside = (ROOT / text).exists() or (document.parent / text).exists()

        assert beside or ("/" not in text and text in file_names()), f"there is no {text}"


@pytest.mark.parametrize("document", [p for p in DOCUMENTS if p.id != "docs/parameters.md"])
def test_every_parameter_that_is_named_exists(document):
    """The table itself is held to the scheme by tests/node/parameters/test_example.py."""
    table = (ROOT / "docs/parameters.md").read_text(encoding="utf-8")
    known = set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))

    for text in quoted(document):
        section, _, below = text.partition(".")
        is_key = section in SECTIONS and re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)*", below)
        if not is_key or looks_like_a_path(text) or is_module(text):
            continue

        assert text in known, f"there is no parameter {text}"


def is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").exists()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=f"{path.name}-{number}")
        for path in documents()
        for number, text in enumerate(blocks(path, "yaml"))
    ],
)
def test_every_parameters_file_in_the_documents_loads(text, tmp_path):
    path = tmp_path / "parameters.yml"
    path.write_text(text, encoding="utf-8")

    load(path)


@pytest.mark.parametrize(("number", "states"), [(0, Mode), (1, Delivery)])
def test_state_diagrams_have_the_states_of_the_code(number, states):
    diagrams = blocks(DECIDE, "mermaid")
    diagram = diagrams[number]

    assert len(diagrams) == 2
    drawn = {
        name
        for arrow in re.findall(r"^ *(\S+) --> (\w+)", diagram, re.MULTILINE)
        for name in arrow
        if name != "[*]"
    }

    assert {state.value for state in states} == drawn


def test_the_table_of_faults_names_every_fault():
    section = (ROOT / "docs/decide.md").read_text(encoding="utf-8").split("## Faults")[1]
    table = section.split("\n## ")[0]

    named = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))

    assert {fault.value for fault in FaultName} == named
