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


def interval(ends_s: float, **more: Any) -> dict[str, Any]:
    """A quarter hour of a home's history; what a test names stands instead."""
    row: dict[str, Any] = {
        "at_s": ends_s,
        "starts_s": ends_s - 900,
        "load_imported_milliwh": 100_000,
        "load_exported_milliwh": 0,
        "generation_imported_milliwh": 30_000,
        "connection_imported_milliwh": 60_000,
        "connection_exported_milliwh": 0,
        "own_milliwh": 40_000,
        "grid_milliwh": None,
        "neighbours_milliwh": {SELLER: 60_000},
        "soc_pct": 40.0,
        "price_per_kwh": 200_000,
        "own_price_per_kwh": None,
        "feed_in_per_kwh": None,
        "retail_per_kwh": None,
        "paid": 12_000,
        "earned": 0,
        "tokens": 5_000_000,
    }
    return row | more


def trade(ends_s: float, **more: Any) -> dict[str, Any]:
    """An order of the sale that was bought, half of it drawn; what a test names stands instead."""
    row: dict[str, Any] = {
        "at_s": ends_s,
        "began_s": ends_s - 600,
        "market": "sale",
        "side": "bought",
        "neighbour": SELLER,
        "number": 7,
        "energy_milliwh": 200_000,
        "drawn_milliwh": 100_000,
        "returned_milliwh": 100_000,
        "price_per_kwh": 200_000,
        "paid": 20_000,
        "earned": None,
        "from_grid": None,
        "block": 77,
        "curve_w": [[0, 0.0], [10, 600.0], [600, 590.5]],
    }
    return row | more


def event(at_s: float, state: str, sentence: str = "as it is", part: str = "supply") -> Any:
    """A change of state in a home's history."""
    return {"at_s": at_s, "part": part, "state": state, "sentence": sentence, "soc_pct": 40.0}


def history(rows: dict[str, list[dict[str, Any]]], most: int = 2_000):
    """Answer questions for these rows (oldest first) as a node does, `most` at a time."""

    def answer(request: Any) -> dict[str, Any]:
        found = [
            row
            for row in reversed(rows[request["what"]])
            if request["from"] <= row["at_s"] < request["to"]
        ]
        return {"rows": found[:most], "more": len(found) > most}

    return answer
