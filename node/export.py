"""Write a history's rows as CSV or JSON, for people: kWh and tokens, UTC and local time.

Touches the running program's socket, else the file of its history, as the owner of its state.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from node.core.errors import Refused
from node.core.units import MILLIWH_PER_KWH, TOKEN, TOKEN_DECIMALS
from node.links.status import ask
from node.state.history.store import HISTORY_NAME, HistoryStore
from node.system import service
from node.system.ownership import as_owner_of

ANSWER_WITHIN_S = 60.0
_MILLIWH, _PRICE = "_milliwh", "_per_kwh"
_MONEY = ("paid", "earned", "from_grid", "tokens")
_KWH_PLACES = 6

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Hold what is exported: rows of a kind that ended in [from, to), calendar seconds."""

    what: str
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Hold how numbers and columns are told apart; CSV alone has a use for it."""

    separator: str
    decimal: str


def rows_of(state_directory: Path, asked: Asked) -> list[Row]:
    """Give the rows, oldest first: the running program's, else the file's.

    Raises:
        NodeError: neither can be asked, or there is no such kind of rows.
        OSError: the state directory cannot be looked at.
    """
    service.keep_private()
    with as_owner_of(state_directory):
        try:
            return list(_of_program(state_directory, asked))[::-1]
        except Refused as refusal:
            if refusal.name != "NodeAway":
                raise
        return list(_of_file(state_directory / HISTORY_NAME, asked))[::-1]


def instant(text: str) -> float:
    """Read a date or an instant of ISO 8601, local where it names no zone; give calendar seconds.

    Raises:
        ValueError: it is none.
    """
    return datetime.fromisoformat(text).timestamp()


def write_csv(rows: Sequence[Row], file: IO[str], layout: Layout) -> None:
    """Write rows with a head; energies are in kWh, money in tokens."""
    told = [dict(_told(row)) for row in rows]
    names = list(dict.fromkeys(name for row in told for name in row))
    writer = csv.writer(file, delimiter=layout.separator, lineterminator="\n")
    writer.writerow(names)
    for row in told:
        writer.writerow([_cell(row.get(name), layout.decimal) for name in names])


def write_json(rows: Sequence[Row], file: IO[str]) -> None:
    """Write rows as they are kept, one a line, each with its instant as people write it."""
    for number, row in enumerate(rows):
        told = {"ended_utc": _utc(row["at_s"]), "ended_local": _local(row["at_s"]), **row}
        file.write(f"{',' if number else '['}{json.dumps(told)}\n")
    file.write("]\n" if rows else "[]\n")


def _of_program(state_directory: Path, asked: Asked) -> Iterator[Row]:
    """Ask piece by piece, newest first."""
    to_s = asked.to_s
    while True:
        request = {"do": "history", "what": asked.what, "from": asked.from_s, "to": to_s}
        piece = ask(state_directory, request, ANSWER_WITHIN_S)
        if not isinstance(piece, dict) or not isinstance(piece.get("rows"), list):
            raise Refused("NodeRefused", "the running program answers with no history")
        yield from piece["rows"]
        if not piece.get("more") or not piece["rows"]:
            return
        to_s = piece["rows"][-1]["at_s"]


def _of_file(path: Path, asked: Asked) -> Iterator[Row]:
    if not path.exists():
        raise Refused("NoHistory", f"{path}: there is none, and no program runs that could answer")
    store = HistoryStore(path)
    store.open()
    try:
        if asked.what not in store.names:
            raise Refused("NoHistory", f"{path} has {', '.join(store.names)}, not {asked.what}")
        to_ms, more = round(asked.to_s * 1000), True
        while more:
            page = store.page(asked.what, round(asked.from_s * 1000), to_ms)
            yield from page.rows
            more = page.more
            to_ms = round(page.rows[-1]["at_s"] * 1000) if page.rows else to_ms
    finally:
        store.close()


def _told(row: Row) -> Iterator[tuple[str, object]]:
    """Give a row's cells for people, each name with its unit."""
    for name, value in row.items():
        if name == "at_s":
            yield "ended_utc", _utc(value)
            yield "ended_local", _local(value)
        elif name.endswith("_s"):
            label = name.removesuffix("_s")
            yield f"{label}_utc", None if value is None else _utc(value)
            yield f"{label}_local", None if value is None else _local(value)
        elif name == "neighbours_milliwh":
            yield "neighbours_kwh", _kwh(sum(value.values())) if value is not None else None
            yield "neighbours", value
        elif name.endswith(_MILLIWH):
            yield f"{name.removesuffix(_MILLIWH)}_kwh", _kwh(value)
        elif name.endswith(_PRICE):
            yield f"{name.removesuffix(_PRICE)}_tokens_per_kwh", _tokens(value)
        elif name in _MONEY:
            yield name if name == "tokens" else f"{name}_tokens", _tokens(value)
        else:
            yield name, value


def _kwh(milliwh: int | None) -> Decimal | None:
    return (
        None
        if milliwh is None
        else (Decimal(milliwh) / MILLIWH_PER_KWH).quantize(Decimal(1).scaleb(-_KWH_PLACES))
    )


def _tokens(amount: int | None) -> Decimal | None:
    return (
        None
        if amount is None
        else (Decimal(amount) / TOKEN).quantize(Decimal(1).scaleb(-TOKEN_DECIMALS))
    )


def _utc(instant_s: float) -> str:
    return _written(instant_s, lambda instant: instant)


def _local(instant_s: float) -> str:
    return _written(instant_s, datetime.astimezone)


def _written(instant_s: float, of_zone: Callable[[datetime], datetime]) -> str:
    try:
        instant = datetime.fromtimestamp(instant_s, UTC)
        return of_zone(instant).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        # A clock that was wrong has years that no calendar has.
        return f"{instant_s} s"


def _cell(value: object, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal | float):
        return str(value).replace(".", decimal)
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"))
    return _harmless(value) if isinstance(value, str) else str(value)


def _harmless(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
