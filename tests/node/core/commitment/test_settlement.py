"""What a commitment comes to: examples worked out by hand, and what holds for all of them."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from node.core.commitment.settlement import (
    Commitment,
    Side,
    Terms,
    collateral_up,
    performance_bps,
    settle,
)

PRICE = 200_000
"""0.20 tokens per kWh: a kilowatt-hour is 200,000 base units, a penalty of 20 % of it 40,000."""
TERMS = Terms(price_per_kwh=PRICE, penalty_percent=20)
KWH = 1_000_000


def draws(amount, most=250_000, least=0):
    return Commitment(
        side=Side.CONSUMER, amount_milliwh=amount, least_per_kwh=least, most_per_kwh=most
    )


def feeds(amount, most=250_000, least=0):
    return Commitment(
        side=Side.PRODUCER, amount_milliwh=amount, least_per_kwh=least, most_per_kwh=most
    )


def money(*told, terms=TERMS):
    return [(end.charged, end.received) for end in settle(told, terms)]


def test_a_consumers_collateral_is_its_energy_at_the_dearest_price_it_agreed_to():
    assert collateral_up(draws(2 * KWH), 20) == 500_000


def test_a_producers_collateral_is_the_penalty_for_all_of_it():
    assert collateral_up(feeds(2 * KWH), 20) == 100_000


def test_what_both_did_as_committed_changes_hands_at_the_price():
    assert money((feeds(2 * KWH), 2 * KWH), (draws(2 * KWH), 2 * KWH)) == [
        (0, 400_000), (400_000, 0),
    ]  # fmt: skip


def test_more_than_committed_is_not_the_pools():
    assert money((feeds(2 * KWH), 9 * KWH), (draws(2 * KWH), 7 * KWH)) == [
        (0, 400_000), (400_000, 0),
    ]  # fmt: skip


def test_the_scarcer_side_is_shared_by_what_each_has_done():
    """3 kWh fed, 4 drawn: each consumer pays for three quarters of what it drew."""
    assert money((feeds(3 * KWH), 3 * KWH), (draws(KWH), KWH), (draws(3 * KWH), 3 * KWH)) == [
        (0, 600_000), (150_000, 0), (450_000, 0),
    ]  # fmt: skip


def test_a_producer_that_fed_less_pays_a_fifth_of_what_is_missing_to_those_who_drew():
    """1 kWh is missing: 40,000, by what they drew, a quarter and three."""
    found = money((feeds(4 * KWH), 3 * KWH), (draws(KWH), KWH), (draws(3 * KWH), 3 * KWH))

    assert found == [(40_000, 600_000), (150_000, 10_000), (450_000, 30_000)]


def test_a_consumer_that_drew_less_pays_a_fifth_of_what_is_missing_to_those_who_fed():
    found = money((feeds(2 * KWH), 2 * KWH), (draws(2 * KWH), KWH))

    assert found == [(0, 200_000 + 40_000), (200_000 + 40_000, 0)]


def test_where_nobody_is_on_the_other_side_nobody_was_harmed():
    assert money((feeds(2 * KWH), KWH)) == [(0, 0)]
    assert money((draws(2 * KWH), None)) == [(0, 0)]


def test_a_silent_consumer_pays_for_all_that_it_may_have_drawn():
    assert money((feeds(2 * KWH), 2 * KWH), (draws(2 * KWH), None)) == [(0, 400_000), (400_000, 0)]


def test_a_silent_producer_has_fed_nothing():
    assert money((feeds(2 * KWH), None), (feeds(KWH), KWH), (draws(3 * KWH), 3 * KWH)) == [
        (80_000, 0), (0, 200_000), (200_000, 80_000),
    ]  # fmt: skip


@pytest.mark.parametrize("price", [0, 99_999, 250_001])
def test_a_commitment_at_whose_prices_the_interval_has_none_lapses_and_all_returns(price):
    ends = settle(
        [(feeds(2 * KWH, least=100_000), None), (draws(KWH), KWH)],
        Terms(price_per_kwh=price, penalty_percent=20),
    )

    assert ends[0].lapsed
    assert (ends[0].credited, ends[0].collateral) == (100_000, 100_000)
    assert ends[1].credited == 250_000


def test_a_lapsed_commitment_is_nobodys_shortfall():
    ends = money((feeds(5 * KWH, least=PRICE + 1), None), (feeds(KWH), KWH), (draws(KWH), KWH))

    assert ends == [(0, 0), (0, 200_000), (200_000, 0)]


def test_what_is_paid_rounds_up_and_what_is_received_down():
    """A third of a milliwatt-hour's price each: consumers pay a unit, the producer gets none."""
    terms = Terms(price_per_kwh=333_333, penalty_percent=20)

    assert money((feeds(1, 10**6), 1), (draws(1, 10**6), 1), terms=terms) == [(0, 0), (1, 0)]


def test_performance_is_what_was_delivered_of_what_was_committed():
    assert performance_bps(0, 0) == 10_000
    assert performance_bps(2, 3) == 6_666


AMOUNTS = st.integers(1, 10**7)
PRICES = st.integers(1, 10**6)
COMMITMENTS = st.builds(
    lambda side, amount, a, b: Commitment(
        side=side, amount_milliwh=amount, least_per_kwh=min(a, b), most_per_kwh=max(a, b)
    ),
    st.sampled_from(Side), AMOUNTS, st.integers(0, 10**6), PRICES,
)  # fmt: skip
TOLD = st.lists(
    st.tuples(COMMITMENTS, st.one_of(st.none(), st.integers(0, 2 * 10**7))), min_size=1, max_size=9
)
ANY_TERMS = st.builds(
    Terms, price_per_kwh=st.one_of(st.just(0), PRICES), penalty_percent=st.integers(0, 100)
)


@given(told=TOLD, terms=ANY_TERMS)
def test_nobody_receives_what_nobody_paid(told, terms):
    ends = settle(told, terms)

    charged, received = sum(end.charged for end in ends), sum(end.received for end in ends)
    assert charged - received >= 0
    assert charged - received <= 2 * len(ends) + len(ends) * terms.price_per_kwh // 10**6


@given(told=TOLD, terms=ANY_TERMS)
def test_nobody_is_charged_more_than_its_collateral(told, terms):
    for end in settle(told, terms):
        assert 0 <= end.charged <= end.collateral


@given(told=TOLD, terms=ANY_TERMS, who=st.integers(0, 8))
def test_nobody_is_better_off_silent(told, terms, who):
    who %= len(told)
    spoken = settle(told, terms)[who]
    silenced = list(told)
    silenced[who] = (told[who][0], None)

    assert settle(silenced, terms)[who].credited <= spoken.credited


@given(told=TOLD, terms=ANY_TERMS)
def test_each_metered_unit_enters_once(told, terms):
    """Whatever it is worth, no more changes hands than was fed, nor more than was drawn."""
    assume(terms.price_per_kwh)
    plain = [
        (replace(commitment, least_per_kwh=0, most_per_kwh=10**6), metered or 0)
        for commitment, metered in told
    ]
    ends = settle(plain, replace(terms, penalty_percent=0))
    fed = sum(
        e.delivered_milliwh for e, t in zip(ends, plain, strict=True) if t[0].side is Side.PRODUCER
    )
    drawn = sum(
        e.delivered_milliwh for e, t in zip(ends, plain, strict=True) if t[0].side is Side.CONSUMER
    )

    paid = sum(end.received for end in ends)
    assert paid <= min(fed, drawn) * terms.price_per_kwh // 10**6
