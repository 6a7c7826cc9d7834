"""Decide what a transaction offers per gas: with a fee market, on a legacy chain, without fees."""

from dataclasses import dataclass

_SPARE_GAS = 5_000_000
"""Whoever cannot pay for so much gas is taken to have no money for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """Hold an offer per gas in wei; on a legacy chain `tip_wei` equals `fee_wei`."""

    fee_wei: int
    tip_wei: int
    legacy: bool


def fair_gas_price(*, gas_price_wei: int, base_fee_wei: int | None, balance_wei: int) -> int:
    """Take an endpoint's suggestion, but none on a chain without fees from one who has no money.

    Endpoints suggest a tip even where the base fee is 0 and nobody asks for one.
    """
    if base_fee_wei == 0 and balance_wei < gas_price_wei * _SPARE_GAS:
        return 0
    return gas_price_wei


def market_fees(*, gas_price_wei: int, base_fee_wei: int | None, cap_wei: int) -> Fees | None:
    """Offer enough for the next blocks: twice the base fee and the usual tip, within the cap.

    None when the cap is below what the chain takes now.
    """
    if base_fee_wei is None:
        if gas_price_wei > cap_wei:
            return None
        return Fees(fee_wei=gas_price_wei, tip_wei=gas_price_wei, legacy=True)
    if base_fee_wei > cap_wei:
        return None
    tip_wei = min(max(gas_price_wei - base_fee_wei, 0), cap_wei - base_fee_wei)
    fee_wei = min(2 * base_fee_wei + tip_wei, cap_wei)
    return Fees(fee_wei=fee_wei, tip_wei=tip_wei, legacy=False)


def raised_fees(old: Fees, market: Fees | None, *, cap_wei: int) -> Fees | None:
    """Offer what replaces a transaction: each part an eighth more, or the market's if higher.

    None when the cap forbids it.
    """
    fee_wei = max(_eighth_more(old.fee_wei), market.fee_wei if market else 0)
    tip_wei = max(_eighth_more(old.tip_wei), market.tip_wei if market else 0)
    if fee_wei > cap_wei:
        return None
    return Fees(fee_wei=fee_wei, tip_wei=min(tip_wei, fee_wei), legacy=old.legacy)


def _eighth_more(wei: int) -> int:
    return wei + max(1, -(-wei // 8))
