from datetime import date
from fractions import Fraction

from community.fees import Base, Charge, Fee, Usage, charges, half_up, stretches

BEGIN = date(2026, 1, 1)


def fee(name, base, rate, *, reduction=0, since=BEGIN, until=None):
    return Fee(name=name, base=base, rate=rate, reduction=reduction, since=since, until=until)


GRID_FEE = fee("grid fee", Base.GRID, 80_000)
NEAR_GRID_FEE = fee("grid fee, near", Base.SHARED, 80_000, reduction=5_700)
DUES = fee("dues", Base.MONTH, 3_000_000)
TAX = fee("tax", Base.CHARGED, 2_000)


def usage(*, since=date(2026, 11, 1), until=date(2026, 12, 1), price=0, **energies):
    return Usage(
        since=since,
        until=until,
        energies={Base[name.upper()]: energy for name, energy in energies.items()},
        price=price,
    )


def test_a_member_of_a_near_community_pays_the_reduced_grid_fee_and_tax_on_all():
    # 40 kWh shared at 0.17, 60 kWh from the grid, whose energy is its supplier's to bill.
    month = usage(shared=40_000_000, grid=60_000_000, price=40_000_000 * 170_000)

    found = charges([GRID_FEE, NEAR_GRID_FEE, DUES, TAX], [month])

    # 6.80 for the energy; 4.80, 1.376 and 3.00 of fees; a fifth of 15.976.
    assert [half_up(charge.amount) for charge in found] == [
        4_800_000, 1_376_000, 3_000_000, 3_195_200,
    ]  # fmt: skip


def test_a_fee_that_changes_within_a_month_is_charged_by_its_days():
    change = date(2026, 11, 16)
    fees = [
        fee("dues", Base.MONTH, 3_000_000, until=change),
        fee("dues", Base.MONTH, 6_000_000, since=change),
    ]
    halves = [
        usage(since=since, until=until)
        for since, until in stretches(fees, date(2026, 11, 1), date(2026, 12, 1))
    ]

    assert [charge.amount for charge in charges(fees, halves)] == [1_500_000, 3_000_000]


def test_a_part_takes_the_exact_amounts_before_it_and_only_in_its_days():
    change = date(2026, 11, 16)
    third = fee("third", Base.MONTH, 1)
    late_tax = fee("tax", Base.CHARGED, 10_000, since=change)
    days = [
        usage(since=since, until=until)
        for since, until in stretches([third, late_tax], date(2026, 11, 1), date(2026, 12, 1))
    ]

    assert charges([third, late_tax], days) == [
        Charge(fee=third, amount=Fraction(1)),
        Charge(fee=late_tax, amount=Fraction(1, 2)),
    ]


def test_days_are_cut_at_months_and_wherever_a_fee_changes():
    fees = [fee("a", Base.MONTH, 1, since=date(2026, 2, 3), until=date(2027, 1, 1))]

    assert list(stretches(fees, date(2026, 1, 15), date(2026, 3, 2))) == [
        (date(2026, 1, 15), date(2026, 2, 1)),
        (date(2026, 2, 1), date(2026, 2, 3)),
        (date(2026, 2, 3), date(2026, 3, 1)),
        (date(2026, 3, 1), date(2026, 3, 2)),
    ]


def test_a_feed_in_is_credited_by_a_rate_below_zero():
    bonus = fee("bonus", Base.GIVEN, -15_000)

    (found,) = charges([bonus], [usage(given=1_500_000)])

    assert half_up(found.amount) == -22_500


def test_halves_are_rounded_away_from_zero():
    assert [half_up(Fraction(part, 2)) for part in (1, 3, -1, -3)] == [1, 2, -1, -2]
    assert half_up(Fraction(25_000), 10_000) == 3
