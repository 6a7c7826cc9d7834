"""The flow of power: whatever the meters say, both sides are the same."""

import random

import pytest

from page.flow import Arrow, Place, flow_of
from tests.factories.page_pictures import SELLER, home_picture, meter


def sides(picture):
    flow = flow_of(picture)
    return tuple(
        {arrow.place: arrow.watts for arrow in arrows} for arrows in (flow.sources, flow.sinks)
    )


def test_on_a_neighbours_energy_the_sun_charges_the_battery():
    given, taken = sides(home_picture())

    assert given == {Place.SUN: 120, Place.NEIGHBOUR: 415}
    assert taken == {Place.LOAD: 410, Place.BATTERY: 125}
    assert Arrow(place=Place.NEIGHBOUR, watts=415, name=SELLER) in flow_of(home_picture()).sources


def test_on_its_own_source_the_battery_gives_what_is_left_open():
    own = {"closed": False, "seller": None, "mode": "own_source"}
    given, taken = sides(home_picture(supply=own, connection=meter(0.2)))

    assert given == {Place.SUN: 120, Place.BATTERY: 290}
    assert taken == {Place.LOAD: 410}


def test_a_home_that_delivers_feeds_its_neighbour_and_one_on_the_grid_the_grid():
    picture = home_picture(supply=None, connection=meter(-700.0))
    assert sides(picture)[1] == {Place.LOAD: 410, Place.GRID: 700}

    assert Place.NEIGHBOUR in sides(picture | {"delivery": {"mode": "delivering"}})[1]


def test_a_buyer_that_is_metered_at_its_load_alone_draws_that_from_the_neighbour():
    given, taken = sides(home_picture(connection=None, generation=None))

    assert given == {Place.NEIGHBOUR: 410}
    assert taken == {Place.LOAD: 410}


@pytest.mark.parametrize(
    "load", [None, 5, {}, {"power_w": None}, {"power_w": True}, {"power_w": "9"}, meter(None)]
)
def test_without_the_loads_power_nothing_is_drawn(load):
    assert flow_of(home_picture(load=load)) is None
    assert flow_of({}) is None


def test_both_sides_are_the_same_for_any_powers():
    drawn = random.Random(15)
    for _ in range(2_000):
        powers = [meter(drawn.choice([None, drawn.uniform(-3e3, 3e3)])) for _ in range(2)]
        load = meter(drawn.uniform(-5, 5e3))
        supply = {"closed": drawn.random() < 0.5, "seller": SELLER}
        flow = flow_of(
            home_picture(load=load, generation=powers[0], connection=powers[1], supply=supply)
        )

        assert sum(arrow.watts for arrow in flow.sinks) == flow.watts
        assert all(arrow.watts > 0 for arrow in (*flow.sources, *flow.sinks))
