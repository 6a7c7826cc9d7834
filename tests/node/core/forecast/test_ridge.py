from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.forecast.ridge import absorb_example, dot, new_ridge, weights_of

PRIOR = (0.5, -0.25, 0.0)
number = st.floats(-5, 5, allow_nan=False)
examples = st.lists(st.tuples(st.tuples(number, number, number), number), max_size=20)


def test_without_examples_the_weights_are_the_prior():
    assert pytest.approx(PRIOR) == weights_of(new_ridge(3), PRIOR, 0.3)


def test_many_exact_examples_teach_the_weights_behind_them():
    ridge = new_ridge(2)
    for left, right in product((0.5, 1.0, 1.5), (-1.0, 0.0, 2.0)):
        for _ in range(50):
            ridge = absorb_example(ridge, (left, right), 2 * left - right, 1.0)

    assert weights_of(ridge, (0.0, 0.0), 0.1) == pytest.approx((2.0, -1.0), abs=0.01)


def test_what_faded_counts_less_than_what_is_new():
    ridge = new_ridge(1)
    for value in [1.0] * 100 + [3.0] * 100:
        ridge = absorb_example(ridge, (1.0,), value, 0.9)

    assert weights_of(ridge, (0.0,), 0.1)[0] == pytest.approx(3.0, abs=0.1)


def test_a_feature_that_was_never_seen_keeps_its_prior():
    ridge = new_ridge(2)
    for _ in range(1000):
        ridge = absorb_example(ridge, (1.0, 0.0), 1.0, 0.99)

    assert weights_of(ridge, (0.0, 0.7), 0.3)[1] == pytest.approx(0.7)


@given(examples)
def test_the_weights_solve_the_equations_whatever_was_seen(seen):
    ridge, pull = new_ridge(3), 0.3
    for features, value in seen:
        ridge = absorb_example(ridge, features, value, 0.99)

    weights = weights_of(ridge, PRIOR, pull)

    for row, product_, prior, weight in zip(
        ridge.moments, ridge.products, PRIOR, weights, strict=True
    ):
        assert dot(row, weights) + pull * weight == pytest.approx(product_ + pull * prior, abs=1e-6)
