"""Fees: enough for the next blocks, within the cap, and replaceable."""

import pytest

from node.ledger.chain.fees import Fees, fair_gas_price, market_fees, raised_fees

GWEI = 10**9


def test_fee_market_leaves_room_for_the_base_fee_to_double() -> None:
    fees = market_fees(gas_price_wei=12 * GWEI, base_fee_wei=10 * GWEI, cap_wei=100 * GWEI)

    assert fees == Fees(fee_wei=22 * GWEI, tip_wei=2 * GWEI, legacy=False)


def test_cap_bounds_the_whole_offer() -> None:
    fees = market_fees(gas_price_wei=12 * GWEI, base_fee_wei=10 * GWEI, cap_wei=11 * GWEI)

    assert fees == Fees(fee_wei=11 * GWEI, tip_wei=GWEI, legacy=False)
    assert market_fees(gas_price_wei=12, base_fee_wei=10, cap_wei=9) is None
    assert market_fees(gas_price_wei=12, base_fee_wei=None, cap_wei=9) is None


def test_legacy_chain_gets_one_price() -> None:
    assert market_fees(gas_price_wei=7, base_fee_wei=None, cap_wei=9) == Fees(
        fee_wei=7, tip_wei=7, legacy=True
    )


def test_chain_without_fees_is_offered_none_by_who_has_none() -> None:
    assert fair_gas_price(gas_price_wei=GWEI, base_fee_wei=0, balance_wei=0) == 0
    assert fair_gas_price(gas_price_wei=GWEI, base_fee_wei=0, balance_wei=10**18) == GWEI
    assert fair_gas_price(gas_price_wei=GWEI, base_fee_wei=7, balance_wei=0) == GWEI
    assert fair_gas_price(gas_price_wei=GWEI, base_fee_wei=None, balance_wei=0) == GWEI


@pytest.mark.parametrize("old_wei", [0, 1, 7, 8, 9, 10**9, 10**9 + 1])
def test_replacement_raises_both_parts_by_an_eighth_at_least(old_wei: int) -> None:
    old = Fees(fee_wei=old_wei, tip_wei=old_wei, legacy=False)
    raised = raised_fees(old, None, cap_wei=10**12)

    assert raised is not None
    assert raised.fee_wei > old_wei
    assert raised.fee_wei * 8 >= old_wei * 9
    assert raised.tip_wei * 8 >= old_wei * 9


def test_replacement_follows_a_risen_market_up_to_the_cap() -> None:
    old = Fees(fee_wei=100, tip_wei=10, legacy=False)
    market = Fees(fee_wei=500, tip_wei=20, legacy=False)

    assert raised_fees(old, market, cap_wei=1_000) == Fees(fee_wei=500, tip_wei=20, legacy=False)
    assert raised_fees(old, market, cap_wei=499) is None
