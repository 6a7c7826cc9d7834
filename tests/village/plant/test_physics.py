import random
from fractions import Fraction

import pytest

from tests.village.plays import START_S, a_home, a_plant, a_wire, closed
from village.plant.balance import MICROJOULES_PER_MILLIWH, milliwh
from village.plant.physics import WIRE_LOSS_PERMILLE
from village.plant.street import AT_REST, Contacts, Grid

HOUR_S = 3600


def book_of(plant, name="home1"):
    balance = plant.balance()
    assert balance.closes
    return next(home.book for home in balance.homes if home.name == name)


def watts(line):
    return line.voltage_v * line.current_a


def test_at_rest_a_load_hangs_on_its_own_source():
    plant = a_plant([a_home()], [[1000]], [[0]])

    plant.advance(START_S + HOUR_S)

    view, book = plant.view("home1"), book_of(plant)
    assert milliwh(book.load) == 1000
    assert milliwh(book.battery_at_start - book.battery_at_end) == 1020
    assert milliwh(book.discharging_loss) == 20
    assert watts(view.load) == pytest.approx(1.0)
    assert view.soc_pct == pytest.approx(39.8)
    assert not view.is_dark


def test_solar_feeds_the_load_first_and_charges_with_the_rest():
    plant = a_plant([a_home(pv_scale=Fraction(5, 2))], [[1000]], [[800]])

    plant.advance(START_S + HOUR_S)

    book = book_of(plant)
    assert (milliwh(book.solar), milliwh(book.load)) == (2000, 1000)
    assert milliwh(book.charging_loss) == 20
    assert milliwh(book.battery_at_end - book.battery_at_start) == 980
    assert watts(plant.view("home1").generation) == pytest.approx(2.0)


def test_solar_that_finds_no_room_is_curtailed_and_counted():
    plant = a_plant([a_home(start_soc_pct=100)], [[500]], [[2000]])

    plant.advance(START_S + HOUR_S)

    book = book_of(plant)
    assert (milliwh(book.solar), milliwh(book.curtailed)) == (500, 1500)
    assert watts(plant.view("home1").generation) == pytest.approx(0.5)


def test_a_full_grid_takes_the_surplus_and_gives_what_the_battery_cannot():
    homes = [a_home(start_soc_pct=100, grid=Grid.FULL)]
    plant = a_plant(homes, [[500, 20_000]], [[2000, 0]])
    plant.advance(START_S + HOUR_S)
    assert milliwh(book_of(plant).grid_out) == 1500
    assert watts(plant.view("home1").grid) == pytest.approx(0.0)

    plant.advance(START_S + 2 * HOUR_S)

    book = book_of(plant)
    assert milliwh(book.load) == 20_500
    assert milliwh(book.grid_in) > 10_000
    assert (book.dark_ms, book.curtailed) == (0, 0)


def test_a_charger_tops_the_battery_up_between_its_two_levels():
    plant = a_plant([a_home(start_soc_pct=31, grid=Grid.CHARGER)], [[100] * 48], [[0] * 48])
    levels = []
    for quarter in range(96 * 2):
        plant.advance(START_S + 900 * quarter)
        levels.append(plant.view("home1").soc_pct)

    assert 29 <= min(levels[10:]) < 31
    assert 39 <= max(levels) <= 41.5
    assert book_of(plant).grid_in > 0


def test_an_empty_source_leaves_its_load_dark_until_it_has_recovered():
    plant = a_plant([a_home(start_soc_pct=10)], [[2000, 0, 100]], [[0, 1000, 0]])
    plant.advance(START_S + HOUR_S)
    view = plant.view("home1")
    assert view.is_dark is False  # the second hour wants nothing
    dark_ms = book_of(plant).dark_ms
    assert HOUR_S * 1000 / 2 < dark_ms < HOUR_S * 1000 * 0.53
    assert milliwh(book_of(plant).unserved) == pytest.approx(2000 * dark_ms / HOUR_S / 1000)

    plant.advance(START_S + 3 * HOUR_S)

    assert dark_ms == book_of(plant).dark_ms


def test_a_dark_load_shows_no_voltage_and_no_current():
    plant = a_plant([a_home(start_soc_pct=0)], [[500]], [[0]])

    plant.advance(START_S + 60)

    view = plant.view("home1")
    assert (view.load.voltage_v, view.load.current_a, view.is_dark) == (0.0, 0.0, True)


def a_pair(**buyer):
    homes = [a_home("home1", start_soc_pct=10, **buyer), a_home("home2", start_soc_pct=80)]
    return a_plant(homes, [[1000], [300]], [[400], [0]])


def test_a_closed_connection_feeds_the_load_from_the_seller_and_own_solar_charges():
    plant = a_pair()

    plant.set_contacts(closed(("home1", "home2")), START_S)
    plant.advance(START_S + HOUR_S)

    buyer, seller = book_of(plant, "home1"), book_of(plant, "home2")
    gross = 1000 + WIRE_LOSS_PERMILLE
    assert milliwh(buyer.load) == 1000
    assert milliwh(buyer.received) == gross == milliwh(seller.delivered)
    assert milliwh(buyer.wire_loss) == WIRE_LOSS_PERMILLE
    assert milliwh(buyer.battery_at_end - buyer.battery_at_start) == 392
    assert milliwh(seller.battery_at_start - seller.battery_at_end) == pytest.approx(
        (gross + 300) * 1.02
    )


def test_the_connections_shunt_sees_import_at_the_buyer_and_export_at_the_seller():
    plant = a_pair()
    assert watts(plant.view("home1").connection) == 0

    plant.set_contacts(closed(("home1", "home2")), START_S)

    assert watts(plant.view("home1").connection) == pytest.approx(1.0)
    assert watts(plant.view("home2").connection) == pytest.approx(-1.005)
    assert watts(plant.view("home1").load) == pytest.approx(1.0)
    assert plant.view("home1").load.voltage_v == plant.view("home2").load.voltage_v


def test_a_seller_that_runs_empty_leaves_both_loads_dark():
    homes = [a_home("home1"), a_home("home2", start_soc_pct=0)]
    plant = a_plant(homes, [[1000], [300]], [[0], [0]])

    plant.set_contacts(closed(("home1", "home2")), START_S)
    plant.advance(START_S + 60)

    assert (book_of(plant, "home1").dark_ms, book_of(plant, "home2").dark_ms) == (60_000, 60_000)


def test_a_load_on_no_source_at_all_is_dark():
    plant = a_pair()

    plant.set_contacts(Contacts(closed=frozenset(), floating=frozenset({"home1"})), START_S)
    plant.advance(START_S + 10)

    assert (book_of(plant).dark_ms, book_of(plant).unserved) == (10_000, 10_000_000)


def test_a_contact_moves_at_its_instant_even_within_a_tick():
    plant = a_pair()
    plant.advance(START_S + 10)
    plant.set_contacts(closed(("home1", "home2")), START_S + 17)
    plant.set_contacts(AT_REST, START_S + 27)

    plant.advance(START_S + 60)

    assert book_of(plant, "home2").delivered == 1_005 * 10_000


def test_two_sources_on_one_load_are_counted_as_a_violation():
    homes = [a_home(f"home{n}") for n in (1, 2, 3)]
    plant = a_plant(homes, [[100]] * 3, [[0]] * 3)

    plant.set_contacts(closed(("home1", "home2"), ("home1", "home3")), START_S)

    assert plant.balance().parallel_sources == 1


def test_an_earlier_instant_changes_nothing():
    plant = a_pair()
    plant.advance(START_S + 100)
    before = plant.balance()

    plant.advance(START_S + 50)

    assert before == plant.balance()


def test_the_steps_by_which_time_passes_do_not_matter_away_from_the_limits():
    """Whoever reads the chips more often must not change the physics."""
    coarse, fine = a_pair(), a_pair()
    for plant in (coarse, fine):
        plant.set_contacts(closed(("home1", "home2")), START_S)
    coarse.advance(START_S + HOUR_S)
    for at in range(1, HOUR_S + 1):
        fine.advance(START_S + at)

    one, other = coarse.balance().total, fine.balance().total
    assert (one.load, one.solar, one.dark_ms) == (other.load, other.solar, other.dark_ms)
    assert one.battery_at_end == pytest.approx(other.battery_at_end, abs=4 * HOUR_S)


@pytest.mark.parametrize("seed", range(12))
def test_energy_is_conserved_to_the_microjoule_under_random_switching(seed):
    dice = random.Random(seed)
    names = [f"home{n}" for n in range(1, 6)]
    homes = [
        a_home(
            name,
            battery_milliwh=dice.randrange(500, 20_000),
            start_soc_pct=dice.randrange(101),
            pv_scale=Fraction(dice.randrange(50), 10),
            grid=dice.choice(list(Grid)),
        )
        for name in names
    ]
    loads = [[dice.choice((0, dice.randrange(8000))) for _ in range(30)] for _ in names]
    pvs = [[dice.choice((0, dice.randrange(4000))) for _ in range(30)] for _ in names]
    plant = a_plant(homes, loads, pvs)
    at_s, batteries = float(START_S), [plant.view(name).soc_pct for name in names]
    while at_s < START_S + 30 * HOUR_S:
        at_s = min(at_s + dice.uniform(0, 300), START_S + 30 * HOUR_S)
        pairs = [(load, dice.choice(names)) for load in names if dice.random() < 0.3]
        wanted = {(load, source) for load, source in pairs if load != source}
        floating = frozenset(name for name in names if dice.random() < 0.05)
        plant.set_contacts(Contacts(closed=frozenset(wanted), floating=floating), at_s)
        batteries += [plant.view(name).soc_pct for name in names]
        assert plant.balance().closes
    plant.advance(START_S + 30 * HOUR_S)

    balance = plant.balance()
    total = balance.total
    wanted_milliwh = sum(sum(load) for load in loads)
    offered_milliwh = sum(
        sum(int(power * home.pv_scale) for power in pv) for home, pv in zip(homes, pvs, strict=True)
    )
    assert balance.closes
    assert total.load + total.unserved == wanted_milliwh * MICROJOULES_PER_MILLIWH
    assert total.solar + total.curtailed == offered_milliwh * MICROJOULES_PER_MILLIWH
    assert min(batteries) >= 0
    assert max(batteries) <= 100
    assert min(total.charging_loss, total.discharging_loss, total.wire_loss) >= 0


def test_a_tied_home_trades_with_the_grid_before_its_battery():
    plant = a_plant([a_home(start_soc_pct=60, grid=Grid.TIED)], [[500, 20_000]], [[2000, 0]])
    assert watts(plant.view("home1").connection) == pytest.approx(-1.5)
    plant.advance(START_S + HOUR_S)
    assert milliwh(book_of(plant).grid_out) == 1500
    assert watts(plant.view("home1").connection) == pytest.approx(20.0)

    plant.advance(START_S + 2 * HOUR_S)

    book = book_of(plant)
    assert (milliwh(book.grid_in), milliwh(book.load)) == (20_000, 20_500)
    assert (book.dark_ms, book.curtailed, book.battery_at_end) == (0, 0, book.battery_at_start)


def test_a_tied_homes_own_solar_fills_its_reserve_and_no_more():
    plant = a_plant([a_home(start_soc_pct=50, grid=Grid.TIED)], [[0]], [[3000]])

    plant.advance(START_S + HOUR_S)

    book = book_of(plant)
    assert plant.view("home1").soc_pct == 60
    assert milliwh(book.grid_out) == pytest.approx(3000 - 1000 / 0.98, abs=1)


def test_what_a_tied_homes_meter_sees_does_not_depend_on_the_contact():
    """So a pairing moves contacts and no money, and the bill without a market is the same meters'.

    The wire's loss is the grid's: the seller takes more of it, or gives less.
    """
    homes = [a_home(f"home{n}", start_soc_pct=60, grid=Grid.TIED) for n in (1, 2)]
    plant = a_plant(homes, [[1000], [300]], [[400], [900]])
    apart = [watts(plant.view(name).connection) for name in ("home1", "home2")]

    plant.set_contacts(closed(("home1", "home2")), START_S)

    together = [watts(plant.view(name).connection) for name in ("home1", "home2")]
    assert apart == pytest.approx([0.6, -0.6])
    assert together == pytest.approx(apart)
    plant.advance(START_S + HOUR_S)
    assert milliwh(book_of(plant, "home1").received) == 1005


@pytest.mark.parametrize(
    ("seller_soc_pct", "is_weather"),
    [(20, True), (29, True), (31, False)],
)
def test_dark_is_the_weathers_when_no_wired_neighbour_had_energy_to_sell(
    seller_soc_pct, is_weather
):
    homes = [a_home(start_soc_pct=0), a_home("home2", start_soc_pct=seller_soc_pct)]
    plant = a_plant(homes, [[1000], [0]], [[0], [0]], [a_wire("home1", "home2")])

    plant.advance(START_S + 60)

    assert book_of(plant).dark_ms == 60_000
    assert book_of(plant).weather_ms == (60_000 if is_weather else 0)


def test_dark_is_the_weathers_when_the_one_neighbour_feeds_another():
    homes = [
        a_home(start_soc_pct=0),
        a_home("home2", start_soc_pct=0),
        a_home("home3", start_soc_pct=90),
    ]
    wires = [a_wire("home1", "home3"), a_wire("home2", "home3", 2)]
    plant = a_plant(homes, [[1000], [1000], [0]], [[0], [0], [0]], wires)
    plant.set_contacts(closed(("home2", "home3")), START_S)

    plant.advance(START_S + 60)

    assert book_of(plant).weather_ms == 60_000
    assert book_of(plant, "home2").dark_ms == 0


def test_one_sample_of_the_load_is_booked_as_unseen_at_each_move_for_every_meter_at_it():
    homes = [a_home(), a_home("home2"), a_home("home3")]
    plant = a_plant(
        homes, [[1000], [0], [0]], [[0], [0], [0]], [a_wire("home1", "home2")], sample_s=72
    )

    plant.set_contacts(closed(("home1", "home2")), START_S)
    plant.set_contacts(closed(("home1", "home2")), START_S + 10)
    plant.set_contacts(AT_REST, START_S + 20)

    assert milliwh(book_of(plant).unseen) == 40
    assert milliwh(book_of(plant, "home2").unseen) == 40
    assert book_of(plant, "home3").unseen == 0
    assert milliwh(plant.unseen_in("home2", 0)) == 40


def test_an_hours_step_of_a_connection_is_booked_as_unseen_for_one_sample():
    home = a_home(grid=Grid.TIED)
    plant = a_plant([home], [[1000, 3000]], [[0, 0]], sample_s=72)

    plant.advance(START_S + HOUR_S + 60)

    assert milliwh(plant.unseen_in("home1", 1)) == pytest.approx(40, rel=1e-3)
    assert plant.unseen_in("home1", 0) == 0


def test_the_end_is_a_step_of_every_connection_and_booked_once():
    homes = [a_home(), a_home("home2"), a_home("home3")]
    plant = a_plant(
        homes, [[1000], [0], [0]], [[0], [0], [0]], [a_wire("home1", "home2")], sample_s=72
    )
    plant.set_contacts(closed(("home1", "home2")), START_S)

    plant.end()
    plant.end()

    assert milliwh(book_of(plant).unseen) == pytest.approx(40, rel=1e-3)
    assert milliwh(book_of(plant, "home2").unseen) == pytest.approx(40, rel=6e-3)
    assert book_of(plant, "home3").unseen == 0
