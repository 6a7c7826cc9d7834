"""A home whose fills bring nothing over its contacts pauses, says why, and tries again later."""

from dataclasses import replace

import pytest

from node.core import home
from node.core.auction.licence import PartDraw
from node.core.commands import PlaceOrder
from node.core.faults import FaultName, Severity
from node.core.records import Registers
from node.core.trading.rights import rights
from node.core.trading.state import UNWATCHED
from node.core.trading.worth import follow, pause_faults
from tests.factories.home import connection, meter, relay_view
from tests.factories.market import INTERVAL_S, NOW_INTERVAL, market
from tests.factories.settings import HOME, NEIGHBOUR, SELLER1, fault_settings
from tests.factories.trading import (
    BID,
    OFFER,
    K,
    at,
    before_gate,
    cleared,
    outlook,
    pairing,
    part,
    placed,
    step,
    trading,
    trading_settings,
)

SETTINGS = trading_settings()
NO_PARTS = pairing()


def seen_in(interval, at_s, *, published=True, parts=None, order=BID, result=None, **changes):
    """See an instant of an interval in which an own order of 100 Wh is filled, and paired."""
    other = OFFER if order is BID else BID
    found = market(
        orders=(placed(order, interval),),
        cleared=(result or cleared(other, own=order, interval=interval),),
    )
    told = pairing(*(parts or ()), interval=interval)
    if parts == ():
        told = replace(told, parts=())
    return at(
        interval * INTERVAL_S + at_s,
        market=found,
        pairings=(told,) if published else (),
        outlooks=(),
        **changes,
    )


def live(worth, interval, *, moved=0, exports=None, from_s=5, **chosen):
    """Live through an interval: its beginning, its middle and its last look."""
    for at_s, so_far, exported in (
        (from_s, 0, 0),
        (450, moved // 2, (exports or 0) // 2),
        (890, moved, exports or 0),
    ):
        registers = Registers(import_milliwh=0, export_milliwh=exported)
        picture = replace(meter(), registers=registers)
        seen = seen_in(interval, at_s, connection=picture, **chosen)
        granted = rights(seen, SETTINGS)
        drawn = tuple(
            PartDraw(licence=one, drawn_milliwh=so_far, stands=True) for one in granted.draws
        )
        worth = follow(worth, seen, granted, drawn, SETTINGS)
    return worth


def after(*moved, worth=UNWATCHED, first=K, **chosen):
    """Live through intervals in a row, and look into the next one."""
    for number, milliwh in enumerate(moved):
        worth = live(worth, first + number, moved=milliwh, **chosen)
    return live(worth, first + len(moved), **chosen)


def test_three_intervals_in_a_row_that_brought_nothing_end_the_ordering_for_two():
    assert after(0, 0).pause_until == 0

    worth = after(0, 0, 0)

    assert (worth.pause, worth.pause_until) == (2, K + 3 + 1 + 2)
    assert worth.because == (
        f"the last intervals brought next to nothing over the contact with {SELLER1}"
    )


@pytest.mark.parametrize(("drawn", "pauses"), [(9_999, True), (10_000, False), (90_000, False)])
def test_less_than_a_tenth_of_what_was_paired_is_nothing(drawn, pauses):
    assert bool(after(drawn, drawn, drawn).pause_until) is pauses


def test_one_interval_that_works_begins_the_count_anew():
    assert after(0, 0, 50_000, 0, 0).pause_until == 0
    assert after(0, 0, 50_000, 0, 0, 0).pause_until > 0


def test_pauses_double_up_to_a_day_of_quarter_hours_and_one_that_works_ends_that():
    worth, first, pauses = after(0, 0, 0), K + 3, []
    for _ in range(8):
        pauses.append(worth.pause)
        first = worth.pause_until
        worth = after(0, worth=worth, first=first)

    assert pauses == [2, 4, 8, 16, 32, 64, 96, 96]
    worked = after(60_000, worth=worth, first=worth.pause_until)
    assert (worked.pause, worked.pause_until, worked.fruitless) == (0, 0, 0)


def test_what_was_ordered_before_a_pause_does_not_double_it():
    worth = after(0, 0, 0)

    again = after(0, worth=worth, first=K + 3)

    assert again.pause == 2


def test_without_any_pairing_the_whole_fill_counts():
    """Nobody ever told whom to draw from: so a home that hears nothing stops, too."""
    worth = after(0, 0, 0, published=False)

    assert worth.pause == 2
    assert worth.because.startswith("the last intervals had no pairing")


def test_what_no_wire_carries_is_not_counted():
    assert after(0, 0, 0, 0, parts=()).pause_until == 0


def test_a_home_without_a_relay_never_pauses():
    seen = seen_in(K, 5)
    settings = trading_settings(by_contacts=False)

    assert follow(UNWATCHED, seen, rights(seen, settings), (), settings) == UNWATCHED


def test_an_interval_that_was_not_seen_from_its_beginning_is_not_judged():
    assert after(0, 0, 0, from_s=200).pause_until == 0


SERVES = {
    "order": OFFER,
    "parts": (part(seller=HOME, buyer=NEIGHBOUR),),
}


@pytest.mark.parametrize(
    ("exports", "closed", "pauses"),
    [(90_000, True, False), (90_000, False, True), (0, True, True)],
    ids=["fed", "fed elsewhere", "nothing fed"],
)
def test_a_seller_counts_what_it_feeds_while_its_buyers_contact_is_closed(exports, closed, pauses):
    wired = relay_view(connection(0, holder=NEIGHBOUR, consents=(HOME,), closed=closed))

    worth = after(0, 0, 0, exports=exports, relay=wired, **SERVES)

    assert bool(worth.pause_until) is pauses
    assert not pauses or worth.because.endswith(NEIGHBOUR)


def test_a_change_of_the_wiring_ends_the_pause():
    worth = after(0, 0, 0, wires_hash=b"old")
    kept = live(worth, K + 4, wires_hash=b"old")
    ended = live(worth, K + 4, wires_hash=b"new")

    assert kept.pause_until == worth.pause_until
    assert (ended.pause_until, ended.because) == (0, "")


def test_nothing_is_ordered_while_it_pauses_and_an_order_that_stands_is_cancelled():
    worth = replace(UNWATCHED, pause_until=K + 1, because="nothing came from seller1")
    state = trading(worth=worth)

    decided, none = step(state, before_gate())
    _, (cancel,) = step(state, before_gate(market=market(orders=(placed(),))))
    later = before_gate(-780, outlooks=(outlook(interval=K + 1),))
    _, (order,) = step(state, later)

    assert none == ()
    assert decided.reason == f"interval {K}: no order: nothing came from seller1"
    assert isinstance(cancel, PlaceOrder) and cancel.order.energy_units == 0
    assert order.interval == K + 1


def test_a_pause_is_a_notice_that_says_why_and_when_it_ends():
    worth = replace(UNWATCHED, pause_until=K + 4, because="nothing came from seller1")

    (notice,) = pause_faults(worth, before_gate())

    assert (notice.name, notice.severity) == (FaultName.TRADING_PAUSED, Severity.NOTICE)
    assert notice.sentence == (
        f"nothing came from seller1: nothing is ordered before interval {K + 4}"
        " (clears then, or when the wiring changes)"
    )
    assert pause_faults(worth, at((K + 4) * INTERVAL_S)) == ()
    assert pause_faults(UNWATCHED, before_gate()) == ()


def test_the_home_keeps_the_watch_from_cycle_to_cycle():
    settings = home.HomeSettings(
        faults=fault_settings(), supply=None, delivery=None, trading=SETTINGS
    )
    state = home.HomeState(supply=None, delivery=None, faults=(), trading=trading())
    for number in range(4):
        for at_s in (5, 890):
            seen = seen_in(NOW_INTERVAL + number, at_s)
            state, _ = home.step(state, seen, settings)

    assert state.trading.worth.pause_until > 0
    assert FaultName.TRADING_PAUSED in {fault.name for fault in state.faults}
