"""Draw a buying home: the Pi, its sensors on I2C, and where each sits in the power path."""

from node.devices.ina219 import DEFAULT_ADDRESS
from node.devices.max1704x import DEFAULT_ADDRESS as GAUGE_ADDRESS
from node.parameters.sections.relay import Relay
from tools.drawings.header import PIN_3V3, PIN_GROUND, PIN_OF_GPIO, SCL, SDA
from tools.drawings.sheet import FRAME, PANEL, SMALL_SIZE, Point, Sheet, Wire
from tools.drawings.symbols import battery, block, fuse, load, panel, upright_fuse

_BUS = (
    (f"3.3 V (pin {PIN_3V3})", Wire.LOGIC, 76),
    (f"GPIO {SDA}, SDA (pin {PIN_OF_GPIO[SDA]})", Wire.DATA, 108),
    (f"GPIO {SCL}, SCL (pin {PIN_OF_GPIO[SCL]})", Wire.CLOCK, 140),
    (f"ground (pin {PIN_GROUND})", Wire.MINUS, 172),
)
_MODULES_X, _MODULE_WIDTH, _PIN_PITCH = (276, 516, 756), 172, 42
_TOP_Y, _FOOT_Y, _PLUS_Y, _COMMON_Y, _NO_Y, _MINUS_Y = 236, 340, 404, 440, 546, 600


def node() -> str:
    """Give the drawing of a buying home."""
    sheet = Sheet(960, 642, "A buying home: the Pi, its sensors and the power path")
    panel(sheet, (16, 16), 214, 180, "home1's Pi")
    for number, (words, kind, y) in enumerate(_BUS):
        sheet.text((28, y + 5), words)
        sheet.wire((230, y), (_pin_x(_MODULES_X[-1], number), y), kind=kind)
        sheet.dot((230, y), kind=kind, hollow=True)
    gauge, of_load, of_line = _MODULES_X
    _module(sheet, gauge, f"MAX17048 {GAUGE_ADDRESS:#04x}", "gauge", "VIN")
    _module(sheet, of_load, f"INA219 {DEFAULT_ADDRESS:#04x}", "load", "VCC")
    _module(sheet, of_line, f"INA219 {DEFAULT_ADDRESS + 1:#04x}", "connection", "VCC")
    sheet.wire((60, _MINUS_Y), (900, _MINUS_Y), kind=Wire.MINUS)
    sheet.text((490, _MINUS_Y + 22), "common negative; the Pi's ground", anchor="middle")
    _supply(sheet)
    _pack(sheet, (340, _PLUS_Y))
    _contact(sheet, of_load)
    _line(sheet, of_line)
    return sheet.svg()


def _pin_x(left: float, number: int) -> float:
    return left + 22 + _PIN_PITCH * number


def _module(sheet: Sheet, left: float, chip: str, name: str, power: str) -> None:
    sheet.box((left, _TOP_Y), _MODULE_WIDTH, _FOOT_Y - _TOP_Y)
    middle = left + _MODULE_WIDTH / 2
    for number, (_, kind, y) in enumerate(_BUS):
        x = _pin_x(left, number)
        sheet.wire((x, y), (x, _TOP_Y), kind=kind)
        sheet.dot((x, y), kind=kind)
        words = (power, "SDA", "SCL", "GND")[number]
        sheet.text((x, _TOP_Y + 18), words, size=SMALL_SIZE, anchor="middle")
    sheet.text((middle, _TOP_Y + 50), chip, anchor="middle", bold=True)
    sheet.text((middle, _TOP_Y + 70), name, anchor="middle")


def _foot(sheet: Sheet, x: float, words: str) -> Point:
    sheet.text((x, _FOOT_Y - 8), words, size=SMALL_SIZE, anchor="middle")
    return x, _FOOT_Y


def _supply(sheet: Sheet) -> None:
    sheet.box((40, 262), 150, 52)
    sheet.text((115, 284), "5 V supply", anchor="middle", bold=True)
    sheet.text((115, 303), "of the Pi", size=SMALL_SIZE, anchor="middle")
    sheet.wire((115, 262), (115, 196), kind=Wire.LOGIC)
    sheet.wire((60, 314), (60, _MINUS_Y), kind=Wire.MINUS)
    sheet.wire((340, _PLUS_Y), (150, _PLUS_Y), (150, 314), kind=Wire.PLUS)
    fuse(sheet, (196, _PLUS_Y), Wire.PLUS)
    sheet.lines((172, _PLUS_Y + 28), "its own fuse,", "ahead of the", "contact")


def _pack(sheet: Sheet, top: Point) -> None:
    x, y = top
    cells_from, cells_to = y + 40, y + 40 + 60
    battery(sheet, top, (x, _MINUS_Y), cells=3, first=cells_from)
    tap = cells_to - 18
    cell = _foot(sheet, x - 44, "CELL")
    sheet.wire(cell, (x - 44, tap), (x, tap), kind=Wire.LOGIC)
    sheet.dot((x, tap), kind=Wire.LOGIC)
    upright_fuse(sheet, (x - 44, y + 32), Wire.LOGIC)
    sheet.lines((x + 28, cells_from + 12), "own battery;", "CELL: its", "lowest cell,", "by a fuse")
    sheet.dot(top, kind=Wire.PLUS)
    sheet.wire(top, (500, y), kind=Wire.PLUS)
    fuse(sheet, (364, y), Wire.PLUS)
    block(sheet, (432, y), Wire.PLUS)


def _contact(sheet: Sheet, left: float) -> None:
    sheet.box((468, 372), 130, 154, fill=PANEL, edge=FRAME)
    common, closed, opened = (558, _COMMON_Y), (500, _PLUS_Y), (500, _COMMON_Y + 36)
    sheet.wire(_foot(sheet, left + 42, "IN+"), common, kind=Wire.PLUS)
    sheet.wire((452, closed[1]), closed, kind=Wire.PLUS)
    sheet.stroke(common, (closed[0] + 3, closed[1] + 3), width=4)
    line_end = left + 240 + 40
    sheet.wire(opened, (opened[0], _NO_Y), (line_end, _NO_Y), (line_end, _FOOT_Y), kind=Wire.LINE)
    for at in (common, closed, opened):
        sheet.dot(at, kind=Wire.MINUS, hollow=True)
    sheet.text((500, 392), "NC", size=SMALL_SIZE, anchor="middle")
    sheet.text((558, _COMMON_Y + 22), "COM", size=SMALL_SIZE, anchor="middle")
    sheet.text((514, opened[1] + 5), "NO", size=SMALL_SIZE)
    sheet.lines((590, 500), "relay board,", f"GPIO {Relay().pins[0]}", anchor="end")
    load(sheet, _foot(sheet, left + 132, "IN\u2212"), (left + 132, _MINUS_Y), "load")


def _line(sheet: Sheet, left: float) -> None:
    _foot(sheet, left + 40, "IN\u2212")
    sheet.wire(_foot(sheet, left + 132, "IN+"), (left + 132, 420), kind=Wire.LINE)
    sheet.lines((left + 132, 440), "line + from", "home2, over the", "relay board", anchor="middle")
