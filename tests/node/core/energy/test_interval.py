import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.energy.interval import boundary_at_or_before, instant_of


@pytest.mark.parametrize(
    ("calendar_s", "boundary"),
    [(0, 0), (899.999, 0), (900, 1), (900.001, 1), (1_470_124_800.0, 1_633_472)],
)
def test_a_boundary_is_reached_at_its_instant(calendar_s, boundary):
    assert boundary == boundary_at_or_before(calendar_s, 900)


@given(st.integers(0, 4_000_000_000), st.integers(1, 86_400))
def test_every_instant_lies_in_the_interval_of_its_boundary(calendar_s, interval_s):
    boundary = boundary_at_or_before(calendar_s, interval_s)

    assert instant_of(boundary, interval_s) <= calendar_s < instant_of(boundary + 1, interval_s)


@given(st.integers(0, 10_000_000), st.integers(1, 86_400))
def test_a_boundary_is_the_one_of_its_own_instant(boundary, interval_s):
    assert boundary == boundary_at_or_before(instant_of(boundary, interval_s), interval_s)
