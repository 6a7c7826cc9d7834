"""docs/troubleshooting.md quotes what the programs say: each sentence must still be said."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from node.core.faults import FaultName
from node.core.relay import interlock
from node.core.relay import refusals as hold_rules
from node.core.supply.state import Mode

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs/troubleshooting.md"
SAYING = ("node", "relay_server", "install")
GAP = "\0"
QUOTING = ("what you see", "name")
"""What the first column is called where the cells before the reason quote the programs."""
TEXT = r"`([^`]+)`"


def rows() -> Iterator[list[str]]:
    """Give the cells of each row under a heading `what you see` or `name`."""
    heading: list[str] = []
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            heading = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not heading:
            heading = cells
        elif not set(line) <= set("|- ") and heading[0] in QUOTING:
            yield cells


def sentences() -> list[str]:
    """Give what stands in backticks where a row quotes; a name in brackets is a state's."""
    names = {name.value for names in (FaultName, Mode) for name in names} | refusal_names()
    quoted = {text for cells in rows() for cell in cells[:-2] for text in re.findall(TEXT, cell)}
    return sorted(quoted - names)


def refusal_names() -> set[str]:
    return {cells[0].strip("`") for cells in rows() if re.fullmatch(r"`[A-Z]\w+`", cells[0])}


@cache
def literals() -> frozenset[str]:
    """Give every whole string of the programs but the docstrings; what is put in is a gap."""
    found = set()
    for place in SAYING:
        for path in (ROOT / place).rglob("*.py"):
            parts = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
            pieces = {id(part.value) for part in parts if isinstance(part, ast.Expr)}
            for part in parts:
                if isinstance(part, ast.JoinedStr):
                    pieces |= {id(piece) for piece in part.values}
            for part in parts:
                if isinstance(part, ast.JoinedStr):
                    found.add("".join(map(_shown, part.values)))
                elif isinstance(part, ast.Constant) and id(part) not in pieces:
                    found.add(re.sub(r"%(\.\d+)?[sdf]", GAP, str(part.value)))
    install = ROOT / "install"
    for path in (ROOT / "install.sh", install / "peerwatt", *install.glob("*.sh")):
        for text in re.findall(r'"((?:[^"\\]|\\.)*)"', path.read_text(encoding="utf-8")):
            found.add(re.sub(r"\$\([^()]*\)|\$\{[^}]*\}|\$\w+", GAP, text))
    return frozenset(found)


def _shown(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else GAP


def is_said(sentence: str) -> bool:
    """Say whether one string of the programs is this sentence, where `...` is anything."""
    fixed = (re.escape(part) for part in sentence.split("..."))
    wanted = re.compile(".+".join(fixed), re.DOTALL)
    return any(wanted.fullmatch(literal) for literal in literals())


@pytest.mark.parametrize("sentence", sentences())
def test_every_sentence_that_is_quoted_is_said(sentence):
    assert is_said(sentence)


def test_a_sentence_that_nobody_says_is_found_out():
    assert not is_said("relay gone for ... (clears when it answers)")
    assert not is_said("(clears when it answers) relay away for ...")


def test_every_fault_is_there_with_what_to_do():
    told = {name for cells in rows() for name in re.findall(r"\(`(\w+)`\)", cells[0])}

    assert {fault.value for fault in FaultName} <= told


def test_every_refusal_of_the_relays_rules_is_there_and_each_is_one_of_the_codes():
    rules = {name for name, _ in (*interlock.RULES, *hold_rules._RULES)}

    assert rules <= refusal_names()
    assert refusal_names() <= literals()
