"""The scheme against the example file, its page, and the ranges that both state."""

import re
from pathlib import Path

import pytest
import yaml

from node.core.errors import ConfigError
from node.parameters import load, parse
from node.parameters.scheme import Parameters
from node.parameters.text import read
from tests.factories.keys import Key, all_keys

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "parameters.example.yml"
KEYS = list(all_keys(Parameters))


def problems(text):
    with pytest.raises(ConfigError) as raised:
        parse(text, "parameters.yml")
    return [str(problem) for problem in raised.value.problems]


def test_the_example_loads_as_shipped():
    parameters = load(EXAMPLE)

    # A null is not given: an example that included a file would need that file.
    assert {key.path for key in KEYS if "." not in key.path} - {"include"} == parameters.given
    assert parameters.included is None
    assert parameters.may_buy[0]
    assert [notice.key for notice in parameters.notices] == [
        "contract.token",
        "contract.address",
        "contract.registry",
        "contract.auction",
        "node.report.meter",
    ]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_every_key_stands_in_the_example_under_its_unit_range_and_default(key: Key):
    text = EXAMPLE.read_text(encoding="utf-8")
    lines = text.splitlines()
    pattern = re.sub(r"\\?<\w+\\?>", "[^.]+", re.escape(key.path))
    placed = {
        ".".join(map(str, place)): line for place, line in read(text, "example").lines.items()
    }
    first = min(line for path, line in placed.items() if re.fullmatch(pattern, path))

    assert f"# {key.says} [{key.bound}; default: {key.default}]" == lines[first - 2].strip()


def test_every_key_has_a_sentence_a_bound_and_a_default():
    assert [key.path for key in KEYS if not (key.says and key.bound and key.default)] == []


def test_the_page_lists_every_key_as_the_scheme_has_it():
    page = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if re.match(r"\| `[a-z]+[^`]*` \|(.*\|){3}$", line)]

    expected = [f"| `{key.path}` | {key.says} | {key.bound} | {key.default} |" for key in KEYS]
    assert sorted(expected) == sorted(rows)


BOUNDED = [
    (key, *map(float, found.groups()))
    for key in KEYS
    if not key.is_section
    and not key.path.endswith(("pins", "channels", "sensors.<name>.address"))
    and (found := re.search(r"([\d.]+) to ([\d.]+)$", key.bound))
]


@pytest.mark.parametrize(("key", "low", "high"), BOUNDED, ids=lambda p: getattr(p, "path", None))
def test_every_stated_range_is_the_one_that_is_kept(key, low, high):
    line = f"{key.path.replace('<name>', 'one').replace('<n>', '0')}:"
    below, above = (low - 1 if low < 1 else low - 0.5), high * 2 + 1

    for value in (below, above):
        assert any(told.startswith(line) for told in problems(holding(key.path, value)))
    for value in (low, high):
        number = int(value) if value == int(value) else value
        try:
            parse(holding(key.path, number), "parameters.yml")
        except ConfigError as error:
            blamed = [p for p in error.problems if p.path == line[:-1] and key.bound in p.bound]
            assert blamed == []


def holding(path, value):
    content = value
    for step in reversed(path.split(".")):
        content = [content] if step == "<n>" else {step.replace("<name>", "one"): content}
    return yaml.safe_dump(content)
