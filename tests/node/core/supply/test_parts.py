"""The counts of a pairing's parts: each in its turn, and rather too much than too little."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from node.core.supply.parts import charge, follow, imported_before
from tests.factories.home import chain_view, meter, observation, reading
from tests.factories.market import INTERVAL_S, NOW_INTERVAL
from tests.factories.pairing import licence, part_draw
from tests.factories.settings import SELLER1, SELLER2

FIRST = licence(energy_milliwh=60_000)
SECOND = licence(seller=SELLER2, energy_milliwh=40_000)
STARTS_S, ENDS_S = FIRST.starts_s, FIRST.ends_s


def drawn(parts):
    return [part.drawn_milliwh for part in parts]


def test_new_licences_begin_at_nothing_drawn():
    parts = follow((), (FIRST, SECOND), STARTS_S, 0)

    assert [part.licence for part in parts] == [FIRST, SECOND]
    assert drawn(parts) == [0, 0]
    assert [part.left_milliwh for part in parts] == [60_000, 40_000]


def test_what_was_imported_before_counts_against_the_parts_in_their_turn():
    assert drawn(follow((), (FIRST, SECOND), STARTS_S, 70_000)) == [60_000, 10_000]
    assert drawn(follow((), (FIRST, SECOND), STARTS_S, 900_000)) == [60_000, 40_000]


def test_a_known_part_keeps_its_count_and_takes_its_newest_energy():
    known = (part_draw(FIRST, drawn_milliwh=50_000),)

    (smaller,) = follow(known, (replace(FIRST, energy_milliwh=45_000),), STARTS_S, 0)

    assert (smaller.drawn_milliwh, smaller.left_milliwh) == (50_000, 0)


def test_a_part_that_is_taken_away_and_given_back_keeps_its_count():
    """A reorganisation of the result must not double what may be drawn."""
    known = (part_draw(FIRST, drawn_milliwh=50_000),)

    gone = follow(known, (), STARTS_S, 0)
    (back,) = follow(gone, (FIRST,), STARTS_S, 0)

    assert [part.left_milliwh for part in gone] == [0]
    assert (back.drawn_milliwh, back.left_milliwh) == (50_000, 10_000)


def test_the_parts_of_an_interval_that_has_ended_are_forgotten():
    known = (part_draw(FIRST, drawn_milliwh=50_000),)
    span_s = ENDS_S - STARTS_S
    later = replace(FIRST, interval=NOW_INTERVAL + 1, starts_s=ENDS_S, ends_s=ENDS_S + span_s)

    assert follow(known, (), ENDS_S, 0) == ()
    assert drawn(follow(known, (later,), ENDS_S, 0)) == [0]


def test_energy_is_charged_to_its_sellers_parts_and_the_last_takes_what_is_beyond():
    chp = replace(FIRST, kind="chp", energy_milliwh=10_000)
    parts = follow((), (FIRST, SECOND, chp), STARTS_S, 0)

    assert drawn(charge(parts, SELLER1, 65_000)) == [60_000, 0, 5_000]
    assert drawn(charge(parts, SELLER1, 75_000)) == [60_000, 0, 15_000]
    assert drawn(charge(parts, SELLER2, 1)) == [0, 1, 0]


def test_a_run_that_saw_the_interval_begin_knows_that_nothing_was_drawn_before():
    seen = observation(connection=meter(500_000))

    assert imported_before((FIRST,), seen, STARTS_S) == 0
    assert imported_before((), seen, ENDS_S) == 0


def test_after_a_start_within_the_interval_the_import_since_the_chains_reading_counts():
    boundary = chain_view(meter=reading(STARTS_S // INTERVAL_S, 470_000))
    seen = observation(connection=meter(500_000), chain=boundary)

    assert imported_before((FIRST,), seen, STARTS_S + 1) == 30_000


def test_after_a_start_without_a_reading_every_part_counts_as_drawn():
    unread = observation(connection=meter(500_000), chain=chain_view(meter=None))

    assert imported_before((FIRST, SECOND), unread, STARTS_S + 1) == 100_000
    blind = observation(connection=None, chain=chain_view(meter=reading(NOW_INTERVAL, 0)))
    assert imported_before((FIRST, SECOND), blind, STARTS_S + 1) == 100_000


def test_registers_that_are_behind_the_chains_reading_say_nothing_of_what_was_drawn():
    """A card that was lost begins at nothing: the parts would be drawn twice."""
    view = chain_view(meter=reading(NOW_INTERVAL, 500_000))
    seen = observation(chain=view, connection=meter(20))

    assert imported_before((FIRST, SECOND), seen, STARTS_S + 1) == 100_000


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9_000)), max_size=40))
def test_all_energy_is_charged_somewhere_and_no_part_is_begun_before_its_forerunner_is_full(flows):
    chp = replace(FIRST, kind="chp", energy_milliwh=10_000)
    parts = follow((), (FIRST, SECOND, chp), STARTS_S, 0)

    for is_first, energy in flows:
        parts = charge(parts, SELLER1 if is_first else SELLER2, energy)

    solar, other, last = drawn(parts)
    assert solar + last == sum(energy for is_first, energy in flows if is_first)
    assert other == sum(energy for is_first, energy in flows if not is_first)
    assert solar <= FIRST.energy_milliwh
    assert not last or solar == FIRST.energy_milliwh
