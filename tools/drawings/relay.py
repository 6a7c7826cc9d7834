"""Draw the relay host: the Pi's pins, the board's four channels, and what hangs on each."""

from node.parameters.sections.relay import Relay
from tools.drawings.header import PIN_3V3, PIN_GROUND, gpio
from tools.drawings.sheet import FRAME, PANEL, SMALL_SIZE, Sheet, Wire
from tools.drawings.symbols import panel, resistor

_FIRST_Y, _PITCH, _POLE = 96, 96, 26
_GROUND_Y, _SUPPLY_Y = 472, 504
_FEEDBACK_GPIO = 23
_ENDS = (
    ("home1's own source +", "home1's load +", "line + from home2"),
    ("free", "line + to home1", "home2's source +"),
    ("home3's own source +", "home3's load +", "line + from home4"),
    ("free", "line + to home3", "home4's source +"),
)


def relay() -> str:
    """Give the drawing of the relay host with the default board."""
    sheet = Sheet(960, 716, "The relay host and its board, drawn at rest")
    panel(sheet, (16, 16), 196, 516, "relay host's Pi")
    panel(sheet, (300, 16), 300, 516, "relay board, active high")
    panel(sheet, (624, 16), 320, 516, "what hangs on it")
    for channel, pin in enumerate(Relay().pins):
        _channel(sheet, channel, pin)
    for number, first in enumerate(range(0, len(_ENDS), 2)):
        _bracket(sheet, number, first)
    _supply(sheet)
    _active_low(sheet)
    _feedback(sheet)
    return sheet.svg()


def _channel(sheet: Sheet, channel: int, pin: int) -> None:
    y = _FIRST_Y + channel * _PITCH
    sheet.text((28, y + 5), gpio(pin), bold=True)
    sheet.wire((212, y), (330, y), kind=Wire.DATA)
    sheet.dot((212, y), kind=Wire.DATA, hollow=True)
    sheet.text((256, y - 8), f"channel {channel}", size=SMALL_SIZE, anchor="middle")
    sheet.box((330, y - 14), 44, 28)
    sheet.text((352, y + 5), f"IN{channel + 1}", size=SMALL_SIZE, anchor="middle")
    sheet.stroke((374, y), (400, y))
    sheet.box((400, y - 12), 34, 24)
    sheet.stroke((402, y + 10), (432, y - 10))
    sheet.stroke((434, y), (492, y), dashed=True)
    sheet.stroke((528, y), (474, y - _POLE + 4), width=4)
    for row, (name, end) in enumerate(zip(("NC", "COM", "NO"), _ENDS[channel], strict=True)):
        at = y + (row - 1) * _POLE
        inner = 528 if name == "COM" else 474
        sheet.stroke((inner, at), (600, at), width=1.5)
        sheet.dot((inner, at), kind=Wire.MINUS, hollow=True)
        sheet.dot((600, at), kind=Wire.MINUS, hollow=True)
        sheet.text((590, at - 5), name, size=SMALL_SIZE, anchor="end")
        if end == "free":
            sheet.text((640, at + 4), "not connected", size=SMALL_SIZE, colour="#6b7280")
            continue
        kind = Wire.LINE if "line" in end else Wire.PLUS
        sheet.wire((604, at), (634, at), kind=kind)
        sheet.text((640, at + 4), end, size=SMALL_SIZE)


def _bracket(sheet: Sheet, number: int, first: int) -> None:
    top = _FIRST_Y + first * _PITCH - _POLE - 8
    bottom = _FIRST_Y + (first + 1) * _PITCH + _POLE + 8
    middle = (top + bottom) / 2
    sheet.stroke((800, top), (810, top), (810, bottom), (800, bottom))
    sheet.text((820, middle - 8), f"connection {number}", bold=True)
    sheet.text((820, middle + 11), f"channels [{first}, {first + 1}]", size=SMALL_SIZE)


def _supply(sheet: Sheet) -> None:
    sheet.text((28, _GROUND_Y + 5), f"ground (pin {PIN_GROUND})", bold=True)
    sheet.wire((212, _GROUND_Y), (330, _GROUND_Y), kind=Wire.MINUS)
    sheet.dot((212, _GROUND_Y), kind=Wire.MINUS, hollow=True)
    sheet.box((330, _GROUND_Y - 12), 60, 24)
    sheet.text((360, _GROUND_Y + 4), "GND", size=SMALL_SIZE, anchor="middle")
    sheet.box((330, _SUPPLY_Y - 12), 60, 24)
    sheet.text((360, _SUPPLY_Y + 4), "coil 5 V", size=SMALL_SIZE, anchor="middle")
    sheet.wire((390, _SUPPLY_Y), (634, _SUPPLY_Y), kind=Wire.LOGIC)
    sheet.lines((640, _SUPPLY_Y - 22), "a 5 V supply with its own fuse,", "ahead of every contact;")
    sheet.text((640, _SUPPLY_Y + 12), "its minus to the board's GND", size=SMALL_SIZE)


def _active_low(sheet: Sheet) -> None:
    sheet.box((16, 548), 456, 152, fill=PANEL, edge=FRAME)
    sheet.text((28, 570), "active-low board: a pull-up on every input", bold=True)
    pin = Relay().pins[0]
    sheet.wire((148, 598), (196, 598), (196, 606), kind=Wire.LOGIC)
    sheet.text((140, 602), f"3.3 V (pin {PIN_3V3})", size=SMALL_SIZE, anchor="end")
    resistor(sheet, (196, 606), "10 k\u03a9")
    sheet.wire((196, 646), (196, 664), kind=Wire.LOGIC)
    sheet.wire((148, 664), (270, 664), kind=Wire.DATA)
    sheet.dot((196, 664), kind=Wire.DATA)
    sheet.text((140, 668), gpio(pin), size=SMALL_SIZE, anchor="end")
    sheet.box((270, 652), 40, 24)
    sheet.text((290, 668), "IN1", size=SMALL_SIZE, anchor="middle")
    sheet.text((326, 631), "to 3.3 V, never to 5 V", size=SMALL_SIZE)
    sheet.text((326, 668), "active_high: false", size=SMALL_SIZE)


def _feedback(sheet: Sheet) -> None:
    sheet.box((488, 548), 456, 152, fill=PANEL, edge=FRAME)
    sheet.text((500, 570), "feedback, one pin per contact (optional)", bold=True)
    sheet.text((500, 614), gpio(_FEEDBACK_GPIO), size=SMALL_SIZE)
    sheet.wire((624, 610), (660, 610), kind=Wire.DATA)
    sheet.stroke((708, 610), (662, 592), width=4)
    sheet.dot((660, 610), kind=Wire.DATA, hollow=True)
    sheet.dot((708, 610), kind=Wire.DATA, hollow=True)
    sheet.wire((712, 610), (760, 610), (760, 660), (624, 660), kind=Wire.MINUS)
    sheet.text((500, 664), "ground (pin 20)", size=SMALL_SIZE)
    sheet.text((500, 688), "an auxiliary contact, closed while channel 0 conducts", size=SMALL_SIZE)
    sheet.text((778, 614), f"feedback_pins: [{_FEEDBACK_GPIO}]", size=SMALL_SIZE)
