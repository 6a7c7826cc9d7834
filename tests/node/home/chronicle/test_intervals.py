"""An interval's row: energies add up to the registers, and money to what the sale pays."""

from dataclasses import replace
from random import Random
from typing import Any

from node.core.units import proceeds_down
from node.home.chronicle.intervals import Bound, finished

QUARTER_S = 900
BOUND = Bound(
    at_s=0,
    period_s=QUARTER_S,
    registers={},
    neighbours_milliwh={},
    orders={},
    all_orders=True,
    settled=0,
    has_grid=False,
    is_base=False,
    is_late=False,
    values={},
)


class Kept:
    """Take boundaries as a history's file does, from a base at instant 0 on."""

    def __init__(self, **registers: tuple[int, int]) -> None:
        self.rows: list[dict[str, Any]] = []
        self.marks: dict[str, Any] = {}
        self.take(is_base=True, registers=registers)

    def take(self, **members: Any) -> dict[str, Any] | None:
        row, marks = finished({"bound": replace(BOUND, **members)}, self.marks)
        self.marks = dict(marks)
        if row is None:
            return None
        self.rows.append(dict(row))
        return self.rows[-1]

    def sum(self, column: str) -> int:
        return sum(row[column] or 0 for row in self.rows)


def test_the_first_start_makes_no_row_and_invents_no_energy() -> None:
    kept = Kept(load=(5_000, 0))
    row = kept.take(at_s=QUARTER_S, registers={"load": (5_250, 3)})

    assert row is not None
    assert (row["starts_s"], row["load_imported_milliwh"]) == (0, 250)
    assert (row["load_import_milliwh"], row["load_exported_milliwh"]) == (5_250, 3)
    assert row["generation_imported_milliwh"] is None


def test_after_an_outage_one_row_holds_what_came_since_and_says_from_when() -> None:
    kept = Kept(load=(0, 0))
    kept.take(at_s=QUARTER_S, registers={"load": (100, 0)})
    row = kept.take(at_s=9 * QUARTER_S, registers={"load": (900, 0)})

    assert row is not None
    assert (row["starts_s"], row["load_imported_milliwh"]) == (QUARTER_S, 800)


def test_what_an_earlier_run_read_is_taken_once_and_the_next_row_has_the_rest() -> None:
    """The journal had the connection alone, for the chain; the load follows."""
    kept = Kept(load=(0, 0), connection=(0, 0))
    kept.take(at_s=QUARTER_S, registers={"load": (100, 0), "connection": (10, 0)})
    late = {"at_s": 2 * QUARTER_S, "registers": {"connection": (30, 0)}, "is_late": True}
    first, again = kept.take(**late), kept.take(**late)
    row = kept.take(at_s=3 * QUARTER_S, registers={"load": (400, 0), "connection": (35, 0)})

    assert first is not None and row is not None
    assert again is None
    assert (first["connection_imported_milliwh"], first["load_imported_milliwh"]) == (20, None)
    assert (row["connection_imported_milliwh"], row["load_imported_milliwh"]) == (5, 300)


def test_registers_that_fell_begin_anew_and_give_no_energy() -> None:
    kept = Kept(load=(1_000, 0))
    fallen = kept.take(at_s=QUARTER_S, registers={"load": (200, 0)})
    row = kept.take(at_s=2 * QUARTER_S, registers={"load": (260, 0)})

    assert fallen is not None and row is not None
    assert fallen["load_imported_milliwh"] is None
    assert row["load_imported_milliwh"] == 60


def test_neighbours_never_give_more_than_the_load_took_and_the_rest_is_the_next_rows() -> None:
    kept = Kept(load=(0, 0))
    row = kept.take(
        at_s=QUARTER_S, registers={"load": (100, 0)}, neighbours_milliwh={"a": 70, "b": 50}
    )
    after = kept.take(at_s=2 * QUARTER_S, registers={"load": (300, 0)})

    assert row is not None and after is not None
    assert (row["neighbours_milliwh"], row["own_milliwh"]) == ({"a": 70, "b": 30}, 0)
    assert (after["neighbours_milliwh"], after["own_milliwh"]) == ({"b": 20}, 180)


def test_the_grid_is_what_the_connection_took_beyond_neighbours_where_there_is_one() -> None:
    registers = {"load": (100, 0), "connection": (80, 0)}
    for has_grid, grid, own in ((True, 50, 20), (False, None, 70)):
        kept = Kept(load=(0, 0), connection=(0, 0))
        row = kept.take(
            at_s=QUARTER_S,
            registers=registers,
            neighbours_milliwh={"a": 30},
            has_grid=has_grid,
        )

        assert row is not None
        assert (row["grid_milliwh"], row["own_milliwh"]) == (grid, own)


def test_an_order_that_is_returned_unpaid_gives_its_money_back() -> None:
    kept = Kept(load=(0, 0))
    kept.take(at_s=QUARTER_S, registers={}, orders={"bought/a/1": (1_000_000, 90)})
    kept.take(at_s=2 * QUARTER_S, registers={}, orders={"bought/a/1": (0, 90)})

    assert [row["paid"] for row in kept.rows] == [90, -90]


def test_what_was_drawn_before_an_orderly_stop_is_the_next_rows() -> None:
    kept = Kept(load=(0, 0))
    orders = {"bought/a/1": (2_000_000, 90), "sold/b/4": (1_000_000, 50)}
    kept.take(is_base=True, orders=orders, neighbours_milliwh={"a": 5}, settled=-7)
    row = kept.take(at_s=QUARTER_S, registers={"load": (9, 0)}, orders={})

    assert row is not None
    assert (row["paid"], row["earned"]) == (187, 50)
    assert row["neighbours_milliwh"] == {"a": 5}


def test_any_day_adds_up_to_its_registers_and_to_what_the_sale_pays() -> None:
    """Rows fall out, meters are silent, orders come and go: nothing is lost or counted twice."""
    for seed in range(40):
        rolled = Random(seed)
        kept = Kept(load=(0, 0), connection=(0, 0))
        load = connection = given = 0
        drawn: dict[str, int] = {}
        for quarter in range(1, 97):
            load += rolled.randrange(4_000)
            connection += rolled.randrange(900)
            part = rolled.randrange(2_000)
            given += part
            key = f"bought/a/{quarter // 12}"
            drawn[key] = drawn.get(key, 0) + part
            last = quarter == 96
            registers = {"load": (load, 0), "connection": (connection, 0)}
            if not last and rolled.random() < 0.2:
                del registers[rolled.choice(sorted(registers))]
            kept.take(
                at_s=quarter * QUARTER_S,
                registers=registers,
                neighbours_milliwh={"a": part},
                orders={key: (drawn[key], 163_777)},
            )

        assert kept.sum("load_imported_milliwh") == load
        assert kept.sum("connection_imported_milliwh") == connection
        fed = sum(sum(row["neighbours_milliwh"].values()) for row in kept.rows)
        assert fed + sum(kept.marks["carried"].values()) == given
        assert kept.sum("paid") == sum(proceeds_down(one, 163_777) for one in drawn.values())
