"""Play an MCP3008 on SPI, bit by bit (Microchip DS21295D, figure 6-1), and what hangs on it."""

import errno
from collections.abc import Mapping

from node.devices.bus.frames import pack_reply
from village.chips.played import ChipFault, Voltage

_STEPS = 1024


class PlayedMcp3008:
    """Convert the voltages of its channels against a reference; an open channel is at ground.

    A played SPI device as the bus server knows it: while `hung`, no transfer is answered.
    """

    def __init__(self, channels: Mapping[int, Voltage], reference_v: float = 3.3) -> None:
        self.fault: ChipFault | None = None
        self.hung = False
        self.stretch_s = 0.0
        self._channels = dict(channels)
        self._reference_v = reference_v
        self._held: dict[int, int] = {}

    def answer(self, body: bytes) -> bytes:
        """Exchange the bytes of one transfer, as a reply's frame."""
        if self.fault is ChipFault.NO_ANSWER:
            return pack_reply(errno.EIO, b"")
        return pack_reply(0, self.transfer(body))

    def transfer(self, data: bytes) -> bytes:
        """Clock bits in and out: start bit, single or differential, channel, null bit, ten bits."""
        bits = int.from_bytes(data, "big")
        width = 8 * len(data)
        if self.fault is ChipFault.ONES:
            return b"\xff" * len(data)
        if not bits:
            return bytes(len(data))
        start = bits.bit_length() - 1
        is_single, channel = bits >> start - 1 & 1, bits >> start - 4 & 7
        assert is_single, "nothing here reads differences"
        # One clock to sample, a null bit, then ten bits, the highest first.
        shift = start - 4 - 2 - 10
        assert 0 <= shift < width, "too few clocks for ten bits"
        return (self._converted(channel) << shift).to_bytes(len(data), "big")

    def _converted(self, channel: int) -> int:
        if self.fault is not ChipFault.STUCK or channel not in self._held:
            volts = self._channels[channel]() if channel in self._channels else 0.0
            step = int(volts / self._reference_v * _STEPS)
            self._held[channel] = max(0, min(_STEPS - 1, step))
        return self._held[channel]
