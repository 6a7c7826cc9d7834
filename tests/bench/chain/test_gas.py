"""The workload W-DAISEE on a real chain keeps under its bars: gas is the same on any machine."""

import pytest

from bench.chain import gas


@pytest.fixture(scope="module")
def measured():
    """Every call once."""
    return list(gas.sale_rows(quick=True))


def gas_of(measured, case):
    """Give what a call used."""
    (found,) = [r["value"] for r in measured if (r["case"], r["metric"]) == (case, "gas")]
    return found


@pytest.mark.parametrize(
    "case",
    [
        "purchase, steady",
        "purchase, steady, nothing else in escrow",
        "redeem, steady",
        "redeem that closes",
    ],
)
def test_a_call_of_the_workload_is_under_its_bar(measured, case):
    assert gas_of(measured, case) <= gas.BARS[case, "gas"]


def test_used_slots_are_cheaper_than_new_ones(measured):
    for first, steady in (
        ("purchase, first", "purchase, steady"),
        ("post offer, first", "post offer, steady"),
        ("redeem, the seller's first", "redeem, steady"),
    ):
        assert gas_of(measured, steady) < gas_of(measured, first)


def test_the_ancestors_figure_stands_beside_ours(measured):
    beside = {r["metric"]: r["value"] for r in measured if r["case"] == "purchase, steady"}

    assert beside["ancestor"] == gas.ANCESTOR["purchase, steady"] == 87_072
    assert beside["ratio"] == pytest.approx(beside["gas"] / 87_072, abs=1e-4)


def test_an_odd_price_makes_the_last_redemption_return_a_unit(measured):
    plain, odd = "redeem that closes", "redeem that closes, with a rounding unit"

    assert gas_of(measured, odd) > gas_of(measured, plain)
