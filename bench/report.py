"""Shape what the benches measure: rows, statistics, a table for people, JSON for programs."""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence

Row = dict[str, str | int | float]
"""One measured value: bench, case, n (how many were measured), metric, value, unit."""

Bars = Mapping[tuple[str, str], float]
"""The most that a value may be, by case and metric, or what it must reach (`AtLeast`)."""


class AtLeast(float):
    """A bar that a value must reach; a plain number is one that it must not pass."""


_COLUMNS = ("case", "n", "metric", "value", "unit", "bar")
_RIGHT = {"n", "value", "bar"}


def row(bench: str, case: str, n: int, metric: str, value: float, unit: str) -> Row:
    """Make one row; the value keeps four decimals."""
    shown = round(value, 4)
    return {"bench": bench, "case": case, "n": n, "metric": metric, "value": shown, "unit": unit}


def percentile(values: Sequence[float], percent: int) -> float:
    """Give a percentile, interpolated between the nearest values; of a single value, itself."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def statistics_of(
    bench: str, case: str, values: Sequence[float], unit: str, metrics: Iterable[str]
) -> list[Row]:
    """Make a row of each metric: min, max, median, or p and a percentage."""
    rows = []
    for metric in metrics:
        match metric:
            case "min":
                value = min(values)
            case "max":
                value = max(values)
            case "median":
                value = statistics.median(values)
            case _:
                value = percentile(values, int(metric.removeprefix("p")))
        rows.append(row(bench, case, len(values), metric, value, unit))
    return rows


def slope_per_hour(samples: Sequence[tuple[float, float]]) -> float:
    """Fit a line to (seconds, value) by least squares, and give its rise in an hour."""
    if len(samples) < 2:
        return 0.0
    times, values = zip(*samples, strict=True)
    return statistics.linear_regression(times, values).slope * 3600


def json_line(found: Row) -> str:
    """Write a row as one JSON object."""
    return json.dumps(found)


def table(rows: Iterable[Row], bars: Bars) -> str:
    """Lay rows out for people; a value that misses its bar is marked."""
    lines = [list(_COLUMNS)]
    for found in rows:
        bar = bars.get((str(found["case"]), str(found["metric"])))
        cells = [_cell(found[name]) for name in _COLUMNS[:-1]]
        lines.append([*cells, "" if bar is None else _bar(bar, float(found["value"]))])
    widths = [max(len(line[at]) for line in lines) for at in range(len(_COLUMNS))]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.rjust(width) if name in _RIGHT else cell.ljust(width)
        for name, cell, width in zip(_COLUMNS, cells, widths, strict=True)
    ]
    return "  ".join(padded).rstrip()


def _bar(bar: float, value: float) -> str:
    must_reach = isinstance(bar, AtLeast)
    missed = value < bar if must_reach else value > bar
    return f"{'>= ' if must_reach else ''}{_cell(bar)}{' MISSED' if missed else ''}"


def _cell(value: str | int | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value >= 1000 or float(value).is_integer() else f"{value:.3f}"
