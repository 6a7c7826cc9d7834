"""A trade's curve: a point each ten seconds, and never too many."""

from node.home.chronicle.curve import MOST_POINTS, Curve


def test_points_are_ten_seconds_apart_from_the_first_on() -> None:
    curve = Curve(1_000.0)
    for at_s in range(1_000, 1_031):
        curve.add(float(at_s), 5.0)

    assert curve.points == [[0.0, 5.0], [10.0, 5.0], [20.0, 5.0], [30.0, 5.0]]


def test_however_long_it_lasts_the_points_stay_few_and_even() -> None:
    curve = Curve(0.0)
    for at_s in range(0, 30 * 86_400, 10):
        curve.add(float(at_s), 1.0)

    steps = {round(b[0] - a[0]) for a, b in zip(curve.points, curve.points[1:], strict=False)}
    assert MOST_POINTS // 2 <= len(curve.points) <= MOST_POINTS
    assert len(steps) == 1
