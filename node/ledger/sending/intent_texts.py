"""Write an intent as JSON, as the journal keeps it, and read it back."""

import json
from collections.abc import Mapping
from typing import Any, get_args

from node.core.auction.clearing import Order
from node.core.commands import (
    LONGEST_ORDER_S,
    Intent,
    OpenOrder,
    PlaceOrder,
    Redeem,
    ReportReadings,
    SettleOrders,
)
from node.core.errors import NodeError
from node.core.records import MeterName, Reading, Receipt, Registers
from node.core.wire.codec import from_plain, to_plain
from node.core.wire.json_text import read_json

_KINDS: Mapping[str, type[Intent]] = {kind.__name__: kind for kind in get_args(Intent)}


class IntentUnreadable(NodeError):
    """Say that the journal holds an intent that this version does not know."""


def to_json(intent: Intent) -> str:
    """Write an intent as JSON of sorted keys, so that equal intents have equal texts."""
    return json.dumps({"kind": type(intent).__name__, **_members(intent)}, sort_keys=True)


def from_json(text: str) -> Intent:
    """Read an intent.

    Raises:
        IntentUnreadable: it is none of ours.
    """
    try:
        members = read_json(text)
        return _intent(members.pop("kind"), members)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntentUnreadable(f"the journal holds an intent it cannot read ({error})") from error


def _members(intent: Intent) -> dict[str, Any]:
    match intent:
        case PlaceOrder():
            return _plain(intent) | {"order": to_plain(intent.order)}
        case Redeem(receipt=receipt):
            plain = {name: getattr(receipt, name) for name in receipt.__slots__}
            return {
                "close": intent.close,
                "receipt": plain | {"signature": receipt.signature.hex()},
            }
        case ReportReadings():
            rows = [
                [r.meter.value, r.boundary, r.registers.import_milliwh, r.registers.export_milliwh]
                for r in intent.readings
            ]
            return {"meter_id": intent.meter_id, "readings": rows}
        case _:
            return _plain(intent)


def _plain(intent: Intent) -> dict[str, Any]:
    return {name: getattr(intent, name) for name in intent.__slots__}


def _intent(kind: str, members: dict[str, Any]) -> Intent:
    match kind:
        case "Redeem":
            plain = members["receipt"]
            signature = bytes.fromhex(plain.pop("signature"))
            return Redeem(receipt=Receipt(signature=signature, **plain), close=members["close"])
        case "ReportReadings":
            readings = tuple(_reading(*row) for row in members["readings"])
            return ReportReadings(meter_id=members["meter_id"], readings=readings)
        case "PlaceOrder":
            order: Order = from_plain(Order, members.pop("order"))
            return PlaceOrder(order=order, **members)
        case "SettleOrders":
            return SettleOrders(interval=members["interval"], meter_ids=tuple(members["meter_ids"]))
        case "OpenOrder":
            # One that was kept before purchases named their longest duration.
            return OpenOrder(**{"max_duration_s": LONGEST_ORDER_S} | members)
        case _:
            if kind not in _KINDS:
                raise ValueError(f"no intent is called {kind}")
            return _KINDS[kind](**members)


def _reading(meter: str, boundary: int, imported: int, exported: int) -> Reading:
    return Reading(
        meter=MeterName(meter),
        boundary=boundary,
        registers=Registers(import_milliwh=imported, export_milliwh=exported),
    )
