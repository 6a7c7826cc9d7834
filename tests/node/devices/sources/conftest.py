"""Fixtures of the sources' tests: a played web server, and what waits for a source."""

import pytest

from node.core.errors import DeviceError
from tests.parts.waiting import until
from village.meters.web import PlayedWeb


@pytest.fixture
def web():
    played = PlayedWeb()
    yield played
    played.close()


@pytest.fixture
def sampled():
    """Give what waits for a source's sample, or for its trouble; each source is closed."""
    seen = []

    def attempt(source):
        try:
            return source.sample()
        except DeviceError as error:
            return error

    def wait(source, condition, what):
        seen.append(source)
        return until(lambda: (got := attempt(source)) and condition(got) and got, what)

    yield wait
    for source in seen:
        source.close()
