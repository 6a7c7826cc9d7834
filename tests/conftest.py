"""Fixtures that many rooms' tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.parts.chain import Chain, Street, running_chain

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


ROOMS = ("system", "village", "faults", "bench", "install")
LONG = tuple(Path(__file__).parent / room for room in ROOMS)
LONGEST = Path(__file__).parent / "system" / "test_village_scenes.py"
"""It waits for a chain that stands still for a day: minutes on the idlest machine."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what plays for minutes, longest first, so that none of it is left for last.

    Who only asks what tests there are gets them by their places.
    """
    if config.option.collectonly:
        return
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[bool, bool]:
    return item.path != LONGEST, not any(item.path.is_relative_to(room) for room in LONG)


@pytest.fixture
def chain() -> Iterator[Chain]:
    """A chain that makes a block for each transaction."""
    with running_chain() as chain:
        yield chain


@pytest.fixture
def street(chain: Chain) -> Street:
    """A chain with the contracts on it."""
    return Street(chain)
