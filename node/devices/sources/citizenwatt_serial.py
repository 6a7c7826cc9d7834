"""Listen to CitizenWatt's Arduino: the radio's packets as they come, sixteen encrypted bytes each.

Nothing frames them, but a sensor is silent for seconds behind each: what lies between two silences
is one packet. Its key is the sixteen bytes printed on the base (AES-128, each packet by itself).
Nothing says whether a key is right but what comes of it: a timer that does not rise is a packet
that somebody plays again, or no packet, and is not believed.
"""

import struct
from collections.abc import Iterator

from Crypto.Cipher import AES

from node.devices.sources.own_thread import OwnThread
from node.devices.sources.streamed import streamed
from node.devices.sources.surroundings import Surroundings, password_of
from node.devices.sources.told import Told
from node.parameters.sections.source import DataSource

BAUD = 57_600
PACKET = struct.Struct("<HHHLlH")
"""Watts, voltage, battery, timer, and what this has no use for."""


def make(name: str, source: DataSource, around: Surroundings) -> OwnThread:
    """Build it; nothing is opened before its first sample."""
    return streamed(name, source, around, Packets(source).feed, baud=BAUD, port=0)


class Packets:
    """Cut packets out of what comes, and read them."""

    def __init__(self, source: DataSource) -> None:
        self._source = source
        self._waiting = b""
        self._timer = -1

    def feed(self, piece: bytes) -> Iterator[Told]:
        """Take what came, nothing being a silence; give what a packet before it tells.

        Raises:
            ValueError: it was no packet, it was played again, or there is no key.
            OSError: the key's file cannot be read.
        """
        if piece:
            self._waiting = (self._waiting + piece)[: PACKET.size + 1]
            return
        packet, self._waiting = self._waiting, b""
        if not packet:
            return
        if len(packet) != PACKET.size:
            raise ValueError(f"between two silences came no packet of {PACKET.size} bytes")
        power_w, _, _, timer, _, _ = PACKET.unpack(self._decrypted(packet))
        if timer <= self._timer:
            raise ValueError(f"a packet's timer is {timer} after {self._timer}: it is played again")
        self._timer = timer
        yield Told(power_w=float(power_w))

    def _decrypted(self, packet: bytes) -> bytes:
        try:
            cipher = AES.new(bytes.fromhex(password_of(self._source) or ""), AES.MODE_ECB)
        except ValueError:
            raise ValueError("password_file must hold the key: 32 hexadecimal digits") from None
        plain: bytes = cipher.decrypt(packet)
        return plain
