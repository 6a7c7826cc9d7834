"""To add a thing touches few places: one living example of each kind is named in as few files."""

import subprocess
import sys

import pytest

from tools.places import KINDS, ROOT, named

MET = [
    kind for kind in KINDS if kind.example in {"ina219", "neighbours_price_per_kwh", "min_dwell_s"}
]


@pytest.mark.parametrize("kind", MET, ids=lambda kind: kind.example)
def test_an_example_is_named_where_its_kind_is_at_home_and_nowhere_else(kind):
    assert len(named(kind)) <= kind.goal, named(kind)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.example)
def test_every_example_lives(kind):
    assert named(kind)


def test_it_lists_the_files_where_it_is_asked():
    command = [sys.executable, "tools/places.py"]
    short, long = (
        subprocess.run(
            [*command, *more], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
        ).stdout.splitlines()
        for more in ((), ("--verbose",))
    )

    assert len(short) == len(KINDS)
    assert [line for line in long if not line.startswith(" ")] == short
    assert "    node/devices/ina219.py" in long
