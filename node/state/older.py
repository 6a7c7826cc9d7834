"""What a flight record of an older version lacks or tells otherwise, and how it is read.

A member that came later without a default has its row here, under the record's name: what its
program did without it. What is told of a command is compared as far as the record tells it.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from node.core.commands import LONGEST_ORDER_S
from node.core.supply.state import Contact

_UNBOUNDED = 2**63 - 1
Reader = Callable[[dict[str, object]], dict[str, object]]

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
    told = {**gathered, **told}
    return _TOLD_OTHERWISE[kind](told) if kind in _TOLD_OTHERWISE else told


def _trading(told: dict[str, object]) -> dict[str, object]:
    """Read what was under way, and the newest refusal, where trading told them by themselves."""
    if "asked" not in told:
        return told
    refusal = told.get("refusal")
    underway = {
        "type": "Underway",
        "asked": told["asked"],
        "resting": [] if refusal is None else [refusal],
        "seen_from": told.get("seen_from_block"),
    }
    return told | {"underway": underway}


def told_once(settings: Mapping[str, Any]) -> dict[str, object]:
    """Give what an older record has in its settings alone, and each observation has now."""
    faults = settings["faults"]
    return {"clock_speed": faults["clock_speed"]} if "clock_speed" in faults else {}


def begun(head: Mapping[str, Any]) -> object:
    """Give the state that a record begins with, whose settings have been read.

    Supply and delivery told by themselves what was under way: of a settlement only whose it was,
    and the instant of a refusal, after which the settings say when the next try was.
    """
    state, settings = head["state"], head["settings"]
    if not isinstance(state, dict):
        return completed(state)
    bought, sold = state.get("supply"), state.get("delivery")
    if isinstance(bought, dict) and "refunds" in bought and settings["supply"] is not None:
        bought = {**bought, "refunding": _refunding(bought, settings["supply"])}
    if isinstance(sold, dict) and "settling" in sold and settings["delivery"] is not None:
        sold = {**sold, "underway": _selling(sold, settings["delivery"])}
    return completed({**state, "supply": bought, "delivery": sold})


def _refunding(bought: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, object]:
    account, refused_at_s = settings["purchase"]["account"], bought["refund_refused_at_s"]
    asked = [
        {
            "intent": _intent("RefundOrder", buyer=account, seller=seller, number=number),
            "since": 0.0,
        }
        for seller, number in bought["refunds"]
    ]
    none = _intent("RefundOrder", buyer=account, seller="", number=0)
    pause_s = settings["hold_off_max_s"]
    return {"asked": asked, "resting": _resting(none, refused_at_s, pause_s)}


def _selling(sold: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, object]:
    offer, since = sold.get("offer"), sold.get("offered_at_s") or 0.0
    asked = [{"intent": offer, "since": since}] if sold.get("offer_pending") and offer else []
    for buyer, number in sold["settling"]:
        asked.append({"intent": _intent("CloseOrder", buyer=buyer, number=number), "since": since})
    none = _intent("CloseOrder", buyer="", number=0)
    return {
        "asked": asked,
        "resting": _resting(none, sold.get("refused_at_s"), settings["hold_off_s"]),
    }


def _intent(kind: str, **members: object) -> dict[str, object]:
    return {"type": kind, **members}


def _resting(
    intent: Mapping[str, object], refused_at_s: float | None, pause_s: float
) -> list[dict[str, object]]:
    """Let all rest after a refusal, of which only the instant is told: `intent` stands for it."""
    if refused_at_s is None:
        return []
    until = refused_at_s + pause_s
    return [{"intent": intent, "sentence": "", "failures": 1, "until": until}]


def _renamed(**names: str) -> Reader:
    def read(told: dict[str, object]) -> dict[str, object]:
        return {names.get(name, name): value for name, value in told.items()}

    return read


_TOLD_OTHERWISE: Mapping[str, Reader] = {
    "Asked": _renamed(asked_at_s="since"),
    "Refusal": _renamed(until_s="until"),
    "TradingState": _trading,
}


def agrees(now: object, recorded: object) -> bool:
    """Tell whether plain commands are those of a record, as far as it tells them."""
    if isinstance(now, list) and isinstance(recorded, list):
        return len(now) == len(recorded) and all(map(agrees, now, recorded))
    if isinstance(now, dict) and isinstance(recorded, dict):
        return all(name in now and agrees(now[name], recorded[name]) for name in recorded)
    return now == recorded
