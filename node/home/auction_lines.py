"""What `status` prints of the auction: lines of the snapshot's section."""

from collections.abc import Mapping
from typing import Any

from node.core.units import format_tokens, format_wh

LEARNING = (
    "no forecast yet: the first order comes after four to five days of readings, counted from the"
    " first start"
)


def auction_lines(picture: object) -> list[str]:
    """Tell what stands at the auction, and what was filled, drawn and expected; none without it."""
    if not isinstance(picture, dict):
        return []
    lines = [f"  auction          {picture['reason']}"]
    if picture["waiting"]:
        lines.append(f"  {'':<16} {picture['waiting']}")
    for order in picture["orders"]:
        limits = ", ".join(
            f"{kind} at {format_tokens(price)}/kWh" for kind, price in order["limits"].items()
        )
        what = f"{order['side']} {format_wh(order['energy_milliwh'])} of {limits}"
        lines.append(f"  interval {order['interval']:<7} {what}: {_fill(order)}")
    for part in picture["parts"]:
        drawn, energy = part["drawn_milliwh"], format_wh(part["energy_milliwh"])
        served = energy if drawn is None else f"{format_wh(drawn)} of {energy} drawn"
        lines.append(
            f"  part in {part['interval']:<8} {served}, {part['kind']} from {part['seller']}"
            f" to {part['buyer']}"
        )
    error, plain = picture["forecast_error_milliwh"], picture["as_the_last_error_milliwh"]
    if picture.get("learning"):
        lines.append(f"  learning         {LEARNING}")
    for outlook in picture["expected"]:
        need = outlook["expected_milliwh"]
        what = f"a surplus of {format_wh(-need)}" if need < 0 else f"a need of {format_wh(need)}"
        lines.append(f"  expected         in interval {outlook['interval']} {what}")
    if error is not None:
        lines.append(
            f"  forecast         {format_wh(error)} off on average;"
            f" as the last interval {format_wh(plain)}"
        )
    if picture["balance"] is not None:
        owed = f", {format_tokens(picture['owed'])} owed" if picture["owed"] else ""
        lines.append(f"  at the auction   {format_tokens(picture['balance'])} free{owed}")
    return lines


def _share(order: Mapping[str, Any], kind: str) -> str:
    """Tell whose word the price may be; a node of before told no shares."""
    share = order.get("largest_seller_pct", {}).get(kind)
    return "" if share is None else f" ({share} % of it from one seller)"


def _fill(order: Mapping[str, Any]) -> str:
    if order["filled_milliwh"] is None:
        return "not cleared yet"
    filled = [
        f"{format_wh(energy)} of {kind} at {format_tokens(order['prices'][kind])}/kWh"
        f"{_share(order, kind)}"
        for kind, energy in order["filled_milliwh"].items()
        if energy
    ]
    return f"filled {', '.join(filled)}" if filled else "nothing of it filled"
