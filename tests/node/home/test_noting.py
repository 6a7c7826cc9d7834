"""A home's person asks for one thing of the auction: the note that readings are missing."""

import pytest

from node.core.commands import NoteSilence
from node.core.errors import Refused
from node.home.noting import note_of


def test_an_interval_is_noted():
    assert note_of({"do": "note_silence", "interval": 491234}) == NoteSilence(interval=491234)


@pytest.mark.parametrize("interval", [None, -1, 2**32, 1.5, "491234", True])
def test_what_is_no_interval_is_refused(interval):
    with pytest.raises(Refused):
        note_of({"interval": interval})
