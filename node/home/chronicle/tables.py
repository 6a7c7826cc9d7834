"""The rows of a home's history: their columns, with units in their names, and how long they stay.

Energies are in milliwatt-hours, money in base units, instants in calendar seconds since 1970; each
row has `at_s`, the instant at which it ended. `docs/history.md` tells each column.
"""

from node.core.records import MeterName
from node.home.chronicle.intervals import finished
from node.state.history.tables import QUARTER_HOUR_S, YEAR_S, Table

INTERVALS, TRADES, EVENTS = "intervals", "trades", "events"

_METER_COLUMNS = {
    f"{meter.value}_{what}_milliwh": "INTEGER"
    for meter in MeterName
    for what in ("imported", "exported", "import", "export")
}

HOME_TABLES = (
    Table(
        name=INTERVALS,
        columns={
            "starts_s": "INTEGER",
            **_METER_COLUMNS,
            "own_milliwh": "INTEGER",
            "grid_milliwh": "INTEGER",
            "neighbours_milliwh": "JSON",
            "soc_pct": "REAL",
            "price_per_kwh": "INTEGER",
            "own_price_per_kwh": "INTEGER",
            "feed_in_per_kwh": "INTEGER",
            "retail_per_kwh": "INTEGER",
            "paid": "INTEGER",
            "earned": "INTEGER",
            "tokens": "INTEGER",
        },
        kept_s=5 * YEAR_S,
        most_rows=5 * YEAR_S // QUARTER_HOUR_S,
        finish=finished,
    ),
    Table(
        name=TRADES,
        columns={
            "began_s": "INTEGER",
            "market": "TEXT",
            "side": "TEXT",
            "neighbour": "TEXT",
            "number": "INTEGER",
            "energy_milliwh": "INTEGER",
            "drawn_milliwh": "INTEGER",
            "returned_milliwh": "INTEGER",
            "price_per_kwh": "INTEGER",
            "paid": "INTEGER",
            "earned": "INTEGER",
            "from_grid": "INTEGER",
            "block": "INTEGER",
            "curve_w": "JSON",
        },
        kept_s=YEAR_S,
        most_rows=20_000,
    ),
    Table(
        name=EVENTS,
        columns={"part": "TEXT", "state": "TEXT", "sentence": "TEXT", "soc_pct": "REAL"},
        kept_s=YEAR_S,
        most_rows=100_000,
    ),
)
