"""Drawing as paired: each part in its turn and to its end, and every doubt on own source."""

from node.core.commands import SignReceipt
from node.core.holdoff import HoldOff
from node.core.supply.state import Mode
from tests.factories.buying import CLOSE, REST, step
from tests.factories.home import (
    NOW_S,
    chain_view,
    connection,
    draw,
    drawing,
    meter,
    observation,
    on_seller1,
    order,
    relay_view,
    stamp,
    supply_state_on_seller1,
)
from tests.factories.market import NOW_INTERVAL
from tests.factories.pairing import (
    BARS,
    BOTH,
    CLOSE2,
    DRAWS,
    FIRST,
    SECOND,
    UNWILLING1,
    barred,
    draws,
    licence,
    part_draw,
    supply_state_awake,
    supply_state_on_pairing,
)
from tests.factories.settings import SELLER1, SELLER2


def late(seconds, **changes):
    """Picture the home some seconds into the interval now."""
    now_s = NOW_S - 800 + seconds
    return observation(now_s, **{"chain": chain_view(now_s, block=stamp(now_s)), **changes})


def test_a_part_is_drawn_from_the_intervals_start_whatever_the_battery_holds():
    for soc_pct in (5.0, 50.0, 100.0):
        state, commands = step(supply_state_awake(), observation(soc_pct=soc_pct), rights=draws())

        assert (commands, state.mode, state.contact.seller) == ((CLOSE,), Mode.ON_PAIRING, SELLER1)
        assert state.reason == DRAWS


def test_the_meter_counts_what_is_drawn_and_the_rest_is_told():
    seen = drawing(soc_pct=50.0, connection=meter(30_000, power_w=60.0))

    state, commands = step(supply_state_on_pairing(), seen, rights=draws())

    assert (commands, [part.drawn_milliwh for part in state.parts]) == ((), [30_000])
    assert state.waiting == "70 Wh left of the part of seller1"
    assert [credit.drawn_milliwh for credit in state.draws] == [0]


def test_the_next_part_follows_without_a_rest_between_because_the_relay_breaks_first():
    before = supply_state_on_pairing(parts=(part_draw(FIRST), part_draw(SECOND)))
    seen = drawing(soc_pct=50.0, connection=meter(60_000, power_w=60.0))

    state, commands = step(before, seen, rights=BOTH)

    assert (commands, state.mode, state.contact.seller) == ((CLOSE2,), Mode.ON_PAIRING, SELLER2)
    assert state.since_s == NOW_S
    assert state.contact.closed_at_s is None


def test_the_lease_is_renewed_at_a_third():
    due = supply_state_on_pairing(renewed_at_s=NOW_S - 5)

    state, commands = step(due, drawing(soc_pct=50.0), rights=draws())

    assert (commands, state.contact.renewed_at_s) == ((CLOSE,), NOW_S)


def test_no_receipt_is_signed_for_what_a_pairing_draws():
    seen = drawing(soc_pct=50.0, connection=meter(30_000, power_w=60.0))
    before = supply_state_on_pairing(draws=(draw(receipted_at_s=NOW_S - 60),))

    state, commands = step(before, seen, rights=draws())

    assert not any(isinstance(command, SignReceipt) for command in commands)
    assert [open_draw.drawn_milliwh for open_draw in state.draws] == [0]


def test_a_part_goes_on_into_the_next_intervals_part_of_the_same_seller_without_opening():
    after = licence(
        interval=NOW_INTERVAL + 1, starts_s=licence().ends_s, ends_s=licence().ends_s + 900
    )

    state, commands = step(
        supply_state_on_pairing(), drawing(NOW_S + 100, 50.0), rights=draws(after)
    )

    assert (commands, state.mode, state.contact.closed_at_s) == (
        (CLOSE,),
        Mode.ON_PAIRING,
        NOW_S + 100,
    )
    assert state.reason.startswith(f"interval {NOW_INTERVAL + 1}: drawing 100 Wh")


def test_a_sale_is_left_when_the_interval_is_the_auctions_and_its_credit_waits():
    before = supply_state_on_seller1(started_at_s=NOW_S - 1_000)

    state, commands = step(before, drawing(), rights=barred())

    assert (commands, state.mode) == ((REST,), Mode.OWN_SOURCE)
    assert state.reason == f"{BARS}: back on own source"
    assert [credit.remaining_milliwh for credit in state.draws] == [200_000]
    later, commands = step(state, observation(NOW_S + 1, 5.0), rights=barred())
    assert (commands, later.mode) == ((), Mode.OWN_SOURCE)
    assert later.waiting.startswith(f"{BARS}: nothing of the sale is bought or drawn")


def test_open_credit_is_drawn_on_after_the_auctions_interval():
    before = supply_state_awake(draws=(draw(),))
    credit = chain_view(orders=(order(),), last_number=7)

    _, barred_commands = step(before, observation(soc_pct=19.0, chain=credit), rights=barred())
    _, commands = step(before, observation(soc_pct=19.0, chain=credit))

    assert (barred_commands, commands) == ((), (CLOSE,))


def test_the_same_contact_goes_from_sale_to_pairing_without_opening():
    before = supply_state_on_seller1(started_at_s=NOW_S - 1_000)

    state, commands = step(before, drawing(), rights=draws())

    assert (commands, state.mode) == ((CLOSE,), Mode.ON_PAIRING)
    more, _ = step(state, drawing(NOW_S + 1, connection=meter(1_000)), rights=draws())
    assert [part.drawn_milliwh for part in more.parts] == [1_000]
    assert [credit.drawn_milliwh for credit in more.draws] == [0]


def test_the_last_energy_after_the_contact_was_asked_to_open_is_still_the_parts():
    before = supply_state_on_pairing(parts=(part_draw(drawn_milliwh=99_000),))
    left, _ = step(before, drawing(connection=meter(1_000)), rights=draws())

    state, _ = step(
        left, observation(NOW_S + 1, connection=meter(1_500), relay=on_seller1()), rights=draws()
    )

    assert [part.drawn_milliwh for part in state.parts] == [100_500]


def test_a_part_waits_for_its_sellers_consent_and_is_passed_over_after_a_twelfth():
    """75 of 900 s."""
    early, first = step(supply_state_awake(), late(74, relay=UNWILLING1), rights=BOTH)
    state, commands = step(supply_state_awake(), late(76, relay=UNWILLING1), rights=BOTH)

    assert (first, early.mode) == ((), Mode.OWN_SOURCE)
    assert early.waiting.endswith("seller1: no consent stands at the relay")
    assert (commands, state.contact.seller) == ((CLOSE2,), SELLER2)


def test_a_source_that_feeds_another_home_is_waited_for_however_long():
    """The other home's turn came first; the schedule is published."""
    busy = relay_view(busy_sources=frozenset({"seller1"}))

    state, commands = step(supply_state_awake(), late(700, relay=busy), rights=BOTH)

    assert commands == ()
    assert state.waiting.endswith("seller1: its source feeds another home")


def test_a_seller_that_is_held_off_is_passed_over_and_drawn_after():
    held = (HoldOff(seller=SELLER1, failures=1, until_s=NOW_S + 30),)

    state, commands = step(supply_state_awake(hold_offs=held), observation(), rights=BOTH)

    assert (commands, state.contact.seller) == ((CLOSE2,), SELLER2)


def test_nothing_is_closed_for_less_than_the_dwell():
    """100 s are left of the interval."""
    _, long = step(supply_state_awake(), observation(), rights=draws(), min_dwell_s=100.0)
    state, short = step(supply_state_awake(), observation(), rights=draws(), min_dwell_s=101.0)

    assert (long, short) == ((CLOSE,), ())
    assert f"interval {NOW_INTERVAL} ends in 100 s, within the dwell" in state.waiting


def test_a_seller_that_is_wired_but_in_no_file_is_found_by_its_account():
    stranger = "0x00000000000000000000000000000000000000D4"
    wired = relay_view(connection(0, consents=(stranger,)))

    state, commands = step(
        supply_state_awake(), observation(relay=wired), rights=draws(licence(seller=stranger))
    )

    assert (commands, state.contact.seller) == ((CLOSE,), stranger)


def test_a_seller_that_is_not_wired_is_never_drawn_from():
    stranger = "0x00000000000000000000000000000000000000D4"

    state, commands = step(
        supply_state_awake(), observation(), rights=draws(licence(seller=stranger))
    )

    assert (commands, state.mode) == ((), Mode.OWN_SOURCE)
    assert state.waiting.endswith(f"{stranger}: the relay has no connection to it for this home")


def test_a_home_that_cannot_meter_its_load_draws_nothing_as_paired_either():
    state, commands = step(
        supply_state_awake(),
        observation(),
        rights=draws(),
        may_buy=False,
        may_not_buy_because="no sensor sees the load",
    )

    assert commands == ()
    assert state.waiting.endswith("no sensor sees the load")
