"""What is kept of a home's intervals: it comes back, stays small, and withstands a worn card."""

import pytest

from node.core.auction.clearing import Kind
from node.core.trading.prices import PriceMemory, new_memory
from node.home.inward.history import KEPT_DAYS, PREFIX, History

INTERVAL_S = 900
SLOTS = 96
LEARNED = PriceMemory(ticks=tuple(range(13, 13 + 24)) * 4)


def history():
    return History(INTERVAL_S, {kind: new_memory(SLOTS) for kind in Kind})


def recalled(texts):
    found = history()
    found.recall({key: text for key, text in texts.items() if text is not None})
    return found


def filled(intervals, first=19_000 * SLOTS):
    found = history()
    for interval in range(first, first + intervals):
        found.add(interval, (interval % 1_000, interval % 7))
    return found


def test_energies_and_prices_come_back():
    kept = filled(150)
    kept.add(19_003 * SLOTS + 5, (7, 0))
    kept.learn(Kind.CHP, LEARNED, 19_000 * SLOTS)

    found = recalled(kept.changed())

    assert list(found.energies()) == list(kept.energies())
    assert found.newest_interval == 19_003 * SLOTS + 5
    assert found.prices == {Kind.SOLAR: new_memory(SLOTS), Kind.CHP: LEARNED}
    assert found.newest_result == 19_000 * SLOTS
    assert found.changed() == {}


def test_only_what_is_new_is_written_a_day_in_one_text():
    kept = filled(150)
    kept.changed()
    kept.add(19_001 * SLOTS + 60, (1_234_567, 0))

    texts = kept.changed()

    assert list(texts) == [f"{PREFIX}energies/19001"]
    assert len(texts[f"{PREFIX}energies/19001"]) < 800
    assert kept.changed() == {}


def test_the_oldest_days_are_forgotten_here_and_on_the_card():
    kept = filled(KEPT_DAYS * SLOTS)
    kept.changed()
    first = next(kept.energies())[0]
    kept.add(first + KEPT_DAYS * SLOTS, (1, 2))

    texts = kept.changed()

    assert texts[f"{PREFIX}energies/19000"] is None
    assert next(kept.energies())[0] == first + SLOTS
    assert len(texts) == 2


@pytest.mark.parametrize("intervals", [1, 96, 97, 150])
def test_intervals_after_one_are_forgotten(intervals):
    kept = filled(300)
    kept.forget_after(19_000 * SLOTS + intervals - 1)

    assert list(kept.energies()) == list(filled(intervals).energies())
    assert list(recalled(kept.changed()).energies()) == list(kept.energies())


def test_before_anything_is_known_there_is_nothing_to_forget():
    kept = history()
    kept.forget_after(5)

    assert kept.newest_interval is None
    assert kept.changed() == {}


@pytest.mark.failure(
    part="journal",
    failure="kept energies cannot be read",
    lasts="that day is forgotten; the others count",
)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("energies/19000", "["),
        ("energies/19000", "{}"),
        ("energies/19000", "[[1,2,3]]"),
        ("energies/19000", "[[1,-2]]"),
        ("energies/19000", "[[1,2.0]]"),
        ("energies/19000", "[[true,2]]"),
        ("energies/19000", f"[{'null,' * SLOTS}null]"),
        ("energies/019000", "[[1,2]]"),
        ("energies/-1", "[[1,2]]"),
        ("energies/99999999", "[[1,2]]"),
        ("ticks/solar", "[31]"),
        ("ticks/chp", f"[{'31,' * 95}64]"),
        ("ticks/wind", "[31]"),
        ("result", '"7"'),
        ("result", "-1"),
        ("more", "7"),
        ("energies/19000", "[" * 100_000),
    ],
)
def test_a_damaged_text_is_forgotten_and_the_others_stay(name, text):
    good = {f"{PREFIX}energies/18999": "[[5,6]]"}

    found = recalled({**good, f"{PREFIX}{name}": text})

    assert list(found.energies()) == [(18_999 * SLOTS, (5, 6))]
    assert found.prices == history().prices
    assert f"{PREFIX}{name}" in found.changed()
