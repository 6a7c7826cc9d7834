"""Fixtures of the loops' tests."""

import pytest

from node.journal import Journal


@pytest.fixture
def journal(tmp_path):
    """A journal that is open."""
    journal = Journal(tmp_path / "journal.db")
    journal.open()
    yield journal
    journal.close()
