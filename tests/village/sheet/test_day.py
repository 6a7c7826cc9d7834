"""What makes a street's day unsound, and what is only said; each sheet sound but for it."""

from dataclasses import replace
from fractions import Fraction

import pytest

from village.books import Books
from village.plant.balance import Balance, Book, HomeBalance
from village.plant.street import Grid, Home, Role, Street
from village.sheet.day import Compared, Sheet, close_books
from village.time.tempo import Late, Tempo
from village.time.timekeeper import Waits

BOOK = Book(battery_at_start=0, battery_at_end=0)
TEMPO = Tempo(
    calendar_s=7200.0,
    real_s=10.0,
    most=720.0,
    blocks=40,
    waits=Waits(seconds=(), given_up=0),
    late=Late(samples=0, leases=0, consents=0),
)


def a_street_sheet(**changes):
    whole = {
        "balance": a_balance(),
        "books": Books(supply=0, held=0, in_sale=0, orders=()),
        "compared": (),
        "silent": (),
        "warm_hours": 0,
        "tempo": TEMPO,
    }
    return Sheet(**{**whole, **changes})


def a_balance(**book):
    total = replace(BOOK, **book)
    return Balance(homes=(HomeBalance(name="home1", book=total),), total=total, parallel_sources=0)


def a_home(name, role):
    return Home(
        name=name,
        role=role,
        battery_milliwh=1_000,
        start_soc_pct=50,
        pv_scale=Fraction(1),
        grid=Grid.NONE,
        limit_pct=20,
        resume_pct=30,
        sell_floor_pct=25,
        price_per_kwh=180_000,
    )


def compared(**changes):
    seen = {"home": "home1", "plant": 1000.0, "meter": 1000.0, "receipts": 1000.0, "unseen": 0.0}
    return Compared(**{**seen, **changes})


def test_a_sound_day_says_so_and_how_fast_it_was_played():
    sheet = a_street_sheet(compared=(compared(),))

    lines = sheet.lines()

    assert sheet.is_sound
    assert lines[-1] == "The day is sound."
    assert "Time: 2.0 hours in 10 s, at speed 720 of 720; 20.0 blocks an hour" in lines
    assert "  stood still for nobody" in lines
    assert (
        "  late in its own time: 0 samples, 0 leases, 0 consents; went on without a part 0 times"
        in lines
    )


def test_a_day_names_whom_time_stood_still_for_longest_first():
    waits = Waits(seconds=(("home3", 4.06), ("relay", 1.0), ("home1", 0.4)), given_up=2)

    lines = a_street_sheet(tempo=replace(TEMPO, waits=waits)).lines()

    assert "  stood still for home3 4.1 s, relay 1.0 s" in lines
    assert any(line.endswith("went on without a part 2 times") for line in lines)


@pytest.mark.parametrize(
    ("meter", "receipts", "unseen", "agrees"),
    [
        (1010.0, 1000.0, 0.0, True),
        (1000.0, 989.9, 0.0, False),
        (1011.0, 1000.0, 0.0, False),
        # A percent of very little is less than one sample at a move of the contact.
        (1055.0, 1000.0, 60.0, True),
        (1065.0, 1000.0, 60.0, False),
    ],
)
def test_meter_and_receipts_may_miss_a_percent_or_a_sample_at_each_move(
    meter, receipts, unseen, agrees
):
    one = compared(meter=meter, receipts=receipts, unseen=unseen)

    assert a_street_sheet(compared=(one,)).is_sound is agrees


@pytest.mark.parametrize(("meter", "receipts"), [(40.0, 0.0), (0.0, 40.0), (None, 40.0)])
def test_what_meter_or_receipts_count_though_nothing_was_drawn_does_not_close(meter, receipts):
    sheet = a_street_sheet(compared=(compared(plant=0.0, meter=meter, receipts=receipts),))

    assert not sheet.is_sound
    assert sheet.as_plain()["differences"] == {"home1": 1.0}
    (told,) = [line for line in sheet.lines() if line.startswith("  home1")]
    assert told.endswith("100.00%   DOES NOT CLOSE")


@pytest.mark.parametrize(("receipts", "agrees"), [(0.0, True), (1010.0, True), (1011.0, False)])
def test_a_home_that_trades_in_the_auction_too_signs_for_no_more_than_it_was_sent(receipts, agrees):
    one = compared(meter=None, receipts=receipts)

    assert a_street_sheet(compared=(one,)).is_sound is agrees


def test_receipts_of_every_buyer_are_held_against_what_it_was_sent():
    """Not a consumer's alone: a prosumer buys at the sale, too."""
    prosumer, consumer, quiet = (
        a_home(name, role)
        for name, role in (
            ("home1", Role.PROSUMER),
            ("home2", Role.CONSUMER),
            ("home3", Role.PROSUMER),
        )
    )
    sent = HomeBalance(name="home1", book=replace(BOOK, received=36_000_000, wire_loss=3_600_000))
    idle = [HomeBalance(name=name, book=BOOK) for name in ("home2", "home3")]

    sheet = close_books(
        street=Street(homes=(prosumer, consumer, quiet), wires=(), source_loads=1),
        balance=Balance(homes=(sent, *idle), total=BOOK, parallel_sources=0),
        books=Books(supply=0, held=0, in_sale=0, orders=()),
        receipts={("0x1", "0x9", 1): 5, ("0x1", "0x9", 2): 5},
        pictures={"home1": {}, "home2": {"connection": {"import_milliwh": 0}}, "home3": {}},
        accounts={"home1": "0x1", "home2": "0x2", "home3": "0x3"},
        warm_hours=0,
        tempo=TEMPO,
    )

    assert sheet.compared == (
        compared(plant=9.0, meter=None, receipts=10.0),
        compared(home="home2", plant=0.0, meter=0.0, receipts=0.0),
    )
    assert not sheet.is_sound


def test_a_home_that_never_spoke_makes_the_day_unsound_and_is_named():
    sheet = a_street_sheet(silent=("home2",))

    assert not sheet.is_sound
    assert "  home2 never spoke: see its log" in sheet.lines()


def test_a_dark_day_without_sun_says_that_it_was_the_weather():
    sheet = a_street_sheet(balance=a_balance(dark_ms=5000, weather_ms=5000))

    assert not sheet.is_sound
    assert sheet.as_plain()["weather"] is True
    assert any("the weather, not the software" in line for line in sheet.lines())


def test_a_day_that_is_dark_though_a_neighbour_could_have_sold_blames_no_weather():
    sheet = a_street_sheet(balance=a_balance(dark_ms=5000, weather_ms=4999))

    assert not sheet.is_sound
    assert sheet.as_plain()["weather"] is False
    assert not any("weather" in line for line in sheet.lines())


def test_the_energy_is_told_with_the_hours_that_were_really_played():
    """A market warms up for some hours, and a day may be interrupted."""
    alone = a_street_sheet().lines()
    market = a_street_sheet(warm_hours=1).lines()

    assert "Energy (mWh of the 1:1000 street, 2.0 hours)" in alone
    assert (
        "Energy (mWh of the 1:1000 street, 2.0 hours, the first 1 of them before the market's day)"
        in market
    )
