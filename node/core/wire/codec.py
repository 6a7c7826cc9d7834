"""Turn the frozen records into plain JSON values and back, by their declared types.

One member of a union is told from another by its class name under `type`. Bytes are hexadecimal.
"""

import dataclasses
import types
from collections.abc import Iterable
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]
"""What JSON can say."""
_SAID_AS_IT_IS = frozenset({str, int, float, bool, type(None)})


def to_plain(value: Any) -> Any:
    """Turn a record, or a container of records, into what JSON can hold."""
    kind: Any = type(value)
    if kind in _SAID_AS_IT_IS:
        return value
    names = _members(kind)
    if names is not None:
        fields = {name: to_plain(getattr(value, name)) for name in names}
        return {"type": kind.__name__, **fields}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    if isinstance(value, frozenset):
        return sorted(to_plain(item) for item in value)
    return value


@cache
def _members(kind: type) -> tuple[str, ...] | None:
    """Name a record's members; None for what is no record."""
    if issubclass(kind, Enum) or not dataclasses.is_dataclass(kind):
        return None
    return tuple(field.name for field in dataclasses.fields(kind))


def from_plain(kind: Any, plain: Any) -> Any:
    """Build a value of a declared type from what `to_plain` gave.

    Raises:
        ValueError: the plain value does not fit the type.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _from_union(arguments, plain)
    if origin is tuple:
        return tuple(_items(arguments, plain))
    if origin is frozenset:
        return frozenset(_items((arguments[0], ...), plain))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(plain)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints, spared = _hints(kind), _spared(kind)
        try:
            # What a record of an earlier version does not have yet has its default.
            return kind(
                **{
                    name: from_plain(hint, plain[name])
                    for name, hint in hints.items()
                    if name in plain or name not in spared
                }
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a {kind}: {plain!r}") from error
    if kind is bytes:
        return bytes.fromhex(plain)
    if kind is float and isinstance(plain, int):
        try:
            return float(plain)
        except OverflowError as error:
            raise ValueError("a number is beyond every float") from error
    if kind is Any or (isinstance(plain, kind) and type(plain) is kind):
        return plain
    raise ValueError(f"{plain!r} is not {kind}")


def _items(arguments: tuple[Any, ...], plain: Any) -> Iterable[Any]:
    if not isinstance(plain, (list, tuple)):
        raise ValueError(f"{plain!r} is not a list")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return (from_plain(arguments[0], item) for item in plain)
    return (from_plain(kind, item) for kind, item in zip(arguments, plain, strict=True))


def _from_union(members: tuple[Any, ...], plain: Any) -> Any:
    if plain is None and type(None) in members:
        return None
    if isinstance(plain, dict) and "type" in plain:
        for member in members:
            if (
                dataclasses.is_dataclass(member)
                and getattr(member, "__name__", "") == plain["type"]
            ):
                return from_plain(member, plain)
    for member in members:
        if not dataclasses.is_dataclass(member) and member is not type(None):
            return from_plain(member, plain)
    raise ValueError(f"{plain!r} is none of {members}")


@cache
def _spared(kind: Any) -> frozenset[str]:
    fields = dataclasses.fields(kind)
    return frozenset(f.name for f in fields if f.default is not dataclasses.MISSING)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}
