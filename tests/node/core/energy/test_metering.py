"""From rounds of powers to registers: directions, rests, missing samples, sources."""

import math
from dataclasses import replace

import pytest

from node.core.energy.metering import (
    advance,
    higher,
    keeping_origins,
    raised,
    registers_of,
    round_of,
    start_metering,
)
from node.core.energy.meters import OWN_ORIGIN, Feed, Round
from node.core.records import BatterySample, MeterSample, PowerSample, Register
from tests.factories.metering import (
    CONNECTION,
    DAY_S,
    LOAD,
    ORDER,
    a_round,
    drawn_milliwh,
    exact_milliwh,
    meter_of,
    metered,
    registers,
    rules,
)


def test_steady_power_gives_power_times_time():
    metering, _ = metered(rules(), [a_round(t, 3.6) for t in range(101)])

    assert registers(100) == registers_of(metering, LOAD)


def test_a_step_between_two_samples_counts_half_on_either_side():
    metering, _ = metered(rules(), [a_round(0, 0.0), a_round(2, 3.6)])

    assert registers(1) == registers_of(metering, LOAD)


def test_negative_power_raises_the_other_register():
    metering, _ = metered(rules(), [a_round(0, -3.6), a_round(3, -3.6)])

    assert registers(0, 3) == registers_of(metering, LOAD)


def test_positive_power_raises_the_register_that_the_feed_names():
    feed = Feed(sensor="line", meter=CONNECTION, positive=Register.EXPORT)

    metering, _ = metered(rules(feed), [a_round(0, line=3.6), a_round(3, line=3.6)])

    assert registers(0, 3) == registers_of(metering, CONNECTION)


def test_less_than_a_milliwatt_hour_is_carried_and_nothing_drifts():
    metering, _ = metered(rules(), [a_round(t / 10, 0.1) for t in range(36_001)])

    assert pytest.approx(exact_milliwh(metering), rel=1e-9) == 100


def test_a_meter_without_a_feed_does_not_exist():
    metering = start_metering(rules(), {CONNECTION: registers(5)})

    assert registers_of(metering, CONNECTION) is None


def test_registers_resume_from_given_values():
    metering, _ = metered(
        rules(), [a_round(0, 3.6), a_round(1, 3.6)], start={LOAD: registers(700, 20)}
    )

    assert registers(701, 20) == registers_of(metering, LOAD)


def test_calendar_speed_scales_the_energy():
    fast = rules(clock_speed=720.0, interval_s=3600)
    rounds = [a_round(t / 10, 1.0, calendar_s=DAY_S + 72 * t) for t in range(51)]

    metering, readings = metered(fast, rounds)

    assert pytest.approx(1000) == exact_milliwh(metering)
    assert [int(DAY_S) // 3600 + 1] == [reading.boundary for reading in readings]


def test_a_span_of_exactly_max_age_is_no_gap():
    metering, _ = metered(rules(max_age_s=5.0), [a_round(0, 3.6), a_round(5, 3.6)])

    assert (0, registers(5)) == (meter_of(metering).gaps, registers_of(metering, LOAD))


def test_a_missing_sensor_is_bridged_within_max_age():
    rounds = [a_round(0, 3.6), a_round(1), a_round(2, 3.6)]

    metering, _ = metered(rules(), rounds)

    assert registers(2) == registers_of(metering, LOAD)


def test_power_that_is_not_a_number_is_a_missing_sample():
    rounds = [a_round(0, 3.6), a_round(1, math.nan), a_round(2, 3.6), a_round(3, math.inf)]

    metering, _ = metered(rules(), rounds)

    assert registers(2) == registers_of(metering, LOAD)


def test_a_round_that_is_not_newer_changes_nothing():
    before, _ = metered(rules(), [a_round(0, 3.6), a_round(2, 3.6)])

    for late in (a_round(2, 99.0), a_round(1, 99.0)):
        assert (before, ()) == advance(rules(), before, late)


def test_two_sensors_of_a_meter_add_up():
    feeds = (
        Feed(sensor="own", meter=LOAD, positive=Register.IMPORT),
        Feed(sensor="line", meter=LOAD, positive=Register.IMPORT),
        Feed(sensor="line", meter=CONNECTION, positive=Register.IMPORT),
    )
    rounds = [a_round(0, own=3.6, line=7.2), a_round(2, own=3.6, line=7.2)]

    metering, _ = metered(rules(*feeds), rounds)

    assert (registers(6), registers(4)) == (
        registers_of(metering, LOAD),
        registers_of(metering, CONNECTION),
    )


def test_the_load_is_split_by_the_source_in_use():
    rounds = [
        a_round(0, 3.6),
        a_round(2, 3.6),
        a_round(4, 3.6, origin=ORDER),
        a_round(6, 3.6, origin=ORDER),
    ]

    metering, _ = metered(rules(), rounds)

    assert (drawn_milliwh(metering, OWN_ORIGIN), drawn_milliwh(metering, ORDER)) == (3, 3)


def test_a_closed_order_can_be_forgotten():
    metering, _ = metered(rules(), [a_round(0, 3.6, origin=ORDER), a_round(4, 3.6)])

    kept = keeping_origins(metering, {OWN_ORIGIN})

    assert (drawn_milliwh(kept, OWN_ORIGIN), drawn_milliwh(kept, ORDER)) == (2, 0)
    assert metering.meters == kept.meters


def test_disk_and_chain_agree_on_the_higher_of_each_register():
    assert registers(9, 7) == higher(registers(9, 1), registers(3, 7))


def test_raising_a_register_never_lowers_it():
    metering = start_metering(rules(), {LOAD: registers(100, 50)})

    assert registers(100, 80) == registers_of(raised(metering, LOAD, registers(90, 80)), LOAD)


def test_a_round_is_as_new_as_its_newest_power_sample():
    def power(sensor, taken_at_s):
        return PowerSample(
            sensor=sensor, taken_at_s=taken_at_s, bus_voltage_v=12.0, current_a=0.5, power_w=6.0
        )

    battery = BatterySample(sensor="gauge", taken_at_s=9.0, soc_pct=50.0, cell_voltage_v=3.3)

    assert round_of([battery], DAY_S, OWN_ORIGIN) is None
    assert Round(
        taken_at_s=4.0,
        calendar_s=DAY_S,
        powers_w=(("load", 6.0), ("line", 6.0)),
        origin=OWN_ORIGIN,
    ) == round_of([power("load", 4.0), battery, power("line", 3.0)], DAY_S, OWN_ORIGIN)


SLOW = Feed(sensor="load", meter=LOAD, positive=Register.IMPORT, max_age_s=60.0)


def told(at_s, taken_at_s, power_w, counted=None):
    """A round at an instant, of which the load's meter told earlier."""
    return replace(
        a_round(at_s, power_w),
        taken=(("load", taken_at_s),),
        counted=() if counted is None else (("load", counted),),
    )


def test_a_slow_meter_counts_between_what_it_told_however_often_that_is_looked_at():
    """3.6 W for 20 s, then a rise to 7.2 W by 30 s: 20 + 15 mWh."""
    rounds = [
        told(at_s, at_s - at_s % 10, 3.6 if at_s < 30 else 7.2) for at_s in range(0, 36)
    ]  # fmt: skip

    metering, _ = metered(rules(SLOW), rounds)

    assert exact_milliwh(metering) == pytest.approx(35)
    assert meter_of(metering).gaps == 0


def test_a_slow_meters_boundary_is_read_by_its_own_instants():
    rounds = [told(at_s, at_s - at_s % 20, 3.6) for at_s in range(0, 100)]

    _, readings = metered(rules(SLOW, interval_s=30), rounds)

    first = readings[0].boundary
    assert [(r.boundary - first, r.registers.import_milliwh) for r in readings] == [
        (0, 30), (1, 60),
    ]  # fmt: skip


def test_a_slow_meter_that_is_away_for_too_long_leaves_a_gap():
    rounds = [told(0, 0, 3.6), told(60, 60, 3.6), told(121, 121, 3.6), told(131, 131, 3.6)]

    metering, _ = metered(rules(SLOW), rounds)

    assert exact_milliwh(metering) == pytest.approx(70)
    assert (meter_of(metering).gaps, meter_of(metering).gap_s) == (1, 61)


def test_a_meters_own_registers_count_and_not_its_power():
    rounds = [told(0, 0, 3.6, registers(0)), told(10, 10, 3.6, registers(7, 2))]

    metering, _ = metered(rules(SLOW), rounds)

    assert registers_of(metering, LOAD) == registers(7, 2)
    assert drawn_milliwh(metering, OWN_ORIGIN) == 7


def test_a_meters_own_registers_bridge_a_gap_in_which_no_boundary_is_read():
    rounds = [told(0, 0, 3.6, registers(0)), told(600, 600, 3.6, registers(500))]

    metering, readings = metered(rules(SLOW, interval_s=60), rounds)

    assert (registers_of(metering, LOAD), readings) == (registers(500), [])


def test_registers_that_fell_are_not_believed():
    rounds = [told(0, 0, 3.6, registers(50)), told(10, 10, 3.6, registers(0))]

    metering, _ = metered(rules(SLOW), rounds)

    assert exact_milliwh(metering) == pytest.approx(10)


def test_registers_are_turned_with_their_meter_and_count_only_where_all_do():
    turned = Feed(sensor="load", meter=CONNECTION, positive=Register.EXPORT, max_age_s=60.0)
    other = Feed(sensor="line", meter=CONNECTION, positive=Register.IMPORT)

    alone, _ = metered(
        rules(turned), [told(0, 0, 3.6, registers(0)), told(10, 10, 3.6, registers(7, 2))]
    )
    beside, _ = metered(
        rules(turned, other),
        [
            replace(a_round(t, 3.6, line=7.2), counted=(("load", registers(int(t))),))
            for t in (0, 1)
        ],
    )

    assert registers_of(alone, CONNECTION) == registers(2, 7)
    assert exact_milliwh(beside, CONNECTION) == pytest.approx(1)


def test_a_round_has_what_meters_told_beside_the_chips():
    sample = MeterSample(
        sensor="house", taken_at_s=2.0, power_w=5.0, counted=registers(3), soc_pct=None
    )
    charge = replace(sample, sensor="battery", power_w=None, counted=None, soc_pct=50.0)

    assert round_of([charge], DAY_S, OWN_ORIGIN) is None
    assert round_of([sample, charge], DAY_S, OWN_ORIGIN) == Round(
        taken_at_s=2.0,
        calendar_s=DAY_S,
        powers_w=(("house", 5.0),),
        origin=OWN_ORIGIN,
        taken=(("house", 2.0), ("battery", 2.0)),
        counted=(("house", registers(3)),),
    )
