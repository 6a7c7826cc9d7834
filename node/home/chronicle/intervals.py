"""One row for each quarter hour, or interval: what each meter moved, where from, and the money.

A row's energies are the difference of registers to the row before, so that their sum is always that
of the meters: after an outage the first row holds what came since, and says from when on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.core.records import MeterName
from node.core.units import proceeds_down
from node.state.history.tables import Marks, Row

_PREVIOUS, _CARRIED, _BOOKED, _UNTOLD = "previous", "carried", "booked", "untold_money"


BOUGHT, SOLD = "bought", "sold"
"""The side of an order, with which its key begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Hold what a boundary showed, before it is compared with the row before.

    `registers` are of the meters that were read, import and export. `neighbours_milliwh` is what
    the load drew from each since the last row; `has_grid` says that the rest of the connection's
    import is the grid's. `is_base` asks for no row: it has registers of now, for meters that have
    none yet, and at the end what neighbours gave, and cost, since the last row. `is_late` says that
    an earlier run read it. `values` are columns as they are.

    `orders` are the sale's that were open since the last row, by side, neighbour and number: the
    energy drawn so far, and the price. `all_orders` says that any other order is over. `settled` is
    what the auction settled since, as the home received it (below 0: it paid).
    """

    at_s: int
    period_s: int
    registers: Mapping[str, tuple[int, int]]
    neighbours_milliwh: Mapping[str, int]
    orders: Mapping[str, tuple[int, int]]
    all_orders: bool
    settled: int
    has_grid: bool
    is_base: bool
    is_late: bool
    values: Mapping[str, Any]


def finished(handed: Row, marks: Marks) -> tuple[Row | None, Marks]:
    """Make an interval's row of a boundary, and note what the next one is compared with."""
    bound: Bound = handed["bound"]
    previous = marks.get(_PREVIOUS) or {"at_s": bound.at_s, "registers": {}}
    known = dict(previous["registers"])
    money, booked = _money(bound, marks.get(_BOOKED) or {})
    money = _added(money, marks.get(_UNTOLD) or {})
    if bound.is_base:
        base = {"at_s": previous["at_s"], "registers": {**_plain(bound.registers), **known}}
        given = _added(marks.get(_CARRIED) or {}, bound.neighbours_milliwh)
        left = {_PREVIOUS: base, _CARRIED: given, _BOOKED: booked, _UNTOLD: money}
        return None, {**marks, **left}
    if bound.is_late and bound.at_s <= previous["at_s"]:
        return None, marks
    moved = {
        meter: [now - before for now, before in zip(registers, known[meter], strict=True)]
        for meter, registers in bound.registers.items()
        if meter in known and not _fell(registers, known[meter])
    }
    origins, carried = _origins(bound, moved, marks.get(_CARRIED) or {})
    starts_s = previous["at_s"] if previous["at_s"] < bound.at_s else bound.at_s - bound.period_s
    row = {"starts_s": starts_s, **_meters(bound, moved), **origins, **money, **bound.values}
    now = {"at_s": bound.at_s, "registers": {**known, **_plain(bound.registers)}}
    left = {_PREVIOUS: now, _CARRIED: carried, _BOOKED: booked, _UNTOLD: {}}
    return row, {**marks, **left}


def _plain(registers: Mapping[str, tuple[int, int]]) -> dict[str, list[int]]:
    return {meter: list(pair) for meter, pair in registers.items()}


def _fell(now: tuple[int, int], before: list[int]) -> bool:
    """Say whether registers are lower than they were: the journal was lost, and they begin anew."""
    return now[0] < before[0] or now[1] < before[1]


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}


def _meters(bound: Bound, moved: Mapping[str, list[int]]) -> dict[str, int | None]:
    """Give each meter's energies and registers; None of a meter that was not read."""
    columns: dict[str, int | None] = {}
    for meter in MeterName:
        name = meter.value
        energies = moved.get(name, (None, None))
        registers = bound.registers.get(name, (None, None))
        for what, value in zip(
            ("imported", "exported", "import", "export"), (*energies, *registers), strict=True
        ):
            columns[f"{name}_{what}_milliwh"] = value
    return columns


def _origins(
    bound: Bound, moved: Mapping[str, list[int]], carried: Mapping[str, int]
) -> tuple[dict[str, Any], dict[str, int]]:
    """Split what the load drew; what neighbours gave after the boundary is the next row's."""
    given = _added(carried, bound.neighbours_milliwh)
    load, connection = (moved.get(m.value) for m in (MeterName.LOAD, MeterName.CONNECTION))
    drawn = load or connection
    left = drawn[0] if drawn is not None else 0
    neighbours: dict[str, int] = {}
    for neighbour in sorted(given):
        part = min(given[neighbour], left)
        left -= part
        given[neighbour] -= part
        if part:
            neighbours[neighbour] = part
    grid = None
    if bound.has_grid and connection is not None:
        grid = max(0, connection[0] - sum(neighbours.values()))
    own = max(0, left - (grid or 0)) if load is not None else None
    columns = {"own_milliwh": own, "grid_milliwh": grid, "neighbours_milliwh": neighbours}
    return columns, {neighbour: energy for neighbour, energy in given.items() if energy}


def _money(
    bound: Bound, before: Mapping[str, list[int]]
) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Book what was drawn since, rounded down in sum as the sale pays, and what was settled."""
    money = {"paid": max(0, -bound.settled), "earned": max(0, bound.settled)}
    booked = {} if bound.all_orders else dict(before)
    for key, (drawn_milliwh, price_per_kwh) in bound.orders.items():
        was_milliwh = before[key][0] if key in before else 0
        column = "paid" if key.startswith(BOUGHT) else "earned"
        money[column] += proceeds_down(drawn_milliwh, price_per_kwh)
        money[column] -= proceeds_down(was_milliwh, price_per_kwh)
        booked[key] = [drawn_milliwh, price_per_kwh]
    return money, booked
