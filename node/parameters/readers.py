"""Read what stands in the parameters file for one key: a number or a text, as YAML gives it.

Each reader raises ValueError with what is right, in words that follow the key's bound.
"""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from pydantic import SecretStr

from node.core.auction.tariff import NO_NEGATIVE_FEED_IN
from node.core.units import milliwh_from_wh, tokens_from_decimal
from node.parameters import spelling
from node.parameters.spelling import Unclear

V = TypeVar("V")

COIN = 10**18
"""Wei of one of the chain's coins."""
_GWEI = 10**9
_MOST_DIGITS = 40


def text_for(read: Callable[[str], V], *, in_quotes: bool = False) -> Callable[[object], V]:
    """Make of a reader of text one of whatever stands in the file.

    `in_quotes` is for a text that may look like a number.
    """

    def found_in(found: object) -> V:
        if isinstance(found, Unclear):
            raise ValueError(found.reason)
        if not isinstance(found, str):
            raise ValueError(
                "in quotes" if in_quotes and not isinstance(found, list | dict) else ""
            )
        return read(found)

    return found_in


def number(found: object) -> object:
    """Give a number as it is, and one in quotes as that."""
    if isinstance(found, str):
        number = spelling.decimal(found)
        return int(number) if number == number.to_integral_value() else float(number)
    if isinstance(found, Unclear):
        raise ValueError(found.reason)
    if isinstance(found, bool):
        raise ValueError
    return found


def bus_address(found: object) -> object:
    """Give a chip's address, hexadecimal or not."""
    text = _unquoted(found, "int")
    return spelling.hexadecimal(text) if isinstance(text, str) else number(text)


def switch(found: object) -> object:
    """Give true or false, in any of the words for it."""
    text = _unquoted(found, "bool")
    return spelling.switch(text) if isinstance(text, str) else text


def _unquoted(found: object, kind: str) -> object:
    """Give what needs no quotes for a key that wants this kind of YAML's."""
    if isinstance(found, Unclear):
        if found.kind != kind:
            raise ValueError(found.reason)
        return found.text
    return found


def milliwh(found: object) -> int:
    """Give an energy in decimal Wh as whole milliwatt-hours."""
    number = _decimal(found)
    try:
        return milliwh_from_wh(number)
    except ValueError:
        raise ValueError("exact to 1 mWh") from None


def base_units(found: object) -> int:
    """Give money in decimal tokens as whole base units."""
    number = _decimal(found)
    try:
        return tokens_from_decimal(number)
    except ValueError:
        raise ValueError("exact to 0.000001") from None


def feed_in(found: object) -> int:
    """Give the grid's price for what it takes, which is not below 0."""
    price = base_units(found)
    if price < 0:
        raise ValueError(NO_NEGATIVE_FEED_IN)
    return price


def gwei(found: object) -> int:
    """Give gwei as wei."""
    return _wei(found, _GWEI)


def coins(found: object) -> int:
    """Give the chain's coin as wei."""
    return _wei(found, COIN)


def _wei(found: object, scale: int) -> int:
    wei = _decimal(found) * scale
    if not wei.is_finite() or wei.adjusted() > _MOST_DIGITS or wei != wei.to_integral_value():
        raise ValueError("exact to 1 wei")
    return int(wei)


def _decimal(found: object) -> Decimal:
    if isinstance(found, Unclear):
        raise ValueError(found.reason)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise ValueError
    if isinstance(found, str):
        return spelling.decimal(found)
    try:
        return Decimal(str(found))
    except (ArithmeticError, ValueError):
        raise ValueError("not beyond every bound") from None


def path(found: object) -> Path:
    """Give an absolute path."""
    if isinstance(found, Unclear):
        raise ValueError(found.reason)
    if not isinstance(found, str | Path) or not Path(found).is_absolute():
        raise ValueError
    text = str(found)
    if "\0" in text:
        raise ValueError("without the character 0")
    return Path(one_line(text))


def secret(found: object) -> object:
    """Give a text that is not shown."""
    if isinstance(found, Unclear):
        raise ValueError(found.reason)
    if not isinstance(found, str | SecretStr):
        raise ValueError
    return found.removesuffix("\n") if isinstance(found, str) else found


def one_line(found: str) -> str:
    """Give a text without line ends; a block's own is none of it."""
    found = found.removesuffix("\n")
    if any(ord(character) < ord(" ") for character in found):
        raise ValueError("text on one line")
    return found


def listed(found: object) -> object:
    """Give a list, of one where there is none."""
    return found if isinstance(found, list | tuple) else [found]
