"""The spool: bounded, in the order of boundaries, and no wrong clock blocks it."""

import itertools
import random

import pytest

from node.core.energy.spool import (
    EMPTY,
    MOST_AT_ONCE,
    MOST_KEPT,
    Spool,
    added,
    compared,
    next_run,
    restored,
    without,
)
from node.core.records import MeterName, Reading
from tests.factories.home import reading

FAR = 10**6


def spool(*readings, dropped=0, most=MOST_KEPT):
    made = Spool(waiting=(), dropped=dropped)
    for one in readings:
        made = added(made, one if isinstance(one, Reading) else reading(one), most)
    return made


def boundaries(made):
    return [one.boundary for one in made.waiting]


def test_readings_wait_in_the_order_of_their_boundaries():
    assert boundaries(spool(5, 6, 9, 7)) == [5, 6, 7, 9]


def test_of_two_readings_at_one_boundary_the_first_stays_and_the_other_is_counted():
    made = spool(reading(5, 10), reading(5, 12))

    assert made == Spool(waiting=(reading(5, 10),), dropped=1)


def test_each_meter_has_a_reading_of_its_own_at_a_boundary():
    of_load, of_connection = reading(5, meter=MeterName.LOAD), reading(5)

    made = spool(of_load, of_connection, of_load)

    assert made.waiting == (of_load, of_connection)
    assert made.dropped == 1


def test_a_spool_keeps_as_many_as_it_is_told():
    assert spool(5, 6, 7, most=2) == Spool(waiting=(reading(6), reading(7)), dropped=1)


def test_a_full_spool_drops_the_oldest():
    made = spool(*range(1, MOST_KEPT + 3))

    assert (boundaries(made), made.dropped) == (list(range(3, MOST_KEPT + 3)), 2)


def test_a_spool_full_of_a_wrong_clock_s_readings_still_takes_true_ones():
    made = spool(*range(FAR, FAR + MOST_KEPT), 5, 6)

    assert boundaries(made)[:3] == [5, 6, FAR]
    assert (len(made.waiting), made.dropped) == (MOST_KEPT, 2)


def test_what_the_chain_has_already_is_let_go_without_a_loss():
    made = compared(spool(5, 6, 7), reading(6))

    assert made == Spool(waiting=(reading(7),), dropped=0)


def test_a_reading_under_an_earlier_date_than_the_chain_s_is_lost_and_counted():
    """A clock that began in 1970: the energy is newer than the chain's, the boundary is not."""
    made = compared(spool(reading(1, 200), reading(101, 201)), reading(100, 150))

    assert made == Spool(waiting=(reading(101, 201),), dropped=1)


def test_a_reading_under_a_wrong_later_date_is_lost_once_the_chain_has_passed_its_registers():
    made = spool(reading(5, 50), reading(FAR, 51), reading(6, 52))

    assert boundaries(compared(made, reading(5, 50))) == [6, FAR]
    assert compared(made, reading(6, 52)) == Spool(waiting=(), dropped=1)


def test_a_run_is_consecutive_and_reached_and_no_longer_than_a_call():
    assert next_run(spool(5, 6, 8), FAR, 96) == (reading(5), reading(6))
    assert next_run(spool(5, 6, 7), 6, 96) == (reading(5), reading(6))
    assert next_run(spool(5, 6, 7), FAR, 1) == (reading(5),)
    assert len(next_run(spool(*range(1, 200)), FAR, MOST_AT_ONCE)) == MOST_AT_ONCE
    assert next_run(EMPTY, FAR, 96) == ()


def test_a_run_ends_before_a_register_falls():
    """The registry would refuse the whole call, and its true readings with it."""
    made = spool(reading(5, 50), reading(6, 60), reading(7, 40))

    assert next_run(made, FAR, 96) == (reading(5, 50), reading(6, 60))


def test_readings_taken_back_are_no_losses_and_wait_once():
    made = restored(spool(6, 7), (reading(5), reading(6)))

    assert made == Spool(waiting=(reading(5), reading(6), reading(7)), dropped=0)


@pytest.mark.parametrize(("lost", "dropped"), [(True, 3), (False, 2)])
def test_only_what_is_lost_is_counted(lost, dropped):
    made = without(spool(5, 6, dropped=2), (reading(5), reading(9)), lost=lost)

    assert made == Spool(waiting=(reading(6),), dropped=dropped)


@pytest.mark.parametrize("seed", range(20))
def test_through_any_outage_and_clock_the_chain_takes_rising_boundaries_and_none_is_unaccounted(
    seed,
):
    """Whatever the clock does, boundaries on the chain rise, and waiting never lasts for ever."""
    rng = random.Random(seed)
    made, on_chain, energy, taken, waits_elsewhere = EMPTY, reading(999, 0), 0, 0, 0
    chain = [on_chain]
    for now in range(1_000, 1_600):
        energy += rng.randrange(1, 5)
        clock = rng.choice((0, 0, 0, 0, -now, 200, -100, FAR)) if rng.random() < 0.2 else 0
        made, taken = added(made, reading(now + clock, energy), MOST_KEPT), taken + 1
        if rng.random() < 0.3:
            made = compared(made, chain[-1])
            run = next_run(made, now, MOST_AT_ONCE)
            chain += run
            made = without(made, run, lost=False)
        waits_elsewhere = len(made.waiting)
    for _ in range(400):
        made = compared(made, chain[-1])
        run = next_run(made, 1_600, MOST_AT_ONCE)
        chain += run
        made = without(made, run, lost=False)

    reported = [one.boundary for one in chain]
    assert reported == sorted(set(reported))
    assert all(
        one.registers.import_milliwh <= two.registers.import_milliwh
        for one, two in itertools.pairwise(chain)
    )
    assert taken == len(chain) - 1 + made.dropped + len(made.waiting)
    assert len(made.waiting) <= waits_elsewhere
    assert chain[-1].boundary >= 1_400
