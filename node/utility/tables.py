"""The rows of the utility's history: their columns, with units in their names, and their bounds.

Energies are in milliwatt-hours, money in base units, instants in calendar seconds since 1970; each
row has `at_s`, the instant at which it ended. `docs/history.md` tells each column.
"""

from node.state.history.tables import QUARTER_HOUR_S, YEAR_S, Marks, Row, Table

INTERVALS, TRADES, EVENTS = "intervals", "trades", "events"

_NEWEST = "newest_interval"


def _once(row: Row, marks: Marks) -> tuple[Row | None, Marks]:
    """Keep an interval's row once, also where an earlier run has kept it."""
    kept = row if row["interval"] > marks.get(_NEWEST, -1) else None
    return kept, {**marks, _NEWEST: max(row["interval"], marks.get(_NEWEST, -1))}


def _part_once(row: Row, marks: Marks) -> tuple[Row | None, Marks]:
    """Keep a part whose interval's row is still to come."""
    return (row if row["interval"] > marks.get(_NEWEST, -1) else None), marks


UTILITY_TABLES = (
    Table(
        name=INTERVALS,
        columns={
            "starts_s": "INTEGER",
            "interval": "INTEGER",
            "unit_milliwh": "INTEGER",
            "solar_milliwh": "INTEGER",
            "solar_price_per_kwh": "INTEGER",
            "chp_milliwh": "INTEGER",
            "chp_price_per_kwh": "INTEGER",
            "feed_in_per_kwh": "INTEGER",
            "retail_per_kwh": "INTEGER",
            "tick_size_per_kwh": "INTEGER",
            "orders": "JSON",
            "clearing": "JSON",
            "curves": "JSON",
            "fills": "JSON",
            "wires": "JSON",
            "homes": "JSON",
            "block": "INTEGER",
        },
        kept_s=5 * YEAR_S,
        most_rows=5 * YEAR_S // QUARTER_HOUR_S,
        finish=_once,
    ),
    Table(
        name=TRADES,
        columns={
            "began_s": "INTEGER",
            "interval": "INTEGER",
            "kind": "TEXT",
            "buyer": "TEXT",
            "seller": "TEXT",
            "energy_milliwh": "INTEGER",
            "price_per_kwh": "INTEGER",
        },
        kept_s=YEAR_S,
        most_rows=1_000_000,
        finish=_part_once,
    ),
    Table(
        name=EVENTS,
        columns={
            "part": "TEXT",
            "state": "TEXT",
            "sentence": "TEXT",
            "gas_used": "INTEGER",
            "block": "INTEGER",
            "transaction_hash": "TEXT",
        },
        kept_s=YEAR_S,
        most_rows=500_000,
    ),
)
