"""Languages: the browser's first wish of those that there are."""

import ast
from contextvars import copy_context
from datetime import date, datetime
from pathlib import Path

import pytest

import page
from page.views.frame import day_told, energy, instant, money, soc
from page.words import Words, numeral, preferred, speak


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr,en;q=0.5,de;q=0.7", "de"),
        ("en,de", "en"),
        ("de;q=0", "en"),
        ("de;q=x,,;;,*", "en"),
        ("xx," * 100 + "de", "en"),
    ],
)
def test_the_first_wish_of_ours_is_taken(header, language):
    assert preferred(header) == language


def test_words_without_a_translation_stay_as_they_are():
    assert Words("en")("No such sentence.") == "No such sentence."


def in_language(header, write, *values):
    """Write something as an answer to a browser that asks for a language."""

    def answer():
        speak(header)
        return write(*values)

    return copy_context().run(answer)


def test_german_words_are_said_and_what_has_none_stays_english():
    german = Words("de")

    assert german("State of charge") == "Ladezustand"
    assert german("No such sentence.") == "No such sentence."


def test_numbers_and_days_are_written_as_the_answers_language_does():
    moment_s = datetime(2026, 12, 1, 13, 5).astimezone().timestamp()

    for header, numbers, day, when in (
        ("de", ("34,1 %", "1,235 kWh", "0,18"), "01.12.2026", "Di 01.12. 13:05:00"),
        ("en", ("34.1 %", "1.235 kWh", "0.18"), "2026-12-01", "Tue 01 Dec 13:05:00"),
    ):
        assert in_language(header, soc, 34.12) == numbers[0]
        assert in_language(header, energy, 1_234_567) == numbers[1]
        assert in_language(header, money, 180_000) == numbers[2]
        assert in_language(header, day_told, date(2026, 12, 1)) == day
        assert when in in_language(header, instant, moment_s)
    assert in_language("de", numeral, "1,234.5") == "1.234,5"
    # Who asks next is not answered in this language.
    assert soc(34.12) == "34.1 %"


def test_every_sentence_is_said_in_a_way_that_the_catalogues_find():
    """A value in place of a sentence is one that another file has marked."""
    of_others = {"remedies.py", "states.py"}

    for path in Path(page.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            if call.func.id in ("words", "marked") and path.name not in of_others:
                (sentence,) = call.args
                assert isinstance(sentence, ast.Constant), f"{path.name}, line {call.lineno}"
