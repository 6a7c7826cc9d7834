"""The person's wish counts at once, and is written seldom: a switch must not wear a card."""

import pytest

from node.core.commands import NoteSilence
from node.core.errors import Refused
from node.home.wish import KEEP_EVERY_S, Wish, note_of


class Kept:
    """A memory that counts its writings."""

    def __init__(self):
        self.wishes = []

    def recall_wish(self):
        return False

    def keep_wish(self, own_source):
        self.wishes.append(own_source)


def test_a_wish_is_written_at_once_and_a_flood_of_them_once_in_ten_seconds():
    now_s, memory = [100.0], Kept()
    wish = Wish(memory, lambda: now_s[0])
    wish.take(True)
    assert memory.wishes == [True]

    for turn in range(10_000):
        wish.take(turn % 2 == 1)
        now_s[0] += 0.006
        wish.keep(KEEP_EVERY_S)

    assert wish.own_source is True
    assert len(memory.wishes) <= 1 + 60 / KEEP_EVERY_S + 1


def test_the_last_wish_is_the_one_that_is_kept():
    now_s, memory = [100.0], Kept()
    wish = Wish(memory, lambda: now_s[0])
    wish.take(True)
    wish.take(False)
    wish.take(False)
    assert memory.wishes == [True]
    assert not wish.own_source

    now_s[0] += KEEP_EVERY_S
    wish.keep(KEEP_EVERY_S)
    assert memory.wishes == [True, False]

    wish.take(True)
    wish.keep(0.0)
    assert memory.wishes == [True, False, True]


def test_an_interval_is_noted():
    assert note_of({"do": "note_silence", "interval": 491234}) == NoteSilence(interval=491234)


@pytest.mark.parametrize("interval", [None, -1, 2**32, 1.5, "491234", True])
def test_what_is_no_interval_is_refused(interval):
    with pytest.raises(Refused):
        note_of({"interval": interval})
