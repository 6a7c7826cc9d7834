"""When a state of charge counts."""

from node.core.energy.battery import judge
from node.core.records import BatterySample


def samples(*pairs):
    return [
        BatterySample(sensor="gauge", taken_at_s=at, soc_pct=soc, cell_voltage_v=3.7)
        for at, soc in pairs
    ]


def judged(*pairs, now_s=10.0, problem=None):
    return judge(
        samples(*pairs),
        now_s,
        max_age_s=5.0,
        settle_samples=3,
        settle_band_pct=2.0,
        problem=problem,
    )


def test_three_fresh_agreeing_samples_are_settled():
    picture = judged((8.0, 19.0), (9.0, 20.5), (10.0, 19.5))

    assert (picture.soc_pct, picture.settled, picture.taken_at_s) == (19.5, True, 10.0)
    assert picture.problem is None


def test_two_samples_are_not_settled_yet():
    picture = judged((9.0, 19.0), (10.0, 19.0))

    assert (picture.soc_pct, picture.settled) == (19.0, False)


def test_samples_that_lie_too_far_apart_are_not_settled():
    picture = judged((8.0, 19.0), (9.0, 21.1), (10.0, 19.5))

    assert (picture.soc_pct, picture.settled) == (19.5, False)


def test_a_stale_sample_is_not_counted():
    picture = judged((4.9, 19.0), (9.0, 19.0), (10.0, 19.0))

    assert (picture.soc_pct, picture.settled) == (19.0, False)


def test_without_a_fresh_sample_nothing_is_known():
    """Missing is never 100 %, and never the last value either."""
    picture = judged((1.0, 80.0), (2.0, 80.0), (3.0, 80.0))

    assert (picture.soc_pct, picture.settled, picture.taken_at_s) == (None, False, None)
    assert picture.problem == "no sample of the state of charge is fresh"


def test_the_sensors_own_sentence_says_why_there_is_none():
    assert judged(problem="gauge: 256 % is not plausible").problem == (
        "gauge: 256 % is not plausible"
    )
