"""Fixtures that many rooms' tests share."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.parts.chain import Chain, Street, running_chain

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def chain() -> Iterator[Chain]:
    """A chain that makes a block for each transaction."""
    with running_chain() as chain:
        yield chain


@pytest.fixture
def street(chain: Chain) -> Street:
    """A chain with the contracts on it."""
    return Street(chain)
