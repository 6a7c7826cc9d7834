"""What a home says of the auction: to its page, to the broker, and on the command line."""

import json
from dataclasses import replace

from node.core.auction.licence import PartDraw
from node.core.forecast.records import Accuracy
from node.core.trading.rights import rights
from node.home.commands import auction_lines
from node.home.snapshot import measurements, snapshot
from tests.factories.home import supply_state_on_seller1
from tests.factories.market import market
from tests.factories.seen import seen_of
from tests.factories.settings import SELLER1
from tests.factories.trading import (
    OFFER,
    STARTS_S,
    K,
    at,
    before_gate,
    cleared,
    outlook,
    pairing,
    placed,
    trading,
    trading_settings,
)
from tests.node.home.test_snapshot import NONE, STATE, UNMETERED

ACCURACY = Accuracy(weight=2.0, error=40_000.0, plain=90_000.0)
BUYS = trading(reason="bids for 100 Wh", waiting="looks at its order again in 9 s")


def told(state, seen, accuracy=ACCURACY):
    whole = snapshot(
        "home", "prosumer", "0x", seen_of(state, seen, accuracy=accuracy), UNMETERED, NONE
    )
    assert json.loads(json.dumps(whole)) == whole
    return whole["auction"]


def test_a_home_without_a_part_in_it_says_nothing_of_the_auction():
    assert told(STATE, before_gate()) is None
    assert auction_lines(None) == []
    assert not [topic for topic in measurements(seen_of(STATE, before_gate())) if "auct" in topic]


def test_an_order_is_told_with_its_limits_and_what_is_expected():
    seen = before_gate(
        market=market(orders=(placed(),), balance=7, owed=5),
        outlooks=(outlook(), outlook((-30_000, -10_000, 2_000), K + 1)),
    )
    state = replace(STATE, trading=BUYS)

    found = told(state, seen)

    assert found == {
        "reason": "bids for 100 Wh",
        "waiting": "looks at its order again in 9 s",
        "balance": 7,
        "owed": 5,
        "orders": [
            {
                "interval": K,
                "side": "buys",
                "energy_milliwh": 100_000,
                "limits": {"solar": 173_000, "chp": 173_000},
                "deposit": placed().deposit,
                "filled_milliwh": None,
                "prices": None,
                "largest_seller_pct": {},
            }
        ],
        "parts": [],
        "expected": [
            {"interval": K, "expected_milliwh": 100_000},
            {"interval": K + 1, "expected_milliwh": -10_000},
        ],
        "learning": False,
        "forecast_error_milliwh": 20_000,
        "as_the_last_error_milliwh": 45_000,
    }
    assert auction_lines(found) == [
        "  auction          bids for 100 Wh",
        "                   looks at its order again in 9 s",
        f"  interval {K} buys 100 Wh of solar at 0.173/kWh, chp at 0.173/kWh: not cleared yet",
        f"  expected         in interval {K} a need of 100 Wh",
        f"  expected         in interval {K + 1} a surplus of 10 Wh",
        "  forecast         20 Wh off on average; as the last interval 45 Wh",
        "  at the auction   0.000007 free, 0.000005 owed",
    ]


def test_a_new_home_says_when_its_first_order_is_expected():
    found = told(replace(STATE, trading=BUYS), replace(before_gate(), outlooks=()))

    assert found["learning"]
    (line,) = [line for line in auction_lines(found) if "learning" in line]
    assert "the first order comes after four to five days of readings" in line


def test_a_fill_and_what_was_drawn_of_its_part_are_told():
    result = cleared(OFFER)
    seen = at(
        STARTS_S,
        market=market(orders=(placed(),), cleared=(result,)),
        pairings=(pairing(),),
        outlooks=(),
        largest_sellers=((K, 80, None),),
    )
    (licence,) = rights(seen, trading_settings()).draws
    drawn = PartDraw(licence=licence, drawn_milliwh=30_000, stands=True)
    supply = replace(supply_state_on_seller1(), parts=(drawn,))

    found = told(replace(STATE, supply=supply, trading=BUYS), seen, None)

    assert found["orders"][0]["filled_milliwh"] == {"solar": 100_000, "chp": 0}
    assert found["orders"][0]["prices"] == {"solar": 173_000}
    assert [part["drawn_milliwh"] for part in found["parts"]] == [30_000]
    lines = auction_lines(found)
    filled = "chp at 0.173/kWh: filled 100 Wh of solar at 0.173/kWh (80 % of it from one seller)"
    assert filled in "".join(lines)
    assert f"  part in {K}  30 Wh of 100 Wh drawn, solar from {SELLER1} to" in "".join(lines)


def test_an_order_that_nobody_matched_says_so():
    seen = at(STARTS_S, market=market(orders=(placed(OFFER),), cleared=(cleared(own=OFFER),)))

    found = told(replace(STATE, trading=BUYS), seen, None)

    assert found["orders"][0]["limits"] == {"solar": 173_000}
    assert "sells 100 Wh of solar at 0.173/kWh: nothing of it filled" in "".join(
        auction_lines(found)
    )


def test_what_is_not_known_is_null_and_never_zero():
    blind = replace(before_gate(), market=None, outlooks=())
    state = replace(STATE, trading=trading())

    found = told(state, blind, None)

    assert (found["balance"], found["owed"], found["forecast_error_milliwh"]) == (None, None, None)
    assert auction_lines(found) == ["  auction          started: no order has been decided on yet"]
    values = measurements(seen_of(state, blind))
    assert json.loads(values["measurement/auction_balance"])["value"] is None


def test_the_measured_error_is_a_value_beside_as_the_last_interval():
    trades = replace(STATE, trading=BUYS)
    values = measurements(seen_of(trades, before_gate(), accuracy=ACCURACY))

    assert [json.loads(values[f"measurement/{name}_milliwh"]) for name in (
        "forecast_error", "as_the_last_error"
    )] == [{"value": 20_000, "unit": "mWh"}, {"value": 45_000, "unit": "mWh"}]  # fmt: skip
