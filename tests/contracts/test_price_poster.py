"""What of a source's word becomes the price in use, and what is said where none does."""

import pytest

from contracts.price_poster import Bounds, InUse, Poster, is_due, trouble_with
from contracts.price_source import Heard
from node.core.errors import ChainUnavailable

NOW = 1_782_000_000.0
BOUNDS = Bounds(least_per_kwh=50_000, most_per_kwh=600_000, max_age_s=3_600, renew_s=1_800)


def heard(price=200_000, age_s=0.0):
    return Heard(price_per_kwh=price, at_s=NOW - age_s)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        (heard(), None),
        (heard(50_000), None),
        (heard(600_000), None),
        (heard(49_999), "0.049999 per kWh is not from 0.05"),
        (heard(600_001), "is not from 0.05 (--least-price) to 0.6 (--most-price)"),
        (heard(-1), "is not from"),
        (heard(age_s=3_600), None),
        (heard(age_s=3_601), "is 3601 s old, above 3600 s (--max-age)"),
        (heard(age_s=-60), None),
        (heard(age_s=-61), "is of 61 s from now"),
    ],
)
def test_what_is_out_of_bounds_old_or_of_the_future_is_not_posted(word, sentence):
    found = trouble_with(word, NOW, BOUNDS)

    assert found is None if sentence is None else sentence in found


@pytest.mark.parametrize(
    ("in_use", "due"),
    [
        (None, True),
        (InUse(price_per_kwh=200_001, posted_at_s=NOW), True),
        (InUse(price_per_kwh=200_000, posted_at_s=NOW - 1_799), False),
        (InUse(price_per_kwh=200_000, posted_at_s=NOW - 1_800), True),
    ],
)
def test_another_price_is_posted_and_the_same_one_before_it_grows_old(in_use, due):
    assert is_due(heard(), in_use, NOW, BOUNDS) is due


class Played:
    """A poster whose source and chain do what a test says."""

    def __init__(self):
        self.word, self.refuses = heard(), None
        self.posted, self.said = [], []
        self.poster = Poster(self, lambda: None, self.post, BOUNDS, self.said.append)

    def ask(self):
        if isinstance(self.word, Exception):
            raise self.word
        return self.word

    def post(self, price):
        if self.refuses is not None:
            raise self.refuses
        self.posted.append(price)


def test_each_change_of_what_is_wrong_is_said_once():
    played = Played()
    for word in (
        OSError("no answer"), OSError("no answer"), heard(age_s=4_000), heard(age_s=4_001),
        heard(1), heard(1), heard(), OSError("no answer"),
    ):  # fmt: skip
        played.word = word
        played.poster.look(NOW)

    assert played.posted == [200_000]
    assert [sentence.partition(" per kWh")[0] for sentence in played.said] == [
        "nothing is posted: no answer",
        "nothing is posted: 0.2",
        "nothing is posted: 0.000001",
        "posted: 0.2",
        "nothing is posted: no answer",
    ]


def test_a_chain_that_is_away_is_tried_again():
    played = Played()
    played.refuses = ChainUnavailable("nobody answers")
    assert not played.poster.look(NOW)
    played.refuses = None

    assert played.poster.look(NOW)
    assert played.posted == [200_000]
    assert played.said[0] == "not posted, and tried again: nobody answers"
