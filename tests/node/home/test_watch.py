"""What a person watches: the same picture as the status, in lines for the eye."""

import time

from node.core import home
from node.core.budget import Spent
from node.core.delivery.state import Delivery
from node.home.snapshot import snapshot
from node.home.watch import watched
from tests.factories.home import DAY, NOW_S, delivery_state_in, drawing, meter, observation
from tests.factories.settings import HOME, SELLER1, settings
from tests.node.home.test_snapshot import METERING, NONE, STATE

NAMES = {SELLER1.lower(): "seller1"}
NOON = time.struct_time((2026, 12, 1, 12, 0, 0, 1, 335, 0))


def lines(picture, names=NAMES):
    return [line.text for line in watched(picture, names, NOON)]


def picture_of(state=STATE, seen=None, earned_today=0):
    seen = seen or drawing(load=meter(0, 0, power_w=10.0), connection=meter(5, 0, power_w=10.0))
    whole = snapshot(
        "home", "prosumer", HOME, state, seen, None, METERING, NONE, None, earned_today
    )
    return {"starting": False} | whole


def test_who_feeds_is_told_by_name_with_charge_power_and_money():
    told = lines(picture_of(earned_today=30_000))

    assert "[############............]" in told[0]
    assert told[2] == "  charge    [#####...................] 19.0 %"
    assert told[3] == "  power     load 10.0 W, connection 10.0 W in"
    assert told[4] == "  fed by    seller1"
    assert told[5].startswith("  supply    on_seller: SoC 19.4 % < limit 20 %")
    assert "  today     spent 0, earned 0.03, 100 tokens left" in told


def test_a_neighbour_without_a_name_here_is_told_by_its_account():
    assert f"  fed by    {SELLER1}" in lines(picture_of(), names={})


def test_a_fault_has_a_mark_and_a_colour():
    (fault,) = [line for line in watched(picture_of(), NAMES, NOON) if line.warns]

    assert fault.text == "! a sensor failed"


def test_while_it_starts_no_fault_is_shown():
    told = watched(picture_of() | {"starting": True}, NAMES, NOON)

    assert [line.text for line in told][1].startswith("  starting")
    assert not any(line.warns for line in told)


def test_what_is_not_known_is_told_so():
    blind = observation(
        soc_pct=None, chain=None, relay=None, load=meter(power_w=None), connection=None
    )
    chosen = settings(supply=None)
    state = home.initial(chosen, NOW_S, Spent(day=DAY, amount=0), was_drawing=False)

    told = lines(picture_of(state, blind))

    assert told[2] == "  charge    [????????????????????????] unknown"
    assert told[3] == "  power     load unknown"


def test_a_seller_of_before_tells_no_earnings_and_is_shown():
    state = home.HomeState(supply=None, delivery=delivery_state_in(Delivery.OFFERING), faults=())
    older = picture_of(state)
    del older["delivery"]["earned_today"]

    assert "  today     100 tokens left" in lines(older)
