import pytest

from village.market.street import MARKET_DAY, begun_at, known_at, market_street
from village.plant.homes_data import FONTANA_CSV, Profile, Profiles, read_past, read_profiles
from village.plant.street import MOST_CHANNELS, Grid, Role

HOURS = 29 * 24


def past(homes):
    return read_past(FONTANA_CSV, homes=homes, first_day=MARKET_DAY, hours=HOURS)


@pytest.mark.parametrize(
    ("homes", "sources", "wires"), [(2, 1, 1), (4, 1, 3), (6, 2, 8), (12, 4, 16)]
)
def test_every_home_is_a_source_or_is_wired_to_as_many_as_the_board_reaches(homes, sources, wires):
    street = market_street(past(homes))

    loads = {wire.load for wire in street.wires}
    assert len(street.homes) - len(loads) == sources
    assert len(street.wires) == wires <= MOST_CHANNELS
    assert not loads & {wire.source for wire in street.wires}
    assert sorted(wire.channels for wire in street.wires) == [(n,) for n in range(wires)]
    assert all(home.role is Role.PROSUMER and home.grid is Grid.TIED for home in street.homes)


def test_the_homes_with_the_most_surplus_are_the_sources():
    dark, middle, sunny = (Profile(load_mw=(100,), pv_mw=(pv,)) for pv in (0, 200, 300))

    street = market_street([middle, sunny, dark])

    assert {(wire.load, wire.source) for wire in street.wires} == {
        ("home1", "home2"),
        ("home3", "home2"),
    }


def test_the_past_ends_where_the_day_begins():
    day = read_profiles(FONTANA_CSV, homes=8, first_day=MARKET_DAY)

    found = past(8)

    for before, whole in zip(found, day.homes, strict=True):
        assert before.load_mw == whole.load_mw[-HOURS:]
        assert before.pv_mw == whole.pv_mw[-HOURS:]


@pytest.mark.failure(
    part="file",
    failure="the village is to play a market's day without weeks before it",
    person="refused: a day with so many hours of data before it",
)
def test_a_day_without_so_much_past_is_refused():
    with pytest.raises(ValueError, match="a day with 720 hours of data before it"):
        read_past(FONTANA_CSV, homes=2, first_day=MARKET_DAY, hours=720)


@pytest.mark.parametrize(
    ("hour", "start_s", "loads", "known"),
    [(-1, 3600, (3, 1, 2), (7, 8)), (1, 10800, (2, 3, 1), (7, 8, 9, 1))],
)
def test_a_street_begins_at_an_hour_of_its_day_and_knows_what_was_before(
    hour, start_s, loads, known
):
    day = Profile(load_mw=(1, 2, 3), pv_mw=(4, 5, 6))
    past = Profile(load_mw=(7, 8, 9), pv_mw=(0, 0, 0))

    begun = begun_at(Profiles(start_s=7200, homes=(day,)), hour)

    assert (begun.start_s, begun.homes[0].load_mw) == (start_s, loads)
    assert known_at(past, day, hour).load_mw == known


@pytest.mark.parametrize("homes", [1, 13])
def test_a_street_of_another_size_is_refused(homes):
    with pytest.raises(ValueError, match=f"{homes} homes, the street has 2 to 12"):
        market_street([Profile(load_mw=(1,), pv_mw=(1,))] * homes)
