"""Write an intent as JSON and read it back, and say which two intents are the same promise."""

import json
from typing import Any, assert_never

from node.core.commands import (
    CloseOrder,
    Intent,
    OpenOrder,
    PostOffer,
    Redeem,
    RefundOrder,
    ReportReadings,
)
from node.core.errors import NodeError
from node.core.records import MeterName, Reading, Receipt, Registers


class IntentUnreadable(NodeError):
    """Say that the journal holds an intent that this version does not know."""


def identity_of(intent: Intent) -> str:
    """Name the promise: two intents of one name may only ever be carried out once.

    An offer is no such promise: the newest one counts, and it may be posted again.
    """
    match intent:
        case OpenOrder():
            return f"OpenOrder {intent.number}"
        case PostOffer():
            return f"PostOffer {to_json(intent)}"
        case Redeem():
            receipt = intent.receipt
            drawn = f"{receipt.drawn_milliwh}{' close' if intent.close else ''}"
            return f"Redeem {receipt.buyer} {receipt.seller} {receipt.number} {drawn}"
        case CloseOrder():
            return f"CloseOrder {intent.buyer} {intent.number}"
        case RefundOrder():
            return f"RefundOrder {intent.buyer} {intent.seller} {intent.number}"
        case ReportReadings():
            boundaries = [reading.boundary for reading in intent.readings]
            return f"ReportReadings {intent.meter_id} {boundaries[:1]} {len(boundaries)}"
        case _:
            assert_never(intent)


def to_json(intent: Intent) -> str:
    """Write an intent as JSON of sorted keys, so that equal intents have equal texts."""
    return json.dumps({"kind": type(intent).__name__, **_members(intent)}, sort_keys=True)


def from_json(text: str) -> Intent:
    """Read an intent.

    Raises:
        IntentUnreadable: it is none of ours.
    """
    try:
        members = json.loads(text)
        return _intent(members.pop("kind"), members)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise IntentUnreadable(f"the journal holds an intent it cannot read ({error})") from error


def _members(intent: Intent) -> dict[str, Any]:
    match intent:
        case OpenOrder() | PostOffer() | CloseOrder() | RefundOrder():
            return {name: getattr(intent, name) for name in intent.__slots__}
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
            assert_never(intent)


def _intent(kind: str, members: dict[str, Any]) -> Intent:
    match kind:
        case "OpenOrder":
            return OpenOrder(**members)
        case "PostOffer":
            return PostOffer(**members)
        case "CloseOrder":
            return CloseOrder(**members)
        case "RefundOrder":
            return RefundOrder(**members)
        case "Redeem":
            plain = members["receipt"]
            signature = bytes.fromhex(plain.pop("signature"))
            return Redeem(receipt=Receipt(signature=signature, **plain), close=members["close"])
        case "ReportReadings":
            readings = tuple(_reading(*row) for row in members["readings"])
            return ReportReadings(meter_id=members["meter_id"], readings=readings)
        case _:
            raise ValueError(f"no intent is called {kind}")


def _reading(meter: str, boundary: int, imported: int, exported: int) -> Reading:
    return Reading(
        meter=MeterName(meter),
        boundary=boundary,
        registers=Registers(import_milliwh=imported, export_milliwh=exported),
    )
