"""When a home's counts go to disk: what may be lost is bounded, and a card wears."""

from dataclasses import replace

import pytest

from node.core.purchase import Spent
from node.core.records import MeterName
from node.core.spool import EMPTY, Spool, Spools
from node.loops.saving import Saving
from tests.factories import reading, receipt
from tests.factories_memory import NONE, SPENT, counts

SLACK_MILLIWH = 1_000
PAID = Spent(day=SPENT.day, amount=SPENT.amount + 1)


def saving(*, at_s=0.0, **changes):
    found = Saving(SLACK_MILLIWH)
    found.note(at_s, counts(**changes))
    return found


def is_due(found, now_s, **changes):
    return found.is_due(now_s, counts(**changes), has_failed=False)


def of_chain(*boundaries, dropped=0):
    waiting = tuple(reading(boundary) for boundary in boundaries)
    return replace(NONE, chain=Spool(waiting=waiting, dropped=dropped))


def of_broker(*boundaries, dropped=0):
    waiting = tuple(reading(b, meter=MeterName.LOAD) for b in boundaries)
    return replace(NONE, broker=Spool(waiting=waiting, dropped=dropped))


def test_the_first_counts_are_saved_at_once():
    assert is_due(Saving(SLACK_MILLIWH), 0.0)


@pytest.mark.parametrize("change", [{"spent": PAID}, {"drawing": True}])
def test_what_was_paid_and_the_begin_or_end_of_a_draw_are_saved_at_once(change):
    assert is_due(saving(), 0.1, **change)
    assert saving().is_due(0.1, counts(**change), has_failed=True)
    assert not is_due(saving(**change), 0.1, **change)


def test_receipts_are_saved_once_the_energy_since_passes_the_slack():
    assert not is_due(saving(), 1.0, receipts=(receipt(),), import_milliwh=6_000)
    assert is_due(saving(), 1.0, receipts=(receipt(),), import_milliwh=6_001)


@pytest.mark.parametrize(
    "change",
    [
        {"receipts": (receipt(),)},
        {"spools": of_chain(7)},
        {"spools": of_chain(dropped=1)},
        {"spools": of_broker(7)},
        {"spools": of_broker(dropped=1)},
    ],
)
def test_receipts_and_waiting_readings_wait_for_a_minute_at_most(change):
    """Counted from the first that is not on disk, however long nothing was written before."""
    found = saving()

    assert not is_due(found, 500.0, **change)
    assert not is_due(found, 559.9, **change)
    assert is_due(found, 560.0, **change)


def test_a_newer_receipt_waits_no_longer_than_the_first_that_was_not_saved():
    found = saving()

    assert not is_due(found, 100.0, receipts=(receipt(5),))
    assert not is_due(found, 159.0, receipts=(receipt(6),))
    assert is_due(found, 160.0, receipts=(receipt(7),))


def test_the_minute_begins_anew_after_a_writing():
    found = saving()
    assert not is_due(found, 100.0, receipts=(receipt(5),))
    found.note(130.0, counts(receipts=(receipt(5),)))

    assert not is_due(found, 140.0, receipts=(receipt(6),))
    assert not is_due(found, 199.0, receipts=(receipt(6),))
    assert is_due(found, 200.0, receipts=(receipt(6),))


def test_a_reading_that_the_chain_takes_within_the_minute_is_never_written():
    found = saving()
    assert not is_due(found, 900.0, spools=of_chain(7))

    assert not is_due(found, 915.0)
    assert not is_due(found, 990.0)


def test_the_next_reading_has_a_minute_of_its_own():
    found = saving()
    assert not is_due(found, 900.0, spools=of_chain(7))
    assert not is_due(found, 915.0)
    assert not is_due(found, 990.0, spools=of_chain(8))

    assert not is_due(found, 1_049.0, spools=of_chain(8))
    assert is_due(found, 1_050.0, spools=of_chain(8))


@pytest.mark.parametrize("was", [{"receipts": (receipt(),)}, {"spools": of_chain(7)}])
def test_what_a_restart_finds_out_by_itself_waits_for_the_next_writing(was):
    """A closed order and a delivered reading stand on the chain."""
    found = saving(**was)

    assert not is_due(found, 1.0)
    assert not is_due(found, 1_799.0)
    assert is_due(found, 1_800.0)


def test_a_reading_that_replaces_a_delivered_one_is_news():
    found = saving(spools=of_chain(7))

    assert not is_due(found, 1.0, spools=of_chain(8))
    assert is_due(found, 61.0, spools=of_chain(8))


def test_what_the_broker_takes_of_an_outage_is_written_within_a_minute_and_its_end_at_once():
    """Else a crash would tell a whole outage again."""
    found = saving(spools=of_broker(9, 10))

    assert not is_due(found, 1.0, spools=of_broker(10))
    assert is_due(found, 61.0, spools=of_broker(10))
    assert is_due(saving(spools=of_broker(9, 10)), 1.0)


@pytest.mark.parametrize(
    ("now_s", "import_milliwh", "due"),
    [(1_799.0, 25_000, False), (1_800.0, 5_001, True), (1.0, 25_001, True)],
)
def test_registers_that_nothing_depends_on_wait_for_half_an_hour_or_twenty_slacks(
    now_s, import_milliwh, due
):
    assert is_due(saving(), now_s, import_milliwh=import_milliwh) is due


@pytest.mark.parametrize(("now_s", "due"), [(9.9, False), (10.0, True)])
def test_what_failed_is_due_again_after_ten_seconds(now_s, due):
    spools = Spools(chain=EMPTY, broker=EMPTY)

    assert saving().is_due(now_s, counts(spools=spools), has_failed=True) is due
