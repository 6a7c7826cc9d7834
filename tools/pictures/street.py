"""Draw one moment of a street: its homes, the wires between them, and what was just said.

Who may be fed stands on the left, who may feed on the right; a home that is wired to nobody too.
"""

import textwrap
from collections.abc import Mapping
from typing import Any

from tools.drawings.sheet import FRAME, INK, PANEL, PAPER, SMALL_SIZE, Sheet, Wire
from village.view import COLUMNS

WIDTH, HOME_WIDTH, HOME_HEIGHT, PITCH = 960, 366, 122, 136
LEFT, TOP, INSET = 16, 52, 14
RIGHT = WIDTH - LEFT - HOME_WIDTH
ROW, LETTERS, LINES = 17, 45, 3
GAUGE_WIDTH, GAUGE_HEIGHT = 150, 14
LOW_PCT, LOW, WELL = 25.0, "#c2261d", "#0f766e"
EVENTS, EVENT_LETTERS = 6, 122
WRITTEN = {column.name: column.write for column in COLUMNS}

Home = Mapping[str, Any]


def street(moment: Mapping[str, Any]) -> str:
    """Give the picture of what `python -m village --record-view` has written."""
    homes: Mapping[str, Home | None] = moment["homes"]
    loads = {load for load, _ in moment["wires"]}
    sides = [[home for home in homes if (home in loads) is fed] for fed in (True, False)]
    rows = max(map(len, sides))
    events = moment["events"][-EVENTS:]
    below = TOP + rows * PITCH + 12
    height = below + len(events) * ROW + 14
    sheet = Sheet(WIDTH, height, f"A street of {len(homes)} homes, {moment['time']}")
    sheet.text((LEFT, 34), "Peerwatt village", bold=True, size=18)
    sheet.text((WIDTH - LEFT, 34), moment["time"], anchor="end", size=18)
    at = {
        home: (x, TOP + row * PITCH)
        for side, x in zip(sides, (LEFT, RIGHT), strict=True)
        for row, home in enumerate(side)
    }
    for load, source in moment["wires"]:
        _wire(sheet, at[load], at[source], is_closed=_source(homes[load]) == source)
    for home, corner in at.items():
        _home(sheet, corner, home, homes[home])
    for row, event in enumerate(events):
        line = textwrap.shorten(event, EVENT_LETTERS, placeholder=" ...")
        sheet.text((LEFT, below + 6 + row * ROW), line, size=SMALL_SIZE)
    return sheet.svg()


def _source(home: Home | None) -> str | None:
    return home["fed_by"] if home is not None else None


def _wire(sheet: Sheet, load: tuple[int, int], source: tuple[int, int], *, is_closed: bool) -> None:
    ends = (
        (load[0] + HOME_WIDTH, load[1] + HOME_HEIGHT // 2),
        (source[0], source[1] + HOME_HEIGHT // 2),
    )
    if is_closed:
        sheet.wire(*ends, kind=Wire.LINE)
        (ax, ay), (bx, by) = ends
        nearer = (ax + 14, ay + (by - ay) * 14 / (bx - ax))
        sheet.dot(nearer, kind=Wire.LINE)
    else:
        sheet.stroke(*ends, width=1, dashed=True)


def _home(sheet: Sheet, corner: tuple[int, int], name: str, home: Home | None) -> None:
    x, y = corner
    sheet.box(corner, HOME_WIDTH, HOME_HEIGHT, fill=PANEL, edge=FRAME)
    sheet.text((x + INSET, y + 25), name, bold=True, size=16)
    if home is None:
        sheet.text((x + INSET, y + 48), "starting")
        return
    read = {column: write(home[column]).strip() for column, write in WRITTEN.items()}
    money = f"{read['tokens']} tokens"
    if home["credit_milliwh"]:
        money += f", {read['credit_milliwh']} of credit"
    sheet.text((x + HOME_WIDTH - INSET, y + 25), money, anchor="end", size=SMALL_SIZE)
    _gauge(sheet, (x + INSET, y + 36), home["soc_pct"])
    sheet.text((x + INSET + GAUGE_WIDTH + 10, y + 48), read["soc_pct"])
    fed = f"fed by {read['fed_by']}" if home["fed_by"] else read["fed_by"]
    sheet.text(
        (x + HOME_WIDTH - INSET, y + 48), fed, anchor="end",
        colour=Wire.LINE.value if home["fed_by"] else INK, bold=bool(home["fed_by"]),
    )  # fmt: skip
    told = textwrap.wrap(
        read["doing"].replace("_", " "), LETTERS, max_lines=LINES, placeholder=" ..."
    )
    for row, line in enumerate(told):
        sheet.text((x + INSET, y + 76 + row * ROW), line, size=SMALL_SIZE)


def _gauge(sheet: Sheet, corner: tuple[int, int], soc_pct: float | None) -> None:
    sheet.box(corner, GAUGE_WIDTH, GAUGE_HEIGHT, fill=PAPER, edge=FRAME)
    if soc_pct:
        colour = LOW if soc_pct < LOW_PCT else WELL
        sheet.box(corner, GAUGE_WIDTH * soc_pct / 100, GAUGE_HEIGHT, fill=colour, edge=colour)
