"""Drawing from a seller: renew, charge, sign, buy again in time, and go back when done."""

from dataclasses import replace

import pytest

from node.core.commands import OpenOrder, SignReceipt
from node.core.faults import Severity
from node.core.supply.state import Mode
from tests.factories.buying import CLOSE, HELD_OFF, OPEN, REST, step
from tests.factories.home import (
    CALENDAR_S,
    NOW_S,
    battery,
    chain_view,
    confirmed,
    draw,
    drawing,
    fault,
    meter,
    observation,
    open_order,
    order,
    supply_state_on_seller1,
)
from tests.factories.settings import PRICE1, SELLER1


def nearly_drawn(now_s=NOW_S, soc_pct=19.0, **changes):
    """Have 199.9 Wh of 200 drawn and signed for, at 60 W: 6 s of credit are left."""
    spent = order(drawn_milliwh=199_900)
    chain = chain_view(now_s, orders=(spent,), last_number=7)
    return drawing(now_s, soc_pct, **{"chain": chain, **changes})


def test_the_lease_is_renewed_at_a_third_of_it():
    renewed = supply_state_on_seller1(renewed_at_s=NOW_S - 4.9)
    due = supply_state_on_seller1(renewed_at_s=NOW_S - 5)

    assert step(renewed, drawing())[1] == ()
    state, commands = step(due, drawing())
    assert (commands, state.contact.renewed_at_s, state.mode) == ((CLOSE,), NOW_S, Mode.ON_SELLER)
    assert state.waiting == "200 Wh of credit left at seller1"


def test_between_limit_and_resume_what_is_stays():
    state, commands = step(supply_state_on_seller1(), drawing(soc_pct=29.9))

    assert (commands, state.mode) == ((), Mode.ON_SELLER)


def test_at_resume_and_after_the_dwell_the_home_goes_back_and_forgives_its_seller():
    before = supply_state_on_seller1(hold_offs=(replace(HELD_OFF, until_s=0.0),))

    state, commands = step(before, drawing(soc_pct=30.0))

    assert (commands, state.mode) == ((REST,), Mode.OWN_SOURCE)
    assert state.reason == "SoC 30.0 % >= resume 30 %: back on own source"
    assert (state.hold_offs, state.contact.closed_at_s, state.draws) == ((), None, before.draws)


def test_before_the_dwell_has_passed_it_waits_and_buys_no_successor():
    before = supply_state_on_seller1(since_s=NOW_S - 26)

    state, commands = step(before, nearly_drawn(soc_pct=30.0))

    assert (commands, state.mode) == ((), Mode.ON_SELLER)
    assert state.waiting == "dwell 34 s left"


def test_an_unsettled_recovery_does_not_move_the_contact():
    state, commands = step(supply_state_on_seller1(), drawing(battery=battery(45.0, settled=False)))

    assert (commands, state.mode) == ((), Mode.ON_SELLER)


def test_drawn_energy_is_charged_and_signed_for_once_a_period():
    before = supply_state_on_seller1(draws=(draw(receipted_at_s=NOW_S - 5),))

    state, commands = step(before, drawing(connection=meter(2_000, power_w=60.0)))

    assert (SignReceipt(seller=SELLER1, number=7, drawn_milliwh=2_000),) == commands
    assert state.draws[0].drawn_milliwh == state.draws[0].receipted_milliwh == 2_000
    assert step(state, drawing(NOW_S + 1, connection=meter(2_500, power_w=60.0)))[1] == ()


def test_without_a_meter_on_the_connection_the_loads_energy_counts():
    seen = drawing(load=meter(2_000, power_w=60.0), connection=None)
    drawn, _ = step(supply_state_on_seller1(), seen, draws_from_load=True)
    at_rest, _ = step(supply_state_on_seller1(closed_at_s=None), seen, draws_from_load=True)

    assert drawn.draws[0].drawn_milliwh == 2_000
    assert at_rest.draws[0].drawn_milliwh == 0


def test_when_the_credit_ends_the_home_goes_back_and_signs_the_last_receipt():
    seen = drawing(connection=meter(200_000, power_w=60.0))

    state, commands = step(supply_state_on_seller1(), seen)

    assert commands == (REST, SignReceipt(seller=SELLER1, number=7, drawn_milliwh=200_000))
    assert state.mode is Mode.OWN_SOURCE
    assert state.reason == "the credit at seller1 has ended: back on own source"


def test_when_the_orders_time_ends_the_home_goes_back():
    old = chain_view(orders=(order(expires_s=CALENDAR_S),), last_number=7)

    state, commands = step(supply_state_on_seller1(), drawing(chain=old))

    assert (commands, state.mode) == ((REST,), Mode.OWN_SOURCE)


def test_the_last_energy_is_charged_after_the_contact_was_asked_open():
    left, _ = step(supply_state_on_seller1(), drawing(soc_pct=30.0))
    chain = chain_view(orders=(order(),), last_number=7)

    seen = observation(NOW_S + 1, 30.0, chain=chain, connection=meter(16))
    state, commands = step(left, seen)

    assert commands == (SignReceipt(seller=SELLER1, number=7, drawn_milliwh=16),)
    assert state.draws[0].drawn_milliwh == 16


@pytest.mark.parametrize(("shown_after_s", "drawn"), [(0.1, 0), (0.6, 16)])
def test_once_the_relay_shows_the_contact_open_two_samples_are_the_last(shown_after_s, drawn):
    left, _ = step(supply_state_on_seller1(), drawing(soc_pct=30.0))
    chain = chain_view(orders=(order(),), last_number=7)
    opened = replace(OPEN, received_at_s=NOW_S + shown_after_s)

    seen = observation(NOW_S + 2.5, 30.0, chain=chain, connection=meter(16), relay=opened)
    state, _ = step(left, seen)

    assert state.draws[0].drawn_milliwh == drawn


def test_what_an_open_connection_seems_to_bring_is_nobodys():
    """A grid may feed it, too, and a shunt has its noise: no seller is paid for that."""
    left, _ = step(supply_state_on_seller1(), drawing(soc_pct=30.0))
    chain = chain_view(orders=(order(),), last_number=7)

    seen = observation(NOW_S + 60, 30.0, chain=chain, connection=meter(50_000, power_w=900.0))
    state, commands = step(left, seen)

    assert (commands, state.draws[0].drawn_milliwh) == ((), 0)


def test_a_successor_is_bought_before_the_credit_ends():
    """At 60 W, 100 mWh last 6 s; a confirmation and three more blocks and two samples are 6 s."""
    state, commands = step(supply_state_on_seller1(), nearly_drawn())

    successor = OpenOrder(
        seller=SELLER1,
        number=8,
        energy_milliwh=210_000,
        max_price_per_kwh=PRICE1,
        max_duration_s=3_600,
        max_cost=37_800,
    )
    assert (successor,) == commands
    assert (state.mode, [p.order.number for p in state.pending]) == (Mode.ON_SELLER, [8])
    assert state.reason == (
        "SoC 19.0 %, credit is running out: buying 210 Wh from seller1 at 0.18/kWh, order 8"
    )
    assert step(state, nearly_drawn(NOW_S + 1))[1] == ()


@pytest.mark.parametrize(
    ("power_w", "bought"), [(59.0, False), (60.0, True), (2_000.0, True), (None, False)]
)
def test_the_successor_is_timed_by_the_measured_draw(power_w, bought):
    seen = nearly_drawn(connection=meter(power_w=power_w), load=meter(power_w=power_w))

    _, commands = step(supply_state_on_seller1(), seen)

    assert bought == any(isinstance(command, OpenOrder) for command in commands)


def test_a_successor_is_bought_before_the_orders_time_ends():
    ending = chain_view(orders=(order(expires_s=CALENDAR_S + 6),), last_number=7)

    _, (bought,) = step(supply_state_on_seller1(), drawing(chain=ending))

    assert (bought.seller, bought.number) == (SELLER1, 8)


def test_a_slower_chain_is_asked_earlier():
    slow = chain_view(orders=(order(drawn_milliwh=198_000),), last_number=7, block_period_s=30.0)

    assert step(supply_state_on_seller1(), drawing(chain=slow))[1][0].number == 8


def test_the_successor_is_drawn_without_the_contact_moving():
    both = chain_view(orders=(order(drawn_milliwh=199_000), order(8)), last_number=8)
    before = supply_state_on_seller1(
        draws=(draw(drawn_milliwh=199_000, receipted_milliwh=199_000),)
    )

    seen = drawing(
        chain=both, connection=meter(3_000, power_w=60.0), facts=(confirmed(open_order(8)),)
    )
    state, commands = step(before, seen)

    assert commands == (SignReceipt(seller=SELLER1, number=7, drawn_milliwh=200_000),)
    assert [d.drawn_milliwh for d in state.draws] == [200_000, 2_000]
    assert state.mode is Mode.ON_SELLER


def test_at_most_one_successor_waits():
    both = chain_view(orders=(order(drawn_milliwh=199_900), order(8)), last_number=8)

    assert step(supply_state_on_seller1(), drawing(chain=both))[1] == ()


def test_why_there_is_no_successor_is_told():
    chain = chain_view(orders=(order(drawn_milliwh=199_900),), last_number=7, offers=())

    state, commands = step(supply_state_on_seller1(), drawing(chain=chain))

    assert commands == ()
    assert state.waiting == "0 Wh of credit left at seller1; no successor: seller1: no offer"


@pytest.mark.failure(
    part="chain",
    failure="a fault that forbids purchases, while a home draws",
    contacts="stay closed while credit is left",
    money="no successor is bought",
)
def test_a_fault_that_forbids_purchases_lets_the_credit_be_drawn_to_its_end():
    state, commands = step(
        supply_state_on_seller1(), nearly_drawn(), (fault(Severity.NO_PURCHASE),)
    )

    assert (commands, state.mode) == ((), Mode.ON_SELLER)
