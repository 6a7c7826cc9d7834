"""Leaving a pairing: its end, its loss, a seller that fails, and what a restart may still draw."""

import pytest

from node.core.facts import LeaseRefused
from node.core.faults import Severity
from node.core.holdoff import HoldOff
from node.core.supply.state import Mode
from tests.factories.buying import CLOSE, HELD_OFF, REST, step
from tests.factories.home import (
    CHANNELS1,
    NOW_S,
    chain_view,
    connection,
    drawing,
    fault,
    meter,
    observation,
    reading,
    relay_view,
)
from tests.factories.market import NOW_INTERVAL
from tests.factories.pairing import (
    BOTH,
    CLOSE2,
    FIRST,
    SECOND,
    UNWILLING1,
    barred,
    draws,
    part_draw,
    supply_state_awake,
    supply_state_on_pairing,
)
from tests.factories.settings import SELLER1, SELLER2


def test_a_part_that_is_drawn_is_left_in_that_very_step():
    seen = drawing(soc_pct=10.0, connection=meter(100_000, power_w=60.0))

    state, commands = step(supply_state_on_pairing(), seen, rights=draws())

    assert (commands, state.mode) == ((REST,), Mode.OWN_SOURCE)
    assert state.reason == f"interval {NOW_INTERVAL}: 100 Wh drawn as paired: back on own source"
    at_rest = observation(NOW_S + 1, 10.0, connection=meter(100_000))
    after, commands = step(state, at_rest, rights=draws())
    assert (commands, after.mode) == ((), Mode.OWN_SOURCE), "and nothing is bought beside it"


def test_the_interval_ends_the_pairing():
    seen = drawing(NOW_S + 100, 50.0)

    state, commands = step(supply_state_on_pairing(), seen)

    assert (commands, state.mode) == ((REST,), Mode.OWN_SOURCE)
    assert state.reason == "the interval of the pairing has ended: back on own source"


@pytest.mark.failure(
    part="chain",
    failure="a reorganisation takes away the result whose fill is drawn",
    contacts="rest",
    money="the part keeps its count, in case that the result comes back",
)
def test_a_licence_that_is_taken_away_opens_the_contact():
    before = supply_state_on_pairing(parts=(part_draw(drawn_milliwh=30_000),))

    state, commands = step(before, drawing(soc_pct=50.0), rights=barred())

    assert (commands, state.mode) == ((REST,), Mode.OWN_SOURCE)
    assert state.reason == (
        f"the pairing of interval {NOW_INTERVAL} licenses it no more: back on own source"
    )
    back, _ = step(state, observation(NOW_S + 1), rights=draws())
    assert [part.left_milliwh for part in back.parts] == [70_000]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"relay": UNWILLING1}, "seller1 withdrew its consent"),
        (
            {
                "relay": relay_view(),
                "facts": (
                    LeaseRefused(contacts=CHANNELS1, name="SourceBusy", sentence="it is taken"),
                ),
            },
            "relay refused: it is taken",
        ),
        ({"relay": relay_view(connection(1))}, "the relay has no connection to seller1 any more"),
    ],
)
def test_a_seller_that_fails_is_left_and_held_off(changes, sentence):
    state, commands = step(
        supply_state_on_pairing(), drawing(soc_pct=50.0, **changes), rights=draws()
    )

    assert (commands, state.mode, state.hold_offs) == ((REST,), Mode.OWN_SOURCE, (HELD_OFF,))
    assert state.reason == f"{sentence}: back on own source"


@pytest.mark.failure(
    part="neighbour",
    failure="a paired seller's line gives nothing",
    contacts="rest, then the next part's",
    money="what the wires do not deliver, the meters settle",
    lasts="held off for 30 s",
)
def test_a_paired_seller_that_does_not_deliver_is_passed_over_for_the_next_part():
    before = supply_state_on_pairing(
        undelivered_since_s=NOW_S - 5, parts=(part_draw(FIRST), part_draw(SECOND))
    )
    silent = drawing(soc_pct=50.0, load=meter(power_w=0.0, bus_voltage_v=0.0))

    left, commands = step(before, silent, rights=BOTH)
    state, then = step(left, observation(NOW_S + 1), rights=BOTH)

    assert (commands, left.reason) == ((REST,), "seller1 does not deliver: back on own source")
    assert (then, state.contact.seller) == ((CLOSE2,), SELLER2)


def test_a_line_whose_load_the_own_solar_covers_is_no_failure():
    before = supply_state_on_pairing(undelivered_since_s=NOW_S - 5, parts=(part_draw(FIRST),))
    covered = drawing(soc_pct=50.0, connection=meter(power_w=0.0))

    state, commands = step(before, covered, rights=BOTH)

    assert (commands, state.mode, state.contact.undelivered_since_s) == ((), Mode.ON_PAIRING, None)


def test_a_consent_that_ends_a_little_before_the_interval_does_is_no_failure():
    """Two homes' clocks differ; the seller's interval has ended first. 100 s are left at NOW_S."""
    ending = drawing(NOW_S + 86, 50.0, relay=UNWILLING1)

    state, commands = step(supply_state_on_pairing(), ending, rights=draws())

    assert (commands, state.mode, state.hold_offs) == ((REST,), Mode.OWN_SOURCE, ())
    assert state.reason == f"interval {NOW_INTERVAL} is ending: back on own source"


def test_a_part_drawn_to_its_end_forgets_the_sellers_failures():
    old = (HoldOff(seller=SELLER1, failures=3, until_s=NOW_S - 5),)
    seen = drawing(connection=meter(100_000))

    state, _ = step(supply_state_on_pairing(hold_offs=old), seen, rights=draws())

    assert state.hold_offs == ()


def test_a_lost_lease_is_closed_again_on_the_same_pairing_three_times_an_hour():
    state, commands = step(
        supply_state_on_pairing(), drawing(soc_pct=50.0, relay=relay_view()), rights=draws()
    )
    often = supply_state_on_pairing(drops=(NOW_S - 30, NOW_S - 20, NOW_S - 10))
    gone, rest = step(often, drawing(soc_pct=50.0, relay=relay_view()), rights=draws())

    assert (commands, state.mode) == ((CLOSE,), Mode.ON_PAIRING)
    assert state.reason == "the lease was lost: closing again to seller1 on the same pairing"
    assert (rest, gone.mode) == ((REST,), Mode.OWN_SOURCE)


def test_a_fault_that_forbids_purchases_lets_a_fill_be_drawn():
    """It is bought already, as credit is."""
    state, commands = step(
        supply_state_on_pairing(),
        drawing(soc_pct=50.0),
        (fault(Severity.NO_PURCHASE),),
        rights=draws(),
    )

    assert (commands, state.mode) == ((), Mode.ON_PAIRING)


def test_after_a_start_within_the_interval_nothing_is_drawn_that_may_have_been_before():
    """The chain has no reading: every part counts as drawn."""
    started = supply_state_awake(started_at_s=NOW_S - 1)

    state, commands = step(started, observation(), rights=draws())

    assert (commands, [part.left_milliwh for part in state.parts]) == ((), [0])


def test_a_restart_goes_on_with_what_the_chains_reading_leaves():
    seen = observation(
        chain=chain_view(meter=reading(NOW_INTERVAL, 0)), connection=meter(75_000, power_w=0.0)
    )

    state, commands = step(supply_state_awake(started_at_s=NOW_S - 1), seen, rights=draws())

    assert commands == (CLOSE,)
    assert [part.left_milliwh for part in state.parts] == [25_000]
