"""docs/decide.md draws the supply's states as the program's own table has them."""

import re

import pytest

from node.core.supply.state import Cause
from node.core.supply.transitions import transitions
from tools.diagram import BEGIN, END, PAGE, diagram, main, page, table


def test_the_page_is_what_the_table_says():
    text = PAGE.read_text(encoding="utf-8")

    assert page(text) == text, "run python -m tools.diagram"
    assert main(["--check"]) == 0


def test_what_a_person_changed_between_the_marks_is_told_and_written_anew(tmp_path, monkeypatch):
    copy = tmp_path / "decide.md"
    text = PAGE.read_text(encoding="utf-8")
    copy.write_text(text.replace("| confirmed |", "| affirmed |"), encoding="utf-8")
    monkeypatch.setattr("tools.diagram.PAGE", copy)
    monkeypatch.setattr("tools.diagram.ROOT", tmp_path)

    assert main(["--check"]) == 1
    assert main([]) == 0
    assert copy.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("mark", [BEGIN, END])
def test_a_page_without_its_marks_is_not_touched(mark):
    text = PAGE.read_text(encoding="utf-8").replace(mark, "")

    with pytest.raises(ValueError, match=re.escape(mark.strip())):
        page(text)


def test_every_move_is_drawn_with_its_cause():
    drawn = {
        (before, after, cause)
        for before, after, causes in re.findall(r"^ +(\w+) --> (\w+): (.+)$", diagram(), re.M)
        for cause in causes.split(", ")
    }

    assert drawn == {
        (row.before.value, row.after.value, row.cause.value.replace("_", " "))
        for row in transitions()
        if row.after is not row.before
    }


def test_mermaid_can_read_every_label():
    """It ends a label at a colon or a semicolon, and then does not draw the diagram at all."""
    for line in diagram().splitlines():
        _, _, label = line.partition(": ")

        assert not set(label) & set(":;#")


def test_every_cause_of_the_table_is_explained():
    explained = re.findall(r"^\| ([a-z ]+) \| ", table(), re.M)

    assert explained[0] == "cause"
    causes = {Cause(name.replace(" ", "_")) for name in explained[1:]}
    assert causes == {row.cause for row in transitions()}
