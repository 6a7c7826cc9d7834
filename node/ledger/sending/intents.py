"""Write an intent as JSON and read it back, and say which two intents are the same promise."""

import json
from collections.abc import Mapping
from typing import Any, assert_never

from node.core.auction.clearing import Order
from node.core.commands import (
    LONGEST_ORDER_S,
    AnnounceWithdrawal,
    ClearInterval,
    CloseOrder,
    CollectOwed,
    DepositTokens,
    ExecuteWithdrawal,
    FundGrid,
    Intent,
    NoteSilence,
    OpenOrder,
    PlaceOrder,
    PostOffer,
    PostTariff,
    Redeem,
    RefundOrder,
    ReportReadings,
    SendGas,
    SettleOrders,
    WithdrawBalance,
)
from node.core.errors import NodeError
from node.core.records import MeterName, Reading, Receipt, Registers
from node.core.wire.codec import from_plain, to_plain
from node.core.wire.json_text import read_json

_SIMPLE: Mapping[str, type[Intent]] = {
    kind.__name__: kind
    for kind in (
        OpenOrder,
        PostOffer,
        CloseOrder,
        RefundOrder,
        WithdrawBalance,
        CollectOwed,
        ClearInterval,
        NoteSilence,
        PostTariff,
        DepositTokens,
        FundGrid,
        AnnounceWithdrawal,
        ExecuteWithdrawal,
        SendGas,
    )
}
"""The intents that hold numbers and texts only."""


class IntentUnreadable(NodeError):
    """Say that the journal holds an intent that this version does not know."""


def identity_of(intent: Intent) -> str:
    """Name the promise: two intents of one name may only ever be carried out once.

    An offer, or an order of the auction, is no such promise: the newest one counts, and it may be
    sent again. So may what the chain itself takes but once, or what moves a home's own money.
    """
    match intent:
        case OpenOrder():
            return f"OpenOrder {intent.number}"
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
        case SendGas():
            return f"SendGas {intent.account} {intent.day}"
        case (
            PostOffer()
            | PlaceOrder()
            | WithdrawBalance()
            | CollectOwed()
            | ClearInterval()
            | SettleOrders()
            | NoteSilence()
            | PostTariff()
            | DepositTokens()
            | FundGrid()
            | AnnounceWithdrawal()
            | ExecuteWithdrawal()
        ):
            return f"{type(intent).__name__} {to_json(intent)}"
        case _:
            assert_never(intent)


def may_be_repeated(intent: Intent) -> bool:
    """Say whether a kept promise may be sent again: what an account does to its own money or order
    there, and what the chain takes but once."""
    match intent:
        case OpenOrder() | Redeem() | CloseOrder() | RefundOrder() | ReportReadings() | SendGas():
            return False
        case _:
            return True


def is_numbered(intent: Intent) -> bool:
    """Say whether the chain itself takes an intent but once, so that signing it under a second
    nonce, while the first may stand, cannot carry it out twice."""
    match intent:
        case OpenOrder() | Redeem() | CloseOrder() | RefundOrder() | ReportReadings():
            return True
        case ClearInterval() | SettleOrders() | CollectOwed():
            return True
        case _:
            return False


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
            if kind not in _SIMPLE:
                raise ValueError(f"no intent is called {kind}")
            return _SIMPLE[kind](**members)


def _reading(meter: str, boundary: int, imported: int, exported: int) -> Reading:
    return Reading(
        meter=MeterName(meter),
        boundary=boundary,
        registers=Registers(import_milliwh=imported, export_milliwh=exported),
    )
