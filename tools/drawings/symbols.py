"""Draw the parts of a circuit: battery, fuse, reverse-current block, shunt, load, contact."""

from tools.drawings.sheet import FRAME, PANEL, SMALL_SIZE, Point, Sheet, Wire


def panel(sheet: Sheet, corner: Point, width: float, height: float, title: str) -> None:
    """Draw the frame of a place, with its name."""
    sheet.box(corner, width, height, fill=PANEL, edge=FRAME)
    sheet.text((corner[0] + 12, corner[1] + 22), title, bold=True)


def battery(sheet: Sheet, top: Point, bottom: Point, *, cells: int, first: float) -> None:
    """Draw a battery between its plus above and its minus below; its cells begin at `first`."""
    x = top[0]
    height = 24 * cells - 12
    sheet.wire(top, (x, first), kind=Wire.PLUS)
    for cell in range(cells):
        y = first + 24 * cell
        sheet.stroke((x - 18, y), (x + 18, y), width=2.5)
        sheet.stroke((x - 9, y + 12), (x + 9, y + 12), width=5)
        if cell:
            sheet.stroke((x, y - 12), (x, y))
    sheet.wire((x, first + height), bottom, kind=Wire.MINUS)


def fuse(sheet: Sheet, left: Point, kind: Wire) -> None:
    """Draw a fuse of 44 from its left end."""
    x, y = left
    sheet.box((x, y - 8), 44, 16)
    sheet.wire((x, y), (x + 44, y), kind=kind)


def upright_fuse(sheet: Sheet, top: Point, kind: Wire) -> None:
    """Draw a small fuse of 32 downwards from its upper end."""
    x, y = top
    sheet.box((x - 7, y), 14, 32)
    sheet.wire((x, y), (x, y + 32), kind=kind)


def block(sheet: Sheet, at: Point, kind: Wire, *, leftwards: bool = False) -> None:
    """Draw a reverse-current block of 20 around a point; current passes in one direction."""
    x, y = at
    tip = x - 9 if leftwards else x + 9
    tail = x + 9 if leftwards else x - 9
    sheet.wire((x - 10, y), (x + 10, y), kind=kind)
    sheet.shape((tail, y - 10), (tail, y + 10), (tip, y))
    sheet.stroke((tip, y - 11), (tip, y + 11), width=3)


def shunt(sheet: Sheet, left: Point, meter: str, address: int) -> None:
    """Draw an INA219 of 96 by 44 in a line, from its left end; the source's side is the right."""
    x, y = left
    sheet.box((x, y - 22), 96, 44)
    sheet.text((x + 48, y - 5), f"INA219 {address:#04x}", size=SMALL_SIZE, anchor="middle")
    sheet.text((x + 48, y + 13), meter, size=SMALL_SIZE, anchor="middle", bold=True)
    sheet.text((x - 5, y - 8), "IN−", size=SMALL_SIZE, anchor="end")
    sheet.text((x + 101, y - 8), "IN+", size=SMALL_SIZE)


def load(sheet: Sheet, top: Point, bottom: Point, name: str) -> None:
    """Draw a load between its plus above and its minus below."""
    x, middle = top[0], (top[1] + bottom[1]) / 2
    sheet.wire(top, (x, middle - 22), kind=Wire.PLUS)
    sheet.box((x - 36, middle - 22), 72, 44)
    sheet.text((x, middle + 5), name, anchor="middle")
    sheet.wire((x, middle + 22), bottom, kind=Wire.MINUS)


def changeover(sheet: Sheet, common: Point) -> tuple[Point, Point]:
    """Draw an SPDT contact at rest from its common pole; give its NC (above) and NO (below)."""
    x, y = common
    closed, opened = (x + 70, y - 32), (x + 70, y + 32)
    sheet.stroke(common, (closed[0] - 2, closed[1] + 4), width=4)
    sheet.dot(common, kind=Wire.MINUS, hollow=True)
    sheet.dot(closed, kind=Wire.MINUS, hollow=True)
    sheet.dot(opened, kind=Wire.MINUS, hollow=True)
    sheet.text((x, y + 22), "COM", size=SMALL_SIZE, anchor="middle")
    sheet.text((closed[0] + 10, closed[1] + 4), "NC", size=SMALL_SIZE)
    sheet.text((opened[0] - 9, opened[1] + 4), "NO", size=SMALL_SIZE, anchor="end")
    return closed, opened


def resistor(sheet: Sheet, top: Point, value: str) -> None:
    """Draw a resistor of 40 downwards, with its value on the right."""
    x, y = top
    sheet.box((x - 8, y), 16, 40)
    sheet.text((x + 16, y + 25), value, size=SMALL_SIZE)
