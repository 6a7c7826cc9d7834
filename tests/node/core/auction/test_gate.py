import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.auction.gate import (
    TariffVersion,
    gate_closes_s,
    next_gate,
    version_of,
)
from tests.admission import Admission, Lane, admission

INTERVAL_S, LEAD_S = 900, 60
FREE = Lane(interval=0, cleared=False)
NOON_S = 1_980_000 * 900


def test_a_gate_closes_its_lead_before_delivery():
    assert gate_closes_s(1_980_000, INTERVAL_S, LEAD_S) == NOON_S - 60


@pytest.mark.parametrize(("now_s", "interval"), [(NOON_S - 61, 0), (NOON_S - 60, 1), (NOON_S, 1)])
def test_the_next_gate_is_the_first_that_has_not_closed(now_s, interval):
    assert next_gate(now_s, INTERVAL_S, LEAD_S) == 1_980_000 + interval


@given(st.integers(NOON_S, NOON_S + 10_000))
def test_exactly_two_intervals_take_orders_at_any_time(now_s):
    first = next_gate(now_s, INTERVAL_S, LEAD_S)
    found = [admission(first + k, now_s, FREE, INTERVAL_S, LEAD_S) for k in range(-1, 4)]

    assert found == [
        Admission.CLOSED, Admission.OPEN, Admission.OPEN, Admission.EARLY, Admission.EARLY,
    ]  # fmt: skip


def test_a_lane_is_busy_until_its_interval_is_cleared():
    wanted = next_gate(NOON_S, INTERVAL_S, LEAD_S)
    held = Lane(interval=wanted - 2, cleared=False)
    done = Lane(interval=wanted - 2, cleared=True)

    assert admission(wanted, NOON_S, held, INTERVAL_S, LEAD_S) is Admission.LANE_BUSY
    assert admission(wanted, NOON_S, done, INTERVAL_S, LEAD_S) is Admission.OPEN


def test_an_interval_has_one_tariff_version():
    versions = [TariffVersion(number=n, first_interval=f) for n, f in ((1, 0), (2, 50), (3, 51))]

    assert [version_of(k, versions) for k in (1, 49, 50, 51, 99)] == [1, 1, 2, 3, 3]


def test_an_interval_before_every_tariff_is_refused():
    with pytest.raises(ValueError, match="interval 3"):
        version_of(3, [TariffVersion(number=1, first_interval=4)])
