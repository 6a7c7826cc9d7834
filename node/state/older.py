"""What a flight record of an older version lacks or tells otherwise, and how it is read.

A member that came later without a default has its row here, under the record's name: what its
program did without it. What is told of a command is compared as far as the record tells it.
"""

from collections.abc import Callable, Mapping

from node.core.commands import LONGEST_ORDER_S

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
