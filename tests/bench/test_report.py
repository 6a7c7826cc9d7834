"""How rows are shaped, counted and shown."""

import json

import pytest

from bench.report import AtLeast, json_line, percentile, row, slope_per_hour, statistics_of, table

A_ROW = row("gas", "purchase, steady", 1, "gas", 71_845, "gas")


def test_a_row_is_one_json_object_with_six_members():
    told = json.loads(json_line(A_ROW))

    assert list(told) == ["bench", "case", "n", "metric", "value", "unit"]
    assert told["value"] == 71_845


def test_percentiles_lie_between_the_nearest_values():
    values = [float(number) for number in range(1, 101)]

    assert percentile(values, 50) == pytest.approx(50.5)
    assert percentile(values, 99) == pytest.approx(99.01)


def test_a_single_value_is_every_percentile_of_itself():
    assert percentile([7.0], 99) == 7.0


def test_statistics_give_a_row_a_metric():
    found = statistics_of("loop", "purchase", [3.0, 1.0, 2.0], "s", ("min", "median", "p50", "max"))

    assert [one["value"] for one in found] == [1.0, 2.0, 2.0, 3.0]
    assert {one["n"] for one in found} == {3}


def test_the_slope_of_a_steady_rise_is_its_rise_in_an_hour():
    samples = [(float(second), 80.0 + 0.5 * second / 3600) for second in range(0, 1200, 60)]

    assert slope_per_hour(samples) == pytest.approx(0.5)


def test_the_slope_of_too_few_samples_is_none():
    assert slope_per_hour([(0.0, 80.0)]) == 0.0


def test_a_value_above_its_bar_is_marked_in_the_table():
    met = table([A_ROW], {("purchase, steady", "gas"): 95_000})
    missed = table([A_ROW], {("purchase, steady", "gas"): 71_844})

    assert "95,000" in met
    assert "MISSED" not in met
    assert missed.splitlines()[-1].endswith("71,844 MISSED")


def test_a_value_below_a_bar_that_it_must_reach_is_marked_in_the_table():
    met = table([A_ROW], {("purchase, steady", "gas"): AtLeast(71_845)})
    missed = table([A_ROW], {("purchase, steady", "gas"): AtLeast(95_000)})

    assert "MISSED" not in met
    assert missed.splitlines()[-1].endswith(">= 95,000 MISSED")


def test_the_columns_of_a_table_stand_below_each_other():
    other = row("gas", "refund", 1, "gas", 47_953, "gas")

    head, first, second = table([A_ROW, other], {}).splitlines()

    assert head.index("metric") == first.index("gas  ") == second.index("gas  ")
