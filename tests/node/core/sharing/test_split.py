from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.sharing.split import apportion, split

WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=30).filter(any)


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (10, [55, 30, 15], [6, 3, 1]),  # 5.5, 3, 1.5: of equal remainders the earlier
        (7, [0, 5, 0], [0, 7, 0]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
        (1, [1, 2], [0, 1]),
    ],
)
def test_the_largest_remainders_get_what_is_left(total, weights, parts):
    assert split(total, weights) == parts


@given(st.integers(0, 10**12), WEIGHTS)
def test_parts_add_up_and_none_is_a_unit_from_its_exact_share(total, weights):
    parts = split(total, weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


@pytest.mark.parametrize("weights", [[], [0, 0], [3, -1]])
def test_nobody_to_get_it_is_refused(weights):
    with pytest.raises(ValueError, match="5 cannot be split"):
        split(5, weights)


def test_a_total_that_is_no_rounding_is_refused():
    with pytest.raises(ValueError, match="4 is no rounding of 25 / 10"):
        apportion(4, [15, 10], 10)
