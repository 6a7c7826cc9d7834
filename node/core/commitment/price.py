"""Decide what an interval's price is: what the oracle said when it was fixed, if it was fresh.

Prices are token base units per kilowatt-hour, as an integer of at most 48 bits; an oracle's answer
has its own decimals and is in tokens per kilowatt-hour.
"""

from dataclasses import dataclass
from enum import Enum

from node.core.units import TOKEN_DECIMALS

MOST_PRICE_PER_KWH = 2**48 - 1


class Unfit(Enum):
    """Say why an oracle's answer fixes no price."""

    NOT_POSITIVE = "not positive"
    AHEAD = "ahead"
    STALE = "stale"
    CARRIED_OVER = "carried over"
    TOO_LARGE = "too large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Hold what an oracle of Chainlink's shape answers: `answer / 10**decimals` tokens per kWh."""

    round_id: int
    answer: int
    updated_at_s: int
    answered_in_round: int
    decimals: int


def price_of(told: Round, now_s: int, stale_after_s: int) -> int | Unfit:
    """Give the price in base units per kilowatt-hour, rounded down, or why there is none."""
    if told.answer <= 0:
        return Unfit.NOT_POSITIVE
    if told.updated_at_s > now_s:
        return Unfit.AHEAD
    if now_s - told.updated_at_s > stale_after_s:
        return Unfit.STALE
    if told.answered_in_round < told.round_id:
        return Unfit.CARRIED_OVER
    price = told.answer * 10**TOKEN_DECIMALS // 10**told.decimals
    if price == 0:
        return Unfit.NOT_POSITIVE
    return price if price <= MOST_PRICE_PER_KWH else Unfit.TOO_LARGE
