"""The words of the scheme: what a key may hold, and how its default and bound are told to people.

Energies and money are converted once, by `readers`, to whole milliwatt-hours and base units.
"""

import re
from collections.abc import Mapping
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

from node.core.units import MILLIWH_PER_WH, TOKEN
from node.parameters import readers, spelling

V = TypeVar("V")

Described: TypeAlias = Any
"""What describes a key stands where its value will: each key has its own type there."""


Whole = Annotated[int, BeforeValidator(readers.number)]
BusAddress = Annotated[int, BeforeValidator(readers.bus_address)]
Switch = Annotated[bool, BeforeValidator(readers.switch)]
Number = Annotated[float, BeforeValidator(readers.number)]
Milliwh = Annotated[int, BeforeValidator(readers.milliwh)]
BaseUnits = Annotated[int, BeforeValidator(readers.base_units)]
FeedIn = Annotated[int, BeforeValidator(readers.feed_in)]
"""A price of the grid for what it takes, as `BaseUnits`."""
Gwei = Annotated[int, BeforeValidator(readers.gwei)]
"""Gwei in the file, wei in the attribute."""
Coins = Annotated[int, BeforeValidator(readers.coins)]
"""The chain's coin in the file, wei in the attribute."""
Address = Annotated[str, BeforeValidator(readers.text_for(spelling.address))]
Name = Annotated[str, BeforeValidator(readers.text_for(spelling.name, in_quotes=True))]
AbsolutePath = Annotated[Path, BeforeValidator(readers.path)]
Secret = Annotated[SecretStr, BeforeValidator(readers.secret)]
Host = Annotated[str, BeforeValidator(readers.text_for(spelling.host))]
ClientAddress = Annotated[str, BeforeValidator(readers.text_for(spelling.ip_address))]
TimeOfDay = Annotated[
    int, BeforeValidator(readers.text_for(spelling.minute_of_day, in_quotes=True))
]
"""HH:MM in the file, minutes since midnight in the attribute."""
Text = Annotated[str, BeforeValidator(readers.text_for(readers.one_line, in_quotes=True))]
WebUrl = Annotated[str, BeforeValidator(readers.text_for(spelling.web_url))]
Urls = Annotated[
    tuple[Annotated[str, BeforeValidator(readers.text_for(spelling.rpc_url))], ...],
    BeforeValidator(readers.listed),
]


def _frozen(mapping: Mapping[str, V]) -> Mapping[str, V]:
    return MappingProxyType(dict(mapping))


Frozen = AfterValidator(_frozen)


Place = tuple[str | int, ...]
"""Where a key stands: the names and list positions on the way to it."""


def is_secret(place: Place) -> bool:
    """Say whether what stands at a place is not shown."""
    return any(re.search("password|pswd", str(step)) for step in place[1:])


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
        "unit": unit,
        "low": low,
        "high": high,
        "scale": scale,
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
