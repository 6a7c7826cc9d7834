"""The scheme of a mapping file: how a table of quarter hours is read, whoever wrote it."""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Literal

from community.readings import Direction
from node.parameters.problems import Complaint
from node.parameters.spelling import is_zone
from node.parameters.telling import read_as, text_of
from node.parameters.types import Section, Switch, Text, Whole, key

_SHAPES = files("community.imports") / "shapes"
_SUFFIX = ".yml"


class Column(Section):
    """Name a column of values: which point's, which way it flows, and where its quality stands."""

    column: Text = key(..., "the column's name in the file's head", bound="one line")
    point: Text | None = key(
        None, "the metering point; null = the one of --point, or of point_column", bound="one line"
    )
    direction: Literal["consumption", "generation"] = key(
        ..., "which way its energy flows", bound="consumption or generation"
    )
    suffix: Text = key(
        "", "what its point's name gets, where one point has both directions", bound="one line"
    )
    quality: Text | None = key(
        None, "the column that says how its values came about", bound="one line"
    )
    where: Mapping[Text, Text] = key(
        {}, "only rows in which these columns hold these words", bound="column: word"
    )


class Table(Section):
    """Describe a table: its signs, its times, and its columns of values."""

    separator: Text = key(";", "what stands between two columns", bound="one character")
    decimal: Literal[".", ","] = key(".", "the decimal sign", bound='"." or ","')
    encoding: Text = key("utf-8", "how letters are written", bound="as in utf-8 or cp1252")
    head_line: Whole = key(1, "the line that names the columns", low=1, high=100)
    unit: Literal["kWh", "Wh", "mWh", "kW", "W"] = key(
        "kWh",
        "what the values are; kW and W are the mean power of a quarter hour",
        bound="kWh, Wh, mWh, kW or W",
    )
    time: tuple[Text, ...] = key(
        ..., "the column of times, or those of day and time", bound="one or two columns"
    )
    time_format: Text = key(
        "iso", "iso, unix, or strptime's words for the columns joined by a blank", bound="one line"
    )
    time_is: Literal["begin", "end"] = key(
        "begin", "what of a quarter hour its time tells", bound="begin or end"
    )
    zone: Text | None = key(
        None, "the zone of times that name none; null = the community's", bound="as Europe/Vienna"
    )
    point_column: Text | None = key(None, "the column that names the point", bound="one line")
    qualities: Mapping[Text, Whole] = key(
        {}, "what the file's qualities are: 1 measured, 2 substitute, 3 estimated",
        bound="word: 1 to 3",
    )  # fmt: skip
    empty_is_missing: Switch = key(
        True, "an empty value is a gap, and no fault", bound="true or false"
    )
    values: tuple[Column, ...] = key(..., "the columns of values", bound="a list of columns")


def shapes() -> list[str]:
    """Name the tables that are known without a mapping file."""
    return sorted(
        shape.name.removesuffix(_SUFFIX)
        for shape in _SHAPES.iterdir()
        if shape.name.endswith(_SUFFIX)
    )


def table_of(name: str) -> Table:
    """Give the mapping of a known shape, or of a file.

    Raises:
        ConfigError: there is none, or something in it is wrong.
    """
    if name in shapes():
        return parse((_SHAPES / (name + _SUFFIX)).read_text(encoding="utf-8"), name)
    return parse(text_of(Path(name)), name)


def parse(text: str, where: str) -> Table:
    """Read a mapping from text.

    Raises:
        ConfigError: something in it is wrong; every problem is in it.
    """
    return read_as(Table, text, where, "keys, such as separator and values", (_rules,))


def direction_of(column: Column) -> Direction:
    """Give a column's direction."""
    return Direction(column.direction)


def _rules(table: Table) -> Iterable[Complaint]:
    if len(table.separator) != 1:
        yield _complaint("separator", table.separator, "one character")
    if not 1 <= len(table.time) <= 2:
        yield _complaint("time", str(len(table.time)), "one or two columns")
    if table.separator == table.decimal:
        yield _complaint("decimal", table.decimal, "another sign than the separator")
    if not table.values:
        yield _complaint("values", "none", "at least one column")
    if table.zone is not None and not is_zone(table.zone):
        yield _complaint("zone", table.zone, "a zone such as Europe/Vienna, or UTC")
    for word, quality in table.qualities.items():
        if not 1 <= quality <= 3:
            yield Complaint(place=("qualities", word), value=str(quality), bound="1, 2 or 3")


def _complaint(name: str, value: str, bound: str) -> Complaint:
    return Complaint(place=(name,), value=value, bound=bound)
