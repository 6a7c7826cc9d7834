"""See whether an MCP3008 answers on an SPI device: where a person says that it may be asked.

SPI has no addresses: whatever hangs there takes a question for a word to itself, and a display, a
memory or another converter could do something by it. An MCP3008 has nothing that a word changes.
"""

from node.devices.bus.spi import SpiBus
from node.scan.found import Found, Line

_CHANNELS = range(8)
_NULL_BIT = 0x04
_STEPS = 1024


def look(place: str) -> Found:
    """Ask each channel; raises BusFailed where the device is away, or not ours to open."""
    bus = SpiBus(place)
    try:
        replies = [bus.transfer(bytes((1, 0x80 | channel << 4, 0))) for channel in _CHANNELS]
    finally:
        bus.close()
    bits = {byte for reply in replies for byte in reply[1:]}
    if bits <= {0x00} or bits <= {0xFF}:
        return Found(where=place, sentence="nobody answers")
    if any(reply[1] & _NULL_BIT for reply in replies):
        return Found(where=place, sentence="something answers, but no MCP3008")
    values = [(reply[1] & 3) << 8 | reply[2] for reply in replies]
    shown = ", ".join(f"{value / _STEPS:.2f}" for value in values)
    return Found(
        where=place,
        sentence=f"an MCP3008, perhaps; its channels are at {shown} of its reference",
        lines=(
            Line(
                section="sensors",
                name="hall",
                keys={"chip": "acs712", "channel": 0, "feeds": "none"},
                lacks=f"analogue: {{spi: {place}, range_a: 5, 20 or 30, supply_channel: 1}}",
            ),
        ),
    )
