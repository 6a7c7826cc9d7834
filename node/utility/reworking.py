"""Work an interval out again when somebody asks: from what the history has of it, by the rules.

The orders are the chain's, as they were seen; the result is the chain's, and the parts are what the
homes were told. So whoever looks sees whether both follow from the orders.
"""

from collections.abc import Mapping
from typing import Any

from node.core.auction.again import Again, work_out
from node.core.auction.clearing import Clearing, Fills, Kind
from node.core.auction.market import ClearedInterval, PlacedOrder
from node.core.auction.pairing import Part
from node.core.auction.tariff import Tariff
from node.core.errors import Refused
from node.core.records import BlockStamp
from node.core.wire.codec import from_plain, to_plain
from node.core.wire.json_text import read_json
from node.state.history.keeper import HistoryKeeper
from node.utility.tables import INTERVALS, TRADES

_PARTS_WITHIN_S = 60.0
"""Parts of an interval stand a millisecond apart, from its end on."""

Row = Mapping[str, Any]


class Reworking:
    """Answer for the intervals of one history."""

    def __init__(self, history: HistoryKeeper) -> None:
        self._history = history

    async def answer(self, request: Mapping[str, object]) -> object:
        """Answer `{"ended_s"}`, which names an interval by its end as its row does.

        Raises:
            Refused: it is no such question, nothing is kept of it, or that makes no sense.
        """
        ended_s = request.get("ended_s")
        if isinstance(ended_s, bool) or not isinstance(ended_s, int | float):
            raise Refused("BadRequest", "`ended_s` is the end of an interval, calendar seconds")
        found = await self._rows(INTERVALS, ended_s, ended_s + 0.001)
        if not found:
            raise Refused("NotKept", "no interval is kept that ended then")
        (row,) = found
        told = await self._rows(TRADES, ended_s, ended_s + _PARTS_WITHIN_S)
        try:
            return _answer(row, [one for one in told if one["interval"] == row["interval"]])
        except (ValueError, TypeError, KeyError) as error:
            raise Refused("NotKept", f"what is kept of it makes no sense: {error}") from error

    async def _rows(self, what: str, from_s: float, to_s: float) -> list[Row]:
        """Give a span's rows, oldest first."""
        rows: list[Row] = []
        while True:
            request = {"what": what, "from": from_s, "to": to_s}
            told: Any = read_json(await self._history.answer(request))
            rows += told["rows"]
            if not told["more"]:
                return rows[::-1]
            to_s = told["rows"][-1]["at_s"]


def _answer(row: Row, trades: list[Row]) -> dict[str, object]:
    orders: tuple[PlacedOrder, ...] = from_plain(tuple[PlacedOrder, ...], row["orders"])
    wires = row["wires"]
    again = work_out(
        ClearedInterval(
            interval=row["interval"],
            clearing=from_plain(Clearing, row["clearing"]),
            # What follows from an interval does not hang on its block.
            block=BlockStamp(number=row["block"], hash="", timestamp_s=0),
        ),
        orders,
        row["unit_milliwh"],
        None if wires is None else {home: tuple(sellers) for home, sellers in wires.items()},
        [
            Part(
                kind=one["kind"],
                buyer=one["buyer"],
                seller=one["seller"],
                energy_milliwh=one["energy_milliwh"],
            )
            for one in trades
        ],
    )
    kept = _differing_fills(row["fills"], again) if row["fills"] is not None else []
    differences = [*again.differences, *kept]
    tariff = Tariff(
        feed_in_per_kwh=row["feed_in_per_kwh"], tick_size_per_kwh=row["tick_size_per_kwh"]
    )
    return {
        "interval": row["interval"],
        "agrees": not differences,
        "differences": differences,
        "prices_per_kwh": {
            kind.name.lower(): tariff.price_per_kwh(step.price_tick) if step.volume_units else None
            for kind in Kind
            for step in (again.clearing.step(kind),)
        },
        "fills": [
            {"account": placed.account, "meter_id": placed.meter_id, **_units(filled)}
            for placed, filled in zip(orders, again.fills, strict=True)
        ],
        "parts": None if again.parts is None else to_plain(again.parts),
    }


def _units(filled: Fills) -> dict[str, int]:
    return {"solar_units": filled.solar_units, "chp_units": filled.chp_units}


def _differing_fills(kept: list[Row], again: Again) -> list[str]:
    if len(kept) != len(again.fills):
        return [f"{len(kept)} fills are kept, and must be {len(again.fills)}"]
    return [
        f"order {number} got {one[name]} units of {name.removesuffix('_units')}, and must"
        f" have {units[name]}"
        for number, (one, filled) in enumerate(zip(kept, again.fills, strict=True), 1)
        for units in (_units(filled),)
        for name in units
        if one[name] != units[name]
    ]
