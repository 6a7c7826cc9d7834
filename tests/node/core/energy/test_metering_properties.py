"""What holds of metering for every run of samples."""

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.energy.metering import advance, registers_of, start_metering
from node.core.energy.meters import OWN_ORIGIN, Feed
from node.core.records import Register
from tests.factories.metering import (
    DAY_S,
    LOAD,
    ORDER,
    a_round,
    exact_milliwh,
    meter_of,
    metered,
    registers,
    rules,
)

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
