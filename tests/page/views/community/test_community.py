"""The community's pages, of whole pictures and of those that say other things than ours."""

import pytest

from page.follow import NOTHING, Said
from page.memory import Span
from page.views.community.gas import gas_view
from page.views.community.interval import Reworked, interval_view
from page.views.community.market import market_view
from page.views.community.now import community_now
from page.views.day import begins_s, day_of
from page.words import Words
from tests.factories.page_pictures import SELLER

EN = Words("en")
BUYER = "0x" + "b0" * 20
NAMES = {BUYER: "home1", SELLER: "home2"}
DAY = day_of("2026-09-21", None)
ENDS_S = begins_s(DAY) + 900


def row(**more):
    order = {"type": "PlacedOrder", "interval": 7, "meter_id": 1, "deposit": 9}
    bid = {"type": "Bid", "solar_tick": 40, "chp_tick": 0, "energy_units": 300}
    offer = {"type": "Offer", "kind": 0, "tick": 10, "energy_units": 200}
    return {
        "at_s": ENDS_S,
        "starts_s": ENDS_S - 900,
        "interval": 7,
        "unit_milliwh": 1_000,
        "solar_milliwh": 200_000,
        "solar_price_per_kwh": 110_000,
        "chp_milliwh": 0,
        "chp_price_per_kwh": None,
        "feed_in_per_kwh": 80_000,
        "retail_per_kwh": 269_000,
        "tick_size_per_kwh": 3_000,
        "orders": [
            {**order, "account": BUYER, "order": bid},
            {**order, "account": SELLER, "order": offer},
        ],
        "curves": {"solar": {"supply": [[10, 200]], "demand": [[40, 300]]}},
        "fills": [
            {"solar_units": 199, "chp_units": 0, "saving": 31_641},
            {"solar_units": 200, "chp_units": 0, "saving": 6_000},
        ],
    } | more


def now(**more):
    picture = {"node": "utility", "role": "utility", "reason": "waits", **more}
    return community_now(Said(picture=picture, at_s=1.79e9, problem=None, count=1), EN)


def community(**more):
    return {
        "names": NAMES,
        "connections": [
            {"load": "home1", "source": "home2", "closed": True},
            {"load": "home3", "source": "home2", "closed": False},
        ],
        "parts": [{"buyer": BUYER, "seller": SELLER, "energy_milliwh": 199_000}],
        "homes": [
            {"account": BUYER, "meter_id": 1, "gas_wei": 5 * 10**17, "balance": 7_000_000,
             "last_reading_s": 1.79e9, "silent": False},
            {"account": SELLER, "meter_id": 2, "silent": True, "last_reading_s": 1.78e9},
        ],
    } | more  # fmt: skip


def test_who_feeds_whom_is_drawn_with_what_is_paired_and_the_silent_are_named():
    told = now(community=community())

    for part in (
        'aria-label="home2 feeds home1"', "199 Wh", 'class="wire"', ">home3<", "0.5", "<td>7</td>",
        "home2 has not reported since <time",
    ):  # fmt: skip
        assert part in told, part
    assert "home1 has not" not in told


def test_before_anything_was_said_it_is_being_asked():
    assert "It is being asked." in community_now(NOTHING, EN)


def test_a_day_has_prices_shares_savings_and_a_way_to_each_interval():
    told = market_view(DAY, Span(rows=(row(),)), NAMES, EN)

    for part in (
        "Solar 0.11 – 0.11 tokens a kWh", "home2 100 %", "saved 0.037641 tokens",
        f'href="interval?ended={ENDS_S:.3f}"', "200 Wh",
    ):  # fmt: skip
        assert part in told, part


def test_an_interval_shows_its_curves_and_what_was_said_of_it_again():
    def shown(reworked=None):
        return interval_view(Span(rows=(row(),)), Span(rows=()), reworked, NAMES, EN)

    told = shown()
    assert "Solar: 200 Wh at 0.11 a kWh" in told
    assert "Price and volume 0 – 0.11" in told
    assert "Work it out again" in told
    agrees = {"agrees": True, "fills": [{}, {}], "parts": [{}]}
    assert "It agrees: 2 fills and 1 parts" in shown(Reworked(answer=agrees))
    differs = {"agrees": False, "differences": [f"part 1 is nothing, and must be {BUYER.upper()}"]}
    assert "must be home1" in shown(Reworked(answer=differs))
    assert "it is away" in shown(Reworked(problem="it is away"))


def test_gas_is_by_operation():
    rows = [
        {"at_s": 10.0 + at, "part": "operation", "state": "ClearInterval", "gas_used": gas}
        for at, gas in enumerate((100_000, 300_000))
    ]
    told = gas_view(Span(rows=tuple(rows)), 0.0, 20.0, EN)

    assert "clear interval (gas)" in told
    assert "<td>2</td><td>100\u202f000</td><td>200\u202f000</td><td>300\u202f000</td>" in told
    assert "No operation" in gas_view(Span(rows=()), 0.0, 20.0, EN)


ODD = [5, None, [], {}, "<script>", [5], [[]], [{}], {"solar": 5}, [["a", 1]], True]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "key", ["orders", "fills", "curves", "unit_milliwh", "solar_price_per_kwh"]
)
def test_a_row_that_says_other_things_is_shown_as_far_as_it_goes(key, odd):
    span = Span(rows=(row(**{key: odd}),))

    for told in (
        market_view(DAY, span, NAMES, EN),
        interval_view(span, span, Reworked(answer=odd), NAMES, EN),
    ):
        assert "<script>" not in told


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("key", ["names", "connections", "parts", "homes"])
def test_a_community_that_says_other_things_is_shown_as_far_as_it_goes(key, odd):
    assert "<script>" not in now(community=community(**{key: odd}))
    assert "waits" in now(community=odd, problems=odd, refusals=odd, next_gate=odd)
