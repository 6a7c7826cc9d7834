"""Every key of the scheme, whatever its kind: what YAML takes for something else is refused."""

import pytest

from node.core.errors import ConfigError
from node.parameters import parse
from node.parameters.scheme import Parameters
from tests.factories.keys import Key, all_keys

KEYS = [pytest.param(key, id=key.path) for key in all_keys(Parameters) if not key.is_section]
NUMBERS = ("017", "1:30", "1_000", "0b11", ".inf", "2026-01-02", "!!binary MTc=", "!x 17")
WORDS = ("yes", "no", "on", "off")


def written(path: str, value: str) -> str:
    """Write a file that says this of one key and nothing else."""
    steps = ["x" if step == "<name>" else step for step in path.split(".")]
    text = ""
    for depth, step in enumerate(steps):
        indent = "  " * depth
        if step == "<n>":
            # The next key stands on the line of the list's mark.
            text += f"{indent}- "
            continue
        lead = "" if text.endswith("- ") else indent
        text += f"{lead}{step}:" + ("\n" if depth < len(steps) - 1 else f" {value}\n")
    return text


def problems(key: Key, value: str) -> dict[str, str]:
    """Give what is told of a file, by its place."""
    try:
        parse(written(key.path, value), "parameters.yml")
    except ConfigError as error:
        return {problem.path: problem.value for problem in error.problems}
    return {}


@pytest.mark.parametrize("key", KEYS)
def test_no_key_takes_a_number_that_people_read_otherwise(key: Key) -> None:
    place = key.path.replace("<name>", "x").replace("<n>", "0")
    for value in NUMBERS:
        for text in (value, f"[{value}]"):
            told = problems(key, text)
            here = {path: what for path, what in told.items() if path.startswith(place)}
            assert here, f"{place}: {text} is taken"
            assert all(" on line " in what for what in here.values()), here


@pytest.mark.parametrize("key", KEYS)
def test_no_key_but_a_switch_takes_a_word_that_yaml_takes_for_one(key: Key) -> None:
    place = key.path.replace("<name>", "x").replace("<n>", "0")
    is_switch = key.bound.endswith("true or false")
    for word in WORDS:
        assert (place in problems(key, word)) is not is_switch, word
