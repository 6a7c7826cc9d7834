"""How a current sensor with an analogue output is read: `node.sensors.<name>.analogue`."""

from typing import Any, Literal

from node.parameters.types import Number, Section, Switch, Text, Whole, key

Adc = Literal["mcp3008", "ads1115"]
MOST_SUPPLY_V = 5.5
_DIVIDED = 0.6
"""So that even 5.5 V stay within 3.3: 10 and 15 kilohm."""


def _divider(data: dict[str, Any]) -> float:
    return 1.0 if data.get("adc") == "ads1115" else _DIVIDED


class Analogue(Section):
    """Hold the converter, what hangs on its channels, and what of it counts."""

    range_a: Whole = key(..., "the ACS712's type", "A", bound="5, 20 or 30", low=5, high=30)
    adc: Adc = key("mcp3008", "the converter", bound="mcp3008 or ads1115")
    spi: Text = key(
        "/dev/spidev0.0",
        "the MCP3008's place; unix:/path is a played one",
        bound="an absolute path, or unix: and one",
    )
    reference_v: Number = key(3.3, "the MCP3008's reference", "V", low=2.7, high=5.5)
    supply_channel: Whole = key(
        ..., "the converter's channel that sees the sensor's own supply", low=0, high=7
    )
    divider: Number = key(
        _divider,
        "the part of output and of supply that reaches the converter: one divider for both",
        "of 1",
        low=0.1,
        high=1,
        told="0.6 for an mcp3008, 1 for an ads1115",
    )
    voltage_channel: Whole | None = key(
        None, "the channel that sees the line's voltage; null = it is line_v", low=0, high=7
    )
    voltage_divider: Number = key(
        0.1, "the part of the line's voltage that reaches that channel", "of 1", low=0.001, high=1
    )
    line_v: Number = key(12.8, "the line's voltage where nothing measures it", "V", low=1, high=400)
    alternating: Switch = key(
        False,
        "the current alternates: its root mean square counts, with no sign",
        bound="true or false",
    )
    dead_band_a: Number = key(0.05, "less than this is no current", "A", low=0, high=5)
    zero_a: Number = key(
        0,
        "what it shows without current; beside an open contact that is found by itself",
        "A",
        bound="at most 3 either way",
        low=-3,
        high=3,
    )
