"""When a home's counts go to disk: what may be lost is bounded, and a card wears."""

from dataclasses import replace

import pytest

from node.core.budget import Spent
from node.core.energy.spool import Spool
from node.core.records import MeterName
from node.home.memory.saving import Due, Saving
from tests.factories.home import reading, receipt
from tests.factories.memory import NONE, SPENT, counts

SLACK_MILLIWH = 1_000
PAID = Spent(day=SPENT.day, amount=SPENT.amount + 1)


def saving(*, at_s=0.0, **changes):
    found = Saving(SLACK_MILLIWH)
    found.note(at_s, counts(**changes), Due.NOW)
    return found


def due(found, now_s, **changes):
    return found.due(now_s, counts(**changes), has_failed=False)


def hand_over(found, now_s, **changes):
    assert due(found, now_s, **changes) is Due.WITH_NEXT
    found.note(now_s, counts(**changes), Due.WITH_NEXT)


def of_chain(*boundaries, dropped=0):
    waiting = tuple(reading(boundary) for boundary in boundaries)
    return replace(NONE, chain=Spool(waiting=waiting, dropped=dropped))


def of_broker(*boundaries, dropped=0):
    waiting = tuple(reading(b, meter=MeterName.LOAD) for b in boundaries)
    return replace(NONE, broker=Spool(waiting=waiting, dropped=dropped))


def test_the_first_counts_are_saved_at_once():
    assert due(Saving(SLACK_MILLIWH), 0.0) is Due.NOW


def test_the_begin_and_the_end_of_a_draw_are_saved_at_once():
    assert due(saving(), 0.1, drawing=True) is Due.NOW
    assert due(saving(drawing=True), 0.1, drawing=False) is Due.NOW
    assert due(saving(drawing=True), 0.1, drawing=True) is Due.NOTHING


def test_what_was_spent_goes_with_the_promise_that_spends_it_or_by_itself_after_a_second():
    found = saving()
    hand_over(found, 100.0, spent=PAID)

    assert due(found, 100.9, spent=PAID) is Due.NOTHING
    assert due(found, 101.0, spent=PAID) is Due.FLUSH
    found.note(101.0, counts(spent=PAID), Due.FLUSH)
    assert due(found, 102.0, spent=PAID) is Due.NOTHING


def test_a_reading_goes_with_its_report_or_by_itself_after_a_minute():
    found = saving()
    hand_over(found, 900.0, spools=of_chain(7))

    assert due(found, 959.9, spools=of_chain(7)) is Due.NOTHING
    assert due(found, 960.0, spools=of_chain(7)) is Due.FLUSH


def test_what_is_handed_over_later_lets_nothing_wait_longer():
    found = saving()
    hand_over(found, 900.0, spools=of_chain(7))
    hand_over(found, 930.0, spools=of_chain(7, 8))
    assert due(found, 960.0, spools=of_chain(7, 8)) is Due.FLUSH

    hand_over(found, 961.0, spools=of_chain(7, 8), spent=PAID)
    hand_over(found, 961.5, spools=of_chain(7, 8, 9), spent=PAID)
    assert due(found, 962.0, spools=of_chain(7, 8, 9), spent=PAID) is Due.FLUSH


def test_a_writing_takes_along_what_was_handed_over():
    found = saving()
    hand_over(found, 900.0, spools=of_chain(7))
    found.note(930.0, counts(spools=of_chain(7), drawing=True), Due.NOW)

    assert due(found, 1_000.0, spools=of_chain(7), drawing=True) is Due.NOTHING


def test_receipts_are_saved_once_the_energy_since_passes_the_slack():
    assert due(saving(), 1.0, receipts=(receipt(),), import_milliwh=6_000) is Due.NOTHING
    assert due(saving(), 1.0, receipts=(receipt(),), import_milliwh=6_001) is Due.NOW


def test_receipts_that_wait_for_a_promise_count_as_unsaved():
    """Else a cut between boundary and report could cost twice the slack, or two minutes."""
    found = saving()
    assert due(found, 890.0, receipts=(receipt(5),), import_milliwh=5_900) is Due.NOTHING
    hand_over(found, 900.0, receipts=(receipt(5),), import_milliwh=5_900, spools=of_chain(7))
    later = {"receipts": (receipt(6),), "spools": of_chain(7)}

    assert due(found, 905.0, import_milliwh=6_000, **later) is Due.NOTHING
    assert due(found, 905.0, import_milliwh=6_001, **later) is Due.NOW
    assert due(found, 950.0, import_milliwh=6_000, **later) is Due.FLUSH
    found.note(950.0, counts(5_900, receipts=(receipt(5),), spools=of_chain(7)), Due.FLUSH)
    assert due(found, 951.0, import_milliwh=6_900, **later) is Due.NOTHING
    assert due(found, 951.0, import_milliwh=6_901, **later) is Due.NOW


@pytest.mark.parametrize(
    "change",
    [
        {"receipts": (receipt(),)},
        {"spools": of_chain(dropped=1)},
        {"spools": of_broker(7)},
        {"spools": of_broker(dropped=1)},
    ],
)
def test_receipts_and_untold_readings_wait_for_a_minute_at_most(change):
    """Counted from the first that is not on disk, however long nothing was written before."""
    found = saving()

    assert due(found, 500.0, **change) is Due.NOTHING
    assert due(found, 559.9, **change) is Due.NOTHING
    assert due(found, 560.0, **change) is Due.NOW


def test_a_newer_receipt_waits_no_longer_than_the_first_that_was_not_saved():
    found = saving()

    assert due(found, 100.0, receipts=(receipt(5),)) is Due.NOTHING
    assert due(found, 159.0, receipts=(receipt(6),)) is Due.NOTHING
    assert due(found, 160.0, receipts=(receipt(7),)) is Due.NOW


def test_the_minute_begins_anew_after_a_writing():
    found = saving()
    assert due(found, 100.0, receipts=(receipt(5),)) is Due.NOTHING
    found.note(130.0, counts(receipts=(receipt(5),)), Due.NOW)

    assert due(found, 140.0, receipts=(receipt(6),)) is Due.NOTHING
    assert due(found, 199.0, receipts=(receipt(6),)) is Due.NOTHING
    assert due(found, 200.0, receipts=(receipt(6),)) is Due.NOW


def test_the_receipt_of_an_order_that_is_closed_within_the_minute_is_not_written():
    found = saving()
    assert due(found, 100.0, receipts=(receipt(5),)) is Due.NOTHING

    assert due(found, 130.0) is Due.NOTHING
    assert due(found, 170.0) is Due.NOTHING


@pytest.mark.parametrize("was", [{"receipts": (receipt(),)}, {"spools": of_chain(7)}])
def test_what_a_restart_finds_out_by_itself_waits_for_the_next_writing(was):
    """A closed order and a delivered reading stand on the chain."""
    found = saving(**was)

    assert due(found, 1.0, import_milliwh=7_000) is Due.NOTHING
    assert due(found, 1_799.0) is Due.NOTHING
    assert due(found, 1_800.0) is Due.NOW


def test_what_the_broker_takes_of_an_outage_is_written_within_a_minute_and_its_end_at_once():
    """Else a crash would tell a whole outage again."""
    found = saving(spools=of_broker(9, 10))

    assert due(found, 1.0, spools=of_broker(10)) is Due.NOTHING
    assert due(found, 61.0, spools=of_broker(10)) is Due.NOW
    assert due(saving(spools=of_broker(9, 10)), 1.0) is Due.NOW


@pytest.mark.parametrize(
    ("now_s", "import_milliwh", "expected"),
    [(1_799.0, 25_000, Due.NOTHING), (1_800.0, 5_001, Due.NOW), (1.0, 25_001, Due.NOW)],
)
def test_registers_that_nothing_depends_on_wait_for_half_an_hour_or_twenty_slacks(
    now_s, import_milliwh, expected
):
    assert due(saving(), now_s, import_milliwh=import_milliwh) is expected


def test_what_failed_is_due_again_after_ten_seconds_or_when_money_is_at_stake():
    found = saving()

    assert found.due(9.9, counts(receipts=(receipt(),)), has_failed=True) is Due.NOTHING
    assert found.due(10.0, counts(), has_failed=True) is Due.NOW
    assert found.due(1.0, counts(drawing=True), has_failed=True) is Due.NOW
    assert found.due(1.0, counts(spent=PAID), has_failed=True) is Due.WITH_NEXT
