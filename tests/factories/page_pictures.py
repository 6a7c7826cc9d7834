"""What a home says of itself, for what shows it."""

from typing import Any

SELLER = "0x" + "5e" * 20


def home_picture(**more: Any) -> dict[str, Any]:
    """A home that draws a neighbour's energy; what a test names stands instead."""
    picture: dict[str, Any] = {
        "node": "home1",
        "role": "prosumer",
        "starting": False,
        "calendar_s": 1_790_000_000.0,
        "soc_pct": 34.1,
        "supply": {
            "mode": "on_seller",
            "reason": "draws the neighbour's energy",
            "waiting": "the battery is to reach 60 %",
            "seller": SELLER,
            "closed": True,
            "credit_milliwh": 12_000,
            "spent_today": 40_000,
            "orders": [],
        },
        "delivery": None,
        "auction": None,
        "faults": [],
        "fault_names": [],
        "load": meter(410.4),
        "connection": meter(415.2),
        "generation": meter(120.0),
        "block": 77,
        "tokens": 5_000_000,
    }
    return picture | more


def meter(power_w: float | None) -> dict[str, Any]:
    """A meter's part of the picture."""
    return {
        "import_milliwh": 1,
        "export_milliwh": 0,
        "power_w": power_w,
        "bus_voltage_v": 12.5,
    }
