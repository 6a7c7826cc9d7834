"""What a flight record of an older version lacks, and what its program did without it.

A member that came later without a default has its row here, under the record's name. What is told
of a command is compared as far as the record tells it.
"""

from collections.abc import Mapping
from dataclasses import fields

from node.core.commands import LONGEST_ORDER_S
from node.core.supply.state import Contact

_UNBOUNDED = 2**63 - 1

_LACKED: Mapping[str, Mapping[str, object]] = {
    # The bound that is worked out from it was not known; see the limits of trading below.
    "MarketRules": {"first_retail_per_kwh": _UNBOUNDED},
    "OpenOrder": {"max_duration_s": LONGEST_ORDER_S},
    "SupplyState": {"tail_ends_s": None},
    "TradingSettings": {
        "most_retail_per_kwh": _UNBOUNDED,
        "most_deposit": _UNBOUNDED,
        "by_contacts": False,
    },
}

_LOOSE: Mapping[str, Mapping[str, type]] = {"SupplyState": {"contact": Contact}}
"""Members that are records of their own now, and whose members stood in the outer one before."""


def completed(plain: object) -> object:
    """Add to a plain value what its records lack."""
    if isinstance(plain, list):
        return [completed(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    told = {name: completed(value) for name, value in plain.items()}
    kind = told.get("type")
    if not isinstance(kind, str):
        return told
    told = {**_LACKED.get(kind, {}), **told}
    gathered = {
        member: {field.name: told[field.name] for field in fields(record) if field.name in told}
        for member, record in _LOOSE.get(kind, {}).items()
    }
    return {**gathered, **told}


def agrees(now: object, recorded: object) -> bool:
    """Tell whether plain commands are those of a record, as far as it tells them."""
    if isinstance(now, list) and isinstance(recorded, list):
        return len(now) == len(recorded) and all(map(agrees, now, recorded))
    if isinstance(now, dict) and isinstance(recorded, dict):
        return all(name in now and agrees(now[name], recorded[name]) for name in recorded)
    return now == recorded
