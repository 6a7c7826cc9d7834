"""Read the texts that a home keeps over a power loss: nothing implausible passes."""

import json
import math
from dataclasses import replace

from node.core.alerts import KeptAlerts
from node.core.budget import Spent
from node.core.energy.coulombs import KeptCharge
from node.core.records import MeterName, Reading, Receipt, Registers
from node.core.wire.codec import from_plain, to_plain
from node.core.wire.json_text import read_json

MOST_COUNTED = 2**63 - 1
"""Above any register, boundary, number or amount; what is more was damaged."""

_SIGNATURE_BYTES = 65


def registers_of_text(text: str) -> Registers:
    """Read a meter's registers.

    Raises:
        ValueError: it is none.
    """
    found: Registers = from_plain(Registers, read_json(text))
    _ensure_counts(found.import_milliwh, found.export_milliwh)
    return found


def receipt_of_text(text: str) -> Receipt:
    """Read a receipt; its signature is not verified.

    Raises:
        ValueError: it is none.
    """
    found: Receipt = from_plain(Receipt, read_json(text))
    _ensure_counts(found.number, found.drawn_milliwh)
    if len(found.signature) != _SIGNATURE_BYTES:
        raise ValueError(f"a signature of {len(found.signature)} bytes")
    return found


def spent_of_text(text: str) -> Spent:
    """Read a day's spending.

    Raises:
        ValueError: it is none.
    """
    found: Spent = from_plain(Spent, read_json(text))
    _ensure_counts(found.day, found.amount)
    return found


def alerts_of_text(text: str) -> KeptAlerts:
    """Read what was told to a person, and what the last days cost.

    Raises:
        ValueError: it is none.
    """
    found: KeptAlerts = from_plain(KeptAlerts, read_json(text))
    for one in found.days:
        _ensure_counts(one.day, one.amount)
    return found


def charge_of_text(text: str) -> KeptCharge:
    """Read what was counted of a battery's charge.

    Raises:
        ValueError: it is none.
    """
    found: KeptCharge = from_plain(KeptCharge, read_json(text))
    values = (found.soc_pct, found.off_pct, found.calendar_s, found.power_w)
    if not all(map(math.isfinite, values)) or not 0 <= found.soc_pct <= 100 or found.off_pct < 0:
        raise ValueError("no battery's charge")
    return found


def reported_reading(name: str, text: str) -> Reading:
    """Read a reading for the chain, by the end of its key.

    Raises:
        ValueError: it is none.
    """
    return Reading(
        meter=MeterName.CONNECTION, boundary=count_of_text(name), registers=registers_of_text(text)
    )


def told_reading(name: str, text: str) -> Reading:
    """Read a reading for the broker, by the end of its key.

    Raises:
        ValueError: it is none.
    """
    meter, _, boundary = name.partition("/")
    return replace(reported_reading(boundary, text), meter=MeterName(meter))


def count_of_text(text: str) -> int:
    """Read a count, written as we would.

    Raises:
        ValueError: it is none.
    """
    count = int(text)
    _ensure_counts(count)
    if text != str(count):
        raise ValueError(f"{text:.20} is not as it was written")
    return count


def _ensure_counts(*counts: int) -> None:
    for count in counts:
        if not 0 <= count <= MOST_COUNTED:
            raise ValueError("a number that is no count")


def text_of(record: object) -> str:
    """Write a record."""
    return json.dumps(to_plain(record), separators=(",", ":"))
