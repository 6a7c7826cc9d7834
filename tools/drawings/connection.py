"""Draw one connection: two homes, the two contacts between them, and a common negative."""

from node.devices.ina219 import DEFAULT_ADDRESS
from node.parameters.sections.relay import Relay
from tools.drawings.sheet import SMALL_SIZE, Sheet, Wire
from tools.drawings.symbols import battery, block, changeover, fuse, load, panel, shunt

_OWN_Y, _LOAD_Y, _NO_Y, _LINE_Y, _MINUS_Y = 120, 204, 282, 372, 486
_FULL = "own source: battery with its charger"


def connection() -> str:
    """Give the drawing of the power path at rest."""
    sheet = Sheet(960, 584, "One connection between two homes, drawn at rest")
    panel(sheet, (16, 16), 336, 506, "home1, buys")
    panel(sheet, (368, 16), 244, 506, "relay board, at rest")
    panel(sheet, (628, 16), 316, 506, "home2, sells")
    sheet.wire((60, _MINUS_Y), (900, _MINUS_Y), kind=Wire.MINUS)
    sheet.text((490, _MINUS_Y + 22), "common negative", anchor="middle")
    _contacts(sheet)
    _buyer(sheet)
    _seller(sheet)
    sheet.lines(
        (24, 545),
        "Extra-low voltage only: at most 60 V DC, and 26 V where an INA219 measures. Mains needs"
        " a certified changeover",
        "contactor. The Pis, the coils and the network are fed ahead of the contacts: never from"
        " COM, NO or the line.",
    )
    return sheet.svg()


def _contacts(sheet: Sheet) -> None:
    pins = Relay().pins
    sheet.text((380, 62), f"channel 0, GPIO {pins[0]}", bold=True)
    sheet.text((380, 80), "the load's changeover")
    closed, opened = (500, _LOAD_Y - 32), (500, _LOAD_Y + 32)
    sheet.wire(closed, (500, _OWN_Y), (300, _OWN_Y), kind=Wire.PLUS)
    sheet.wire((430, _LOAD_Y), (318, _LOAD_Y), kind=Wire.PLUS)
    sheet.wire(opened, (500, _NO_Y), (168, _NO_Y), (168, _LINE_Y), (222, _LINE_Y), kind=Wire.LINE)
    changeover(sheet, (430, _LOAD_Y))

    sheet.text((380, 432), f"channel 1, GPIO {pins[1]}", bold=True)
    sheet.text((380, 450), "the line contact; NC is free")
    sheet.wire((430, _LINE_Y), (318, _LINE_Y), kind=Wire.LINE)
    opened = (500, _LINE_Y + 32)
    sheet.wire(opened, (590, opened[1]), (590, _LOAD_Y), (662, _LOAD_Y), kind=Wire.PLUS)
    changeover(sheet, (430, _LINE_Y))
    sheet.text((360, _LINE_Y + 38), "line +", size=SMALL_SIZE, anchor="middle")
    sheet.wire((360, _LINE_Y), (360, _LINE_Y + 22), kind=Wire.LINE, dashed=True)


def _buyer(sheet: Sheet) -> None:
    sheet.text((28, 62), _FULL, size=SMALL_SIZE)
    sheet.wire((60, _OWN_Y), (128, _OWN_Y), kind=Wire.PLUS)
    fuse(sheet, (128, _OWN_Y), Wire.PLUS)
    sheet.text((150, 100), "fuse", size=SMALL_SIZE, anchor="middle")
    sheet.wire((172, _OWN_Y), (300, _OWN_Y), kind=Wire.PLUS)
    block(sheet, (250, _OWN_Y), Wire.PLUS)
    sheet.text((250, 100), "reverse-current block", size=SMALL_SIZE, anchor="middle")
    battery(sheet, (60, _OWN_Y), (60, _MINUS_Y), cells=2, first=284)
    load(sheet, (122, _LOAD_Y), (122, _MINUS_Y), "load")
    sheet.wire((122, _LOAD_Y), (222, _LOAD_Y), kind=Wire.PLUS)
    shunt(sheet, (222, _LOAD_Y), "load", DEFAULT_ADDRESS)
    shunt(sheet, (222, _LINE_Y), "connection", DEFAULT_ADDRESS + 1)


def _seller(sheet: Sheet) -> None:
    y = _LOAD_Y
    sheet.text((640, 62), _FULL, size=SMALL_SIZE)
    shunt(sheet, (672, y), "connection", DEFAULT_ADDRESS + 1)
    sheet.wire((662, y), (672, y), kind=Wire.PLUS)
    sheet.wire((768, y), (900, y), kind=Wire.PLUS)
    block(sheet, (812, y), Wire.PLUS, leftwards=True)
    fuse(sheet, (842, y), Wire.PLUS)
    sheet.text((812, y - 34), "block", size=SMALL_SIZE, anchor="middle")
    sheet.text((864, y - 34), "fuse", size=SMALL_SIZE, anchor="middle")
    battery(sheet, (900, y), (900, _MINUS_Y), cells=2, first=326)
    sheet.lines(
        (644, 290),
        "home2's own load hangs on a",
        "contact of its own, or straight",
        "on its source",
    )
