"""Fixtures of the machine test: one Pi per file of tests, installed from the bundle."""

from collections.abc import Iterator

import pytest

from tests.machine.installed import Installed, installed_pi


@pytest.fixture(scope="module")
def installed() -> Iterator[Installed]:
    """A Pi with relay, node, utility and broker, and a neighbour that sells to it."""
    with installed_pi() as ready:
        yield ready
