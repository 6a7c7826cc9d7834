"""Every parser of outside input withstands whatever is made of valid examples.

A seeded sample in `make test`; the whole campaign in `make soak`.
"""

import os

import pytest

from tests.fuzz.campaign import HEADER, run
from tests.fuzz.targets import NAMES, target_of

IS_SOAK = "PEERWATT_SOAK" in os.environ
SEED = 20
SLOWEST_MS = 5_000.0
GROWTH_MB = 48.0
"""What the allocator may keep after a whole campaign; a leak of 100 bytes an input is far more."""


@pytest.mark.timeout(4 * 3600 if IS_SOAK else 1800)
@pytest.mark.parametrize("name", NAMES)
def test_a_parser_raises_nothing_but_its_named_errors(name: str) -> None:
    target = target_of(name)
    inputs = target.soak if IS_SOAK else target.sample

    outcome = run(target, inputs=inputs, seed=SEED, tell=print)

    print(f"{HEADER}\n{outcome.row()}")
    assert {place: data[:200] for place, data in outcome.crashes.items()} == {}
    assert outcome.inputs == inputs
    assert outcome.slowest_ms < SLOWEST_MS, outcome.slowest_input
    assert outcome.growth_mb < GROWTH_MB
