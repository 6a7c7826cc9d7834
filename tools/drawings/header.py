"""Say where a GPIO stands on the Pi's 40-pin header (the same on every Pi that has one)."""

PIN_OF_GPIO = {
    2: 3,
    3: 5,
    4: 7,
    5: 29,
    6: 31,
    7: 26,
    8: 24,
    9: 21,
    10: 19,
    11: 23,
    12: 32,
    13: 33,
    14: 8,
    15: 10,
    16: 36,
    17: 11,
    18: 12,
    19: 35,
    20: 38,
    21: 40,
    22: 15,
    23: 16,
    24: 18,
    25: 22,
    26: 37,
    27: 13,
}
PIN_3V3 = 1
PIN_GROUND = 9
SDA, SCL = 2, 3


def gpio(number: int) -> str:
    """Name a GPIO with its place."""
    return f"GPIO {number} (pin {PIN_OF_GPIO[number]})"
