import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.metering import (
    advance,
    drawn_milliwh,
    higher,
    keeping_origins,
    raised,
    registers_of,
    round_of,
    start_metering,
)
from node.core.meters import OWN_ORIGIN, Feed, MeteringRules, Origin, Round
from node.core.records import (
    BatterySample,
    MeterName,
    PowerSample,
    Reading,
    Register,
    Registers,
)

LOAD, CONNECTION = MeterName.LOAD, MeterName.CONNECTION
DAY_S = 1_470_124_800.0
ORDER = Origin(seller="0x01", number=7)
LOAD_FEED = Feed(sensor="load", meter=LOAD, positive=Register.IMPORT)


def rules(*feeds, interval_s=900, max_age_s=5.0, clock_speed=1.0, max_clock_step_s=0.5):
    return MeteringRules(
        feeds=feeds or (LOAD_FEED,),
        interval_s=interval_s,
        max_age_s=max_age_s,
        clock_speed=clock_speed,
        max_clock_step_s=max_clock_step_s,
    )


def a_round(at_s, power_w=None, *, calendar_s=None, origin=OWN_ORIGIN, **powers_w):
    if power_w is not None:
        powers_w["load"] = power_w
    return Round(
        taken_at_s=at_s,
        calendar_s=DAY_S + at_s if calendar_s is None else calendar_s,
        powers_w=tuple(powers_w.items()),
        origin=origin,
    )


def registers(import_milliwh, export_milliwh=0):
    return Registers(import_milliwh=import_milliwh, export_milliwh=export_milliwh)


def metered(the_rules, rounds, start=None):
    metering = start_metering(the_rules, start or {})
    readings = []
    for round_ in rounds:
        metering, due = advance(the_rules, metering, round_)
        readings += due
    return metering, readings


def meter_of(metering, name=LOAD):
    return next(meter for meter in metering.meters if meter.name is name)


def exact_milliwh(metering, name=LOAD):
    meter = meter_of(metering, name)
    return (
        meter.imported.milliwh
        + meter.imported.rest_milliwh
        - meter.exported.milliwh
        - meter.exported.rest_milliwh
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


def test_a_boundary_splits_its_span_linearly_in_time():
    rounds = [a_round(898, 3.6), a_round(902, 3600.0)]

    _, readings = metered(rules(), rounds)

    half_milliwh = int((3.6 + 3600.0) / 2 * 2 / 3.6)
    boundary = int(DAY_S) // 900 + 1
    assert [Reading(meter=LOAD, boundary=boundary, registers=registers(half_milliwh))] == readings


def test_a_boundary_at_a_sample_is_read_once():
    rounds = [a_round(t, 3.6) for t in (898, 900, 902)]

    _, readings = metered(rules(), rounds)

    assert [registers(2)] == [reading.registers for reading in readings]


def test_several_boundaries_in_one_span_are_all_read():
    rounds = [a_round(0, 3.6), a_round(4, 3.6)]

    _, readings = metered(rules(interval_s=1), rounds)

    assert [registers(n) for n in (1, 2, 3, 4)] == [reading.registers for reading in readings]


@pytest.mark.failure(
    part="readings",
    failure="no sample for longer than `max_age_s`",
    person="the gap is counted; no energy and no boundary is made up",
)
def test_a_gap_is_counted_and_no_energy_or_boundary_is_invented():
    rounds = [a_round(890, 3.6), a_round(910, 3.6), a_round(911, 3.6)]

    metering, readings = metered(rules(), rounds)

    meter = meter_of(metering)
    assert (meter.gaps, meter.gap_s) == (1, 20.0)
    assert registers(1) == registers_of(metering, LOAD)
    assert readings == []


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


@pytest.mark.failure(
    part="readings",
    failure="the wall clock steps",
    person="the boundaries in the step are missing; the energy is right",
)
def test_a_wall_clock_step_makes_no_energy_and_no_boundary():
    rounds = [
        a_round(0, 3.6),
        a_round(1, 3.6, calendar_s=DAY_S + 5000),
        a_round(2, 3.6, calendar_s=DAY_S + 5001),
    ]

    metering, readings = metered(rules(), rounds)

    assert registers(2) == registers_of(metering, LOAD)
    assert (meter_of(metering).clock_steps, readings) == (1, [])


@pytest.mark.failure(
    part="readings",
    failure="the wall clock steps back",
    person="no boundary twice; the energy is right",
)
def test_a_clock_stepped_back_reads_no_boundary_twice():
    rounds = [
        a_round(899, 3.6),
        a_round(901, 3.6),
        a_round(902, 3.6, calendar_s=DAY_S + 890),
        a_round(906, 3.6, calendar_s=DAY_S + 894),
        a_round(911, 3.6, calendar_s=DAY_S + 899),
        a_round(915, 3.6, calendar_s=DAY_S + 903),
    ]

    metering, readings = metered(rules(), rounds)

    assert len(readings) == 1
    assert registers(16) == registers_of(metering, LOAD)


def test_after_a_clock_that_was_years_ahead_true_boundaries_are_read_again():
    """A guard that held would read nothing until those years had passed."""
    ahead_s = DAY_S + 100_000_800
    rounds = [
        a_round(0, 3.6, calendar_s=ahead_s - 1),
        a_round(2, 3.6, calendar_s=ahead_s + 1),
        a_round(4, 3.6, calendar_s=DAY_S + 898),
        a_round(5, 3.6, calendar_s=DAY_S + 899),
        a_round(7, 3.6, calendar_s=DAY_S + 901),
    ]

    _, readings = metered(rules(), rounds)

    expected = [(ahead_s // 900, 1), (DAY_S // 900 + 1, 6)]
    assert [(r.boundary, r.registers.import_milliwh) for r in readings] == expected


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


powers = st.floats(-5000, 5000, allow_nan=False)
steps = st.lists(st.tuples(st.integers(1, 12), powers), min_size=2, max_size=60)


def rounds_of(spans):
    at_s, rounds = 0.0, []
    for span_s, power_w in spans:
        at_s += span_s
        rounds.append(a_round(at_s, power_w))
    return rounds


def trapezoids_milliwh(rounds, max_age_s):
    total = 0.0
    for one, two in itertools.pairwise(rounds):
        span_s = two.taken_at_s - one.taken_at_s
        if span_s <= max_age_s:
            total += (one.powers_w[0][1] + two.powers_w[0][1]) / 2 * span_s / 3.6
    return total


@given(steps)
def test_net_energy_is_the_sum_of_the_trapezoids_outside_gaps(spans):
    rounds = rounds_of(spans)

    metering, _ = metered(rules(), rounds)

    expected = trapezoids_milliwh(rounds, 5.0)
    assert expected == pytest.approx(exact_milliwh(metering), abs=1e-6)


@given(steps, st.integers(2, 5))
def test_energy_is_the_same_when_steady_samples_are_split(spans, pieces):
    """A sample repeated within its span cannot make or lose energy."""
    coarse = [a_round(0.0, spans[0][1])]
    fine = list(coarse)
    at_s = 0.0
    for span_s, power_w in spans:
        coarse += [a_round(at_s + 0.001, power_w), a_round(at_s + span_s, power_w)]
        fine.append(a_round(at_s + 0.001, power_w))
        for piece in range(1, pieces + 1):
            fine.append(a_round(at_s + 0.001 + (span_s - 0.001) * piece / pieces, power_w))
        at_s += span_s
    the_rules = rules(max_age_s=100.0)

    one, other = metered(the_rules, coarse)[0], metered(the_rules, fine)[0]

    assert exact_milliwh(one) == pytest.approx(exact_milliwh(other), abs=1e-6)


@given(steps)
def test_registers_and_boundaries_never_fall_and_rise_by_one_at_a_time_between_gaps(spans):
    metering = start_metering(rules(interval_s=7), {})
    last, readings = registers(0), []
    for round_ in rounds_of(spans):
        metering, due = advance(rules(interval_s=7), metering, round_)
        now = registers_of(metering, LOAD)
        assert now.import_milliwh >= last.import_milliwh
        assert now.export_milliwh >= last.export_milliwh
        for reading in due:
            assert last.import_milliwh <= reading.registers.import_milliwh <= now.import_milliwh
            assert last.export_milliwh <= reading.registers.export_milliwh <= now.export_milliwh
        last = now
        readings += due

    boundaries = [reading.boundary for reading in readings]
    assert sorted(set(boundaries)) == boundaries


@given(steps)
def test_deltas_between_boundaries_add_up_to_the_registers(spans):
    rounds = rounds_of(spans)
    rounds.append(replace(rounds[-1], taken_at_s=rounds[-1].taken_at_s + 1, calendar_s=math.nan))
    rounds[-1] = replace(rounds[-1], calendar_s=DAY_S + rounds[-1].taken_at_s)
    the_rules = rules(interval_s=1, max_age_s=100.0)

    metering, readings = metered(the_rules, rounds)

    imports = [0, *(reading.registers.import_milliwh for reading in readings)]
    deltas = [later - earlier for earlier, later in itertools.pairwise(imports)]
    assert len(readings) == int(rounds[-1].taken_at_s - rounds[0].taken_at_s)
    assert registers_of(metering, LOAD).import_milliwh == sum(deltas)


@given(steps)
def test_boundaries_inside_gaps_stay_missing(spans):
    rounds = rounds_of(spans)

    _, readings = metered(rules(interval_s=1), rounds)

    expected = [
        int(DAY_S) + second
        for one, two in itertools.pairwise(rounds)
        if two.taken_at_s - one.taken_at_s <= 5.0
        for second in range(int(one.taken_at_s) + 1, int(two.taken_at_s) + 1)
    ]
    assert expected == [reading.boundary for reading in readings]


@given(
    st.lists(st.tuples(powers, powers, powers), min_size=2, max_size=20),
    st.permutations(("a", "b", "c")),
)
def test_the_order_of_sensors_is_irrelevant(rows, order):
    def run(names):
        feeds = [Feed(sensor=name, meter=LOAD, positive=Register.IMPORT) for name in names]
        rounds = [
            a_round(at_s, **{name: row["abc".index(name)] for name in names})
            for at_s, row in enumerate(rows)
        ]
        return metered(rules(*feeds), rounds)

    assert run("abc") == run(order)


@given(steps, st.lists(st.sampled_from((OWN_ORIGIN, ORDER)), min_size=60, max_size=60))
def test_the_origins_add_up_to_the_imported_load(spans, origins):
    rounds = [
        replace(round_, origin=origin)
        for round_, origin in zip(rounds_of(spans), origins, strict=False)
    ]

    metering, _ = metered(rules(), rounds)

    parts = sum(count.milliwh + count.rest_milliwh for _, count in metering.by_origin)
    imported = meter_of(metering).imported
    assert imported.milliwh + imported.rest_milliwh == pytest.approx(parts, abs=1e-6)
