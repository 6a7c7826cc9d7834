"""Copy all that a database holds into another one that is empty: a backup, and the way back."""

from community.databases.database import BY_DAY, NAMES, Database
from community.refusal import NotDone


def copy(source: Database, target: Database) -> None:
    """Copy every row, as they are at one instant; either all of it arrives or nothing.

    Raises:
        NotDone: the target holds something already, or one of both fails.
    """
    with source.whole(), target.whole():
        for name in NAMES:
            if target.execute(f"SELECT 1 FROM {name} LIMIT 1"):
                raise NotDone("the database there holds something already, and was left as it is")
            if name in BY_DAY:
                for (day,) in source.execute(f"SELECT DISTINCT day FROM {name} ORDER BY day"):
                    _copy(source, target, name, "WHERE day = ?", day)
            elif name == "bill":
                # A bill refers to those before it.
                _copy(source, target, name, "ORDER BY year, count")
            else:
                _copy(source, target, name)


def _copy(source: Database, target: Database, name: str, which: str = "", *values: int) -> None:
    rows = source.execute(f"SELECT * FROM {name} {which}", values)
    if rows:
        places = ", ".join("?" * len(rows[0]))
        target.execute_many(f"INSERT INTO {name} VALUES ({places})", rows)
