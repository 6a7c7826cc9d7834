from datetime import date
from fractions import Fraction

import pytest

from tests.village.plays import a_home, a_wire, play
from village.plant.homes_data import FONTANA_CSV, Profile, read_profiles
from village.plant.street import (
    DEFAULT_DAY,
    DEFAULT_HOMES,
    MOST_CHANNELS,
    MOST_HOMES,
    SUPPLY_SHARE,
    Contacts,
    Role,
    Street,
    contacts_of,
    default_street,
    producers_pv_scale,
)

MILLIWH_MICROJOULES = 3_600_000


def the_street(homes=DEFAULT_HOMES, first_day=DEFAULT_DAY, hours=24):
    profiles = read_profiles(FONTANA_CSV, homes=homes, first_day=first_day)
    return default_street(profiles.homes, hours=hours), profiles


def dark(day):
    return {home.name for home in day.balance.homes if home.book.dark_ms}


def test_the_default_street_has_two_consumers_and_two_producers_and_a_choice():
    street, _ = the_street()

    roles = [home.role for home in street.homes]
    assert roles == [Role.CONSUMER, Role.CONSUMER, Role.PRODUCER, Role.PRODUCER]
    sellers = [wire.source for wire in street.wires if wire.load == "home1"]
    assert sellers == ["home3", "home4"]


@pytest.mark.parametrize("homes", range(2, MOST_HOMES + 1))
def test_every_consumer_is_wired_and_every_channel_is_used_once(homes):
    street, _ = the_street(homes)

    consumers = {home.name for home in street.homes if home.role is Role.CONSUMER}
    channels = [channel for wire in street.wires for channel in wire.channels]
    assert consumers == {wire.load for wire in street.wires}
    assert channels == list(range(len(channels)))
    assert len(channels) <= MOST_CHANNELS


@pytest.mark.parametrize("homes", [1, MOST_HOMES + 1])
def test_a_street_too_small_or_too_large_is_refused(homes):
    with pytest.raises(ValueError, match="2 to 12"):
        the_street(homes)


@pytest.mark.parametrize("homes", [2, 3, 4, 7, 12])
@pytest.mark.parametrize("hours", [24, 72])
def test_supply_is_at_least_110_percent_of_demand_and_no_tenth_more(homes, hours):
    street, profiles = the_street(homes, hours=hours)

    def share(extra):
        supply = sum(
            sum(profile.pv_mw[:hours]) * (home.pv_scale - extra * (home.role is Role.PRODUCER))
            for home, profile in zip(street.homes, profiles.homes, strict=True)
        )
        return supply / sum(sum(profile.load_mw[:hours]) for profile in profiles.homes)

    assert share(Fraction(1, 10)) < SUPPLY_SHARE <= share(Fraction(0))


def test_producers_solar_is_never_scaled_down():
    rich = Profile(load_mw=(1,) * 24, pv_mw=(100,) * 24)

    assert producers_pv_scale([rich], [rich], hours=24) == 1


def test_on_the_default_day_switching_keeps_every_home_lit_and_resting_does_not():
    """The claim of the village, with the rule itself instead of the programs."""
    street, profiles = the_street()

    switched = play(street, profiles, hours=24)
    resting = play(street, profiles, hours=24, switching=False)

    assert dark(switched) == set()
    assert dark(resting) == {"home1", "home2"}
    assert all(switched.least_soc_pct[name] < 20 for name in ("home1", "home2"))
    assert switched.balance.closes
    assert resting.balance.closes


def test_the_default_day_has_a_handful_of_purchases():
    """Each consumer buys 10 to 15 Wh, which is two to eight orders of 2 to 5 Wh."""
    street, profiles = the_street()

    day = play(street, profiles, hours=24)

    received_wh = {
        home.name: home.book.received / MILLIWH_MICROJOULES / 1000 for home in day.balance.homes
    }
    assert 2 <= day.sessions <= 10
    assert 10 < received_wh["home1"] < 20
    assert 5 < received_wh["home2"] < 15


@pytest.mark.parametrize("homes", [2, 3, 5, 8, 12])
def test_streets_of_other_sizes_are_as_sound(homes):
    street, profiles = the_street(homes)

    assert dark(play(street, profiles, hours=24)) == set()
    assert dark(play(street, profiles, hours=24, switching=False))


def test_half_an_hour_of_hesitation_still_keeps_every_home_lit():
    """At 720 times the speed half an hour is two and a half seconds: room for chain and relay."""
    street, profiles = the_street(12)

    assert dark(play(street, profiles, hours=24, step_s=1800)) == set()


@pytest.mark.parametrize(
    "first_day", [date(2016, 10, 24), date(2016, 12, 23), date(2017, 2, 6), date(2017, 5, 7)]
)
def test_days_of_other_seasons_are_as_sound(first_day):
    street, profiles = the_street(first_day=first_day)

    assert dark(play(street, profiles, hours=24, step_s=300)) == set()


@pytest.mark.parametrize(
    ("energised", "closed", "floating"),
    [
        (set(), set(), set()),
        ({0, 1}, {("home1", "home2")}, set()),
        ({0}, set(), {"home1"}),
        ({1}, set(), set()),
        ({0, 1, 2}, {("home1", "home2")}, set()),
    ],
)
def test_contacts_follow_the_coils(energised, closed, floating):
    street = Street(
        homes=(a_home("home1"), a_home("home2"), a_home("home3")),
        wires=(a_wire("home1", "home2"), a_wire("home1", "home3", 2)),
        source_loads=1,
    )

    contacts = contacts_of(street, energised)

    assert contacts == Contacts(closed=frozenset(closed), floating=frozenset(floating))
