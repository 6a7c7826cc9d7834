"""Energy and money as whole numbers, with the direction of each rounding in its name.

Energy is in milliwatt-hours, money in base units of the token (6 decimals), a price in base
units per kilowatt-hour. Floats live only between a sensor and the meter.
"""

from decimal import Decimal
from math import floor

MILLIWH_PER_KWH = 1_000_000
MILLIWH_PER_WH = 1_000
TOKEN_DECIMALS = 6
TOKEN = 10**TOKEN_DECIMALS
JOULES_PER_MILLIWH = 3.6
_MOST_DIGITS = 40


def cost_up(energy_milliwh: int, price_per_kwh: int) -> int:
    """Price an energy as a payer pays it: rounded up to the base unit."""
    return -(-energy_milliwh * price_per_kwh // MILLIWH_PER_KWH)


def proceeds_down(energy_milliwh: int, price_per_kwh: int) -> int:
    """Price an energy as a receiver gets it: rounded down to the base unit."""
    return energy_milliwh * price_per_kwh // MILLIWH_PER_KWH


def milliwh_from_wh(wh: str | int | float | Decimal) -> int:
    """Turn decimal watt-hours into milliwatt-hours.

    Raises:
        ValueError: not a number, or finer than one milliwatt-hour.
    """
    return _scaled(wh, MILLIWH_PER_WH, "1 mWh")


def tokens_from_decimal(tokens: str | int | float | Decimal) -> int:
    """Turn decimal tokens into base units.

    Raises:
        ValueError: not a number, or finer than one base unit.
    """
    return _scaled(tokens, TOKEN, "0.000001 token")


def format_wh(energy_milliwh: int) -> str:
    """Write an energy for people, in watt-hours."""
    return f"{_trimmed(Decimal(energy_milliwh) / MILLIWH_PER_WH)} Wh"


def format_tokens(amount: int) -> str:
    """Write an amount of money for people, in whole tokens."""
    return _trimmed(Decimal(amount) / TOKEN)


def format_soc(soc_pct: float | None) -> str:
    """Write a state of charge for people, rounded down: 19.97 % is below a limit of 20 %."""
    if soc_pct is None:
        return "unknown"
    return f"{floor(soc_pct * 10) / 10:.1f} %"


def _scaled(number: str | int | float | Decimal, scale: int, step: str) -> int:
    try:
        scaled = Decimal(str(number)) * scale
    except ArithmeticError:
        raise ValueError(f"{number} is not a number") from None
    if scaled.is_finite() and scaled.adjusted() > _MOST_DIGITS:
        # Written out, it would fill the memory.
        raise ValueError(f"{number} is beyond every bound")
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(f"{number} is not a whole number of {step}")
    return int(scaled)


def _trimmed(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
