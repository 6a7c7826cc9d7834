"""The words of the scheme: what a key may hold, and how its default and bound are told to people.

Energies and money are converted here, once, to whole milliwatt-hours and base units.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)
from pydantic.config import JsonDict

from node.core.tariff import NO_NEGATIVE_FEED_IN
from node.core.units import MILLIWH_PER_WH, TOKEN, milliwh_from_wh, tokens_from_decimal
from node.parameters import spelling
from node.parameters.spelling import Unclear

V = TypeVar("V")

Described: TypeAlias = Any
"""What describes a key stands where its value will: each key has its own type there."""

_GWEI = 10**9
COIN = 10**18
"""Wei of one of the chain's coins."""
_MOST_DIGITS = 40


def _read(read: Callable[[str], V], *, in_quotes: bool = False) -> Callable[[object], V]:
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


def _number(found: object) -> object:
    """Give a number as it is, and one in quotes as that."""
    if isinstance(found, str):
        number = spelling.decimal(found)
        return int(number) if number == number.to_integral_value() else float(number)
    if isinstance(found, Unclear):
        raise ValueError(found.reason)
    if isinstance(found, bool):
        raise ValueError
    return found


def _bus_address(found: object) -> object:
    text = found.text if isinstance(found, Unclear) else found
    return spelling.hexadecimal(text) if isinstance(text, str) else _number(found)


def _switch(found: object) -> object:
    text = found.text if isinstance(found, Unclear) else found
    return spelling.switch(text) if isinstance(text, str) else found


def _milliwh(found: object) -> int:
    number = _decimal(found)
    try:
        return milliwh_from_wh(number)
    except ValueError:
        raise ValueError("exact to 1 mWh") from None


def _base_units(found: object) -> int:
    number = _decimal(found)
    try:
        return tokens_from_decimal(number)
    except ValueError:
        raise ValueError("exact to 0.000001") from None


def _feed_in(found: object) -> int:
    price = _base_units(found)
    if price < 0:
        raise ValueError(NO_NEGATIVE_FEED_IN)
    return price


def _gwei(found: object) -> int:
    return _wei(found, _GWEI)


def _coins(found: object) -> int:
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


def _path(found: object) -> Path:
    if isinstance(found, Unclear):
        raise ValueError(found.reason)
    if not isinstance(found, str | Path) or not Path(found).is_absolute():
        raise ValueError
    if "\0" in str(found):
        raise ValueError("without the character 0")
    return Path(found)


def _secret(found: object) -> object:
    if isinstance(found, Unclear):
        raise ValueError(found.reason)
    if not isinstance(found, str | SecretStr):
        raise ValueError
    return found


def _text(found: str) -> str:
    found = found.removesuffix("\n")
    if any(ord(character) < ord(" ") for character in found):
        raise ValueError("text on one line")
    return found


def _listed(found: object) -> object:
    return found if isinstance(found, list | tuple) else [found]


Whole = Annotated[int, BeforeValidator(_number)]
BusAddress = Annotated[int, BeforeValidator(_bus_address)]
Switch = Annotated[bool, BeforeValidator(_switch)]
Number = Annotated[float, BeforeValidator(_number)]
Milliwh = Annotated[int, BeforeValidator(_milliwh)]
BaseUnits = Annotated[int, BeforeValidator(_base_units)]
FeedIn = Annotated[int, BeforeValidator(_feed_in)]
"""A price of the grid for what it takes, as `BaseUnits`."""
Gwei = Annotated[int, BeforeValidator(_gwei)]
"""Gwei in the file, wei in the attribute."""
Coins = Annotated[int, BeforeValidator(_coins)]
"""The chain's coin in the file, wei in the attribute."""
Address = Annotated[str, BeforeValidator(_read(spelling.address))]
Name = Annotated[str, BeforeValidator(_read(spelling.name, in_quotes=True))]
AbsolutePath = Annotated[Path, BeforeValidator(_path)]
Secret = Annotated[SecretStr, BeforeValidator(_secret)]
Host = Annotated[str, BeforeValidator(_read(spelling.host))]
ClientAddress = Annotated[str, BeforeValidator(_read(spelling.ip_address))]
TimeOfDay = Annotated[int, BeforeValidator(_read(spelling.minute_of_day, in_quotes=True))]
"""HH:MM in the file, minutes since midnight in the attribute."""
Text = Annotated[str, BeforeValidator(_read(_text, in_quotes=True))]
Urls = Annotated[
    tuple[Annotated[str, BeforeValidator(_read(spelling.rpc_url))], ...], BeforeValidator(_listed)
]


def _frozen(mapping: Mapping[str, V]) -> Mapping[str, V]:
    return MappingProxyType(dict(mapping))


Frozen = AfterValidator(_frozen)


Place = tuple[str | int, ...]
"""Where a key stands: the names and list positions on the way to it."""


class Section(BaseModel):
    """Hold one mapping of the file: frozen, no unknown key, and null means a key's default."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        defer_build=True,
        validate_default=True,
        allow_inf_nan=False,
    )

    @model_validator(mode="before")
    @classmethod
    def _leave_nulls_out(cls, found: object) -> object:
        if not isinstance(found, dict):
            return found
        known = {field.alias or name for name, field in cls.model_fields.items()}
        return {n: value for n, value in found.items() if value is not None or n not in known}


def key(
    default: object,
    says: str,
    unit: str = "",
    *,
    bound: str = "",
    low: float | None = None,
    high: float | None = None,
    alias: str | None = None,
    scale: int = 1,
    told: str | None = None,
    ancestor: bool = False,
    printed: bool = True,
) -> Described:
    """Describe one key: its default, what it says, its unit, and its bound.

    `default` is written as in the file; `...` means that the key must be given, and a callable
    works it out of the keys before it. `told` is how people read a default that is worked out.
    `low` and `high` are in the key's unit; `scale` is how many of the attribute's units one of
    the key's is. `alias` is the key's name where the attribute's differs. `ancestor` marks a key
    that only an ancestor's file has; `printed` is false where a repr would tell too much.
    """
    limits = bound if low is None or high is None else bound or f"{_plain(low)} to {_plain(high)}"
    extra: JsonDict = {
        "bound": ", ".join(part for part in (unit, limits) if part),
        "default": told or ("none, must be given" if default is ... else yaml_text(default)),
        "ancestor": ancestor,
    }
    given: dict[str, Any] = {"default_factory" if callable(default) else "default": default}
    return Field(
        **given,
        alias=alias,
        description=says,
        repr=printed,
        json_schema_extra=extra,
        ge=None if low is None else low * scale,
        le=None if high is None else high * scale,
    )


def energy(
    default: object, says: str, low: float, high: float, alias: str, told: str | None = None
) -> Described:
    """Describe an energy: decimal Wh in the file, whole milliwatt-hours in the attribute."""
    return key(
        default, says, "Wh", low=low, high=high, alias=alias, scale=MILLIWH_PER_WH, told=told
    )


def money(
    default: object, says: str, unit: str, low: float, high: float, alias: str | None = None
) -> Described:
    """Describe money: decimal tokens in the file, whole base units in the attribute."""
    return key(default, says, unit, low=low, high=high, alias=alias, scale=TOKEN)


def _plain(limit: float) -> str:
    return f"{limit:f}".rstrip("0").rstrip(".")


def yaml_text(value: object) -> str:
    """Write a default as the file would."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case list() | tuple():
            return f"[{', '.join(yaml_text(item) for item in value)}]"
        case dict():
            return "{}"
    return str(value)
