from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.units import (
    MILLIWH_PER_KWH,
    cost_up,
    format_soc,
    format_tokens,
    format_wh,
    milliwh_from_wh,
    proceeds_down,
    tokens_from_decimal,
)

amounts = st.integers(0, 10**12)


def test_a_kilowatt_hour_costs_its_price():
    assert 180_000 == cost_up(MILLIWH_PER_KWH, 180_000) == proceeds_down(MILLIWH_PER_KWH, 180_000)


def test_the_payer_rounds_up_and_the_receiver_down():
    assert (cost_up(1, 180_000), proceeds_down(1, 180_000)) == (1, 0)


@given(amounts, amounts)
def test_rounding_differs_by_at_most_one_base_unit(energy_milliwh, price_per_kwh):
    cost = cost_up(energy_milliwh, price_per_kwh)
    proceeds = proceeds_down(energy_milliwh, price_per_kwh)

    assert 0 <= cost - proceeds <= 1


@given(amounts, amounts, amounts)
def test_two_receivers_of_parts_never_get_more_than_the_whole_costs(first, second, price_per_kwh):
    parts = proceeds_down(first, price_per_kwh) + proceeds_down(second, price_per_kwh)

    assert parts <= cost_up(first + second, price_per_kwh)


@pytest.mark.parametrize(
    ("wh", "milliwh"), [("0.001", 1), (1.5, 1500), (200, 200_000), (Decimal("13.5"), 13_500)]
)
def test_watt_hours_become_whole_milliwatt_hours(wh, milliwh):
    assert milliwh == milliwh_from_wh(wh)


@pytest.mark.parametrize("wh", ["0.0001", "a lot", "", "nan", "inf", 0.0005])
def test_an_energy_finer_than_a_milliwatt_hour_is_refused(wh):
    with pytest.raises(ValueError, match=r"is not a"):
        milliwh_from_wh(wh)


@pytest.mark.parametrize(("tokens", "amount"), [("0.18", 180_000), (1, 1_000_000), ("1e-6", 1)])
def test_tokens_become_whole_base_units(tokens, amount):
    assert amount == tokens_from_decimal(tokens)


def test_an_amount_finer_than_a_base_unit_is_refused():
    with pytest.raises(ValueError, match=r"whole number of 0\.000001 token"):
        tokens_from_decimal("0.0000001")


@pytest.mark.parametrize(
    ("milliwh", "text"), [(0, "0 Wh"), (1, "0.001 Wh"), (200_000, "200 Wh"), (1500, "1.5 Wh")]
)
def test_energies_are_written_in_watt_hours(milliwh, text):
    assert text == format_wh(milliwh)


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "0"), (180_000, "0.18"), (-500_000, "-0.5"), (10**9, "1000")]
)
def test_amounts_are_written_in_tokens(amount, text):
    assert text == format_tokens(amount)


@given(st.integers(0, 10**15))
def test_a_written_energy_reads_back_the_same(milliwh):
    assert milliwh == milliwh_from_wh(format_wh(milliwh).removesuffix(" Wh"))


def test_state_of_charge_is_written_so_that_it_compares_as_it_did():
    assert [format_soc(pct) for pct in (19.97, 20.0, 30.04, 0.0)] == [
        "19.9 %", "20.0 %", "30.0 %", "0.0 %",
    ]  # fmt: skip
