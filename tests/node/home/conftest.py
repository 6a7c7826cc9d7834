"""Fixtures of the loops' tests."""

import pytest

from tests.factories.journal import opened


@pytest.fixture
def journal(tmp_path):
    """A journal that is open."""
    with opened(tmp_path / "journal.db") as journal:
        yield journal
