"""Find numbers in what a source says: a number alone, or JSON and a pointer into it (RFC 6901)."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime

from node.core.wire.json_text import read_json
from node.devices.sources.told import Told
from node.parameters.sections.source import DataSource

Find = Callable[[str], object]
"""Give what stands at a pick; None where it says that there is nothing."""

WATTS = {"mW": 0.001, "W": 1.0, "kW": 1000.0}
WATT_HOURS = {"Wh": 1.0, "kWh": 1000.0}
_MILLISECONDS_FROM = 1e11
"""More seconds since 1970 than a calendar has are milliseconds."""
_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*[A-Za-z%°]{0,6}\s*")
_NOTHING = frozenset({"", "null", "none", "nan", "unknown", "unavailable", "n/a"})


def told_of(source: DataSource, find: Find) -> Told | None:
    """Put together what a source tells, in our units; None where it tells nothing of what is asked.

    Raises:
        ValueError: what stands there is no number, or is not there.
    """
    power, soc, scale = source.power, source.soc, source.scale
    if power is None and source.imported is None and source.exported is None and soc is None:
        power = ""
    energy = WATT_HOURS[source.energy_unit] * abs(scale)
    is_charge_alone = power is None and source.imported is None and source.exported is None
    told = Told(
        power_w=_scaled(find, power, WATTS[source.unit] * scale),
        imported_wh=_scaled(find, source.imported, energy),
        exported_wh=_scaled(find, source.exported, energy),
        soc_pct=_scaled(find, soc, scale if is_charge_alone else 1.0),
        calendar_s=None if source.time is None else instant(find(source.time)),
    )
    values = (told.power_w, told.imported_wh, told.exported_wh, told.soc_pct)
    return None if all(value is None for value in values) else told


def in_text(payload: bytes) -> Find:
    """Give what finds a value in a payload.

    Raises:
        ValueError: a pointer leads nowhere, or the payload is no JSON.
    """

    def find(pick: str) -> object:
        if not pick:
            return payload.decode("utf-8-sig")
        return at_pointer(read_json(payload), pick)

    return find


def at_pointer(value: object, pointer: str) -> object:
    """Follow a JSON pointer.

    Raises:
        ValueError: it leads nowhere.
    """
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise ValueError(f"there is no {pointer}")
    return value


def number(found: object) -> float | None:
    """Read a number, in quotes or not, with a unit behind it or not; None where it says none.

    Raises:
        ValueError: it is something else.
    """
    match found:
        case None:
            return None
        case bool():
            raise ValueError(f"{str(found).lower()} is no number")
        case int() | float():
            value = float(found)
        case str() if found.strip().lower() in _NOTHING:
            return None
        case str() if (read := _NUMBER.fullmatch(found)) is not None:
            value = float(read[1])
        case _:
            raise ValueError(f"{str(found)[:40]!r} is no number")
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number")
    return value


def instant(found: object) -> float:
    """Read an instant: (milli)seconds since 1970, or ISO 8601, in UTC unless it says otherwise.

    Raises:
        ValueError: it is none.
    """
    if isinstance(found, str) and "-" in found[1:]:
        read = datetime.fromisoformat(found)
        return (read if read.tzinfo is not None else read.replace(tzinfo=UTC)).timestamp()
    value = number(found)
    if value is None or value < 0:
        raise ValueError(f"{found!r} is no instant")
    return value / 1000 if value > _MILLISECONDS_FROM else value


def _scaled(find: Find, pick: str | None, by: float) -> float | None:
    if pick is None:
        return None
    found = number(find(pick))
    return None if found is None else found * by
