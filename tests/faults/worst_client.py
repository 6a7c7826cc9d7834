"""Do a home's worst at the street's broker, with a user and a password of its own, until stopped.

    python -m tests.faults.worst_client PORT USER PASSWORD COMMUNITY RELAY SEED

Any packet, size and rate, retained or not: what MQTT allows, what the rules forbid, and no MQTT.
"""

import random
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

from install.broker_rules import HOME_WRITES
from tests.parts.rogue_broker import packet, text

STRANGE = b"\x26" + text("\ufeff") + text("\ufeff")
LARGEST = 131_072
SIZES = (0, 64, 200, 200, 200, 200, 4096, 60_000, LARGEST - 64)
MESSAGES = 2000


class WorstClient:
    """Hold one connection at a time, and what it may be used for."""

    def __init__(self, port: int, user: str, password: str, street: str, relay: str) -> None:
        self._port = port
        self._login = (user, password)
        own = f"{street}/{user}"
        self._allowed = [
            *(f"{own}/{topic}" for topic in HOME_WRITES),
            *[f"{own}/receipt/{place}" for place in range(8)] * 4,
            *[f"{street}/{relay}/command"] * 4,
        ]
        self._forbidden = [
            f"{street}/home1/command/own_source",
            f"{street}/home2/state",
            f"{street}/{relay}/state",
            f"{own}/endless",
            "$SYS/broker/uptime",
            "slashless",
        ]

    def run(self, chance: random.Random) -> None:
        """Connect again and again, whatever becomes of it."""
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 5) as link:
                link.settimeout(2)
                link.sendall(self._connect(chance))
                link.recv(64)
                for sent in self._evil(chance):
                    link.sendall(sent)
                    self._drain(link)
            time.sleep(0.01)

    def _connect(self, chance: random.Random) -> bytes:
        user, password = self._login
        other = chance.choice(("peerwatt-village-home1", "peerwatt-village-board", "x"))
        expiry = b"\x05\x11\xff\xff\xff\xff"
        body = text("MQTT") + b"\x05\xc2\x00\x3c" + expiry + text(other)
        return packet(0x10, body + text(user) + text(password))

    def _evil(self, chance: random.Random) -> Iterator[bytes]:
        """Give what one connection sends; the broker ends it at the first thing that is no MQTT."""
        mood = chance.choice(("allowed", "allowed", "allowed", "forbidden", "large", "nonsense"))
        if mood == "nonsense":
            yield chance.choice((chance.randbytes(4000), packet(0x30, text("") + b"\x00x")))
            return
        if mood == "large":
            yield self._message(chance, self._allowed, 2 * LARGEST)
            return
        if chance.random() < 0.2:
            yield packet(0x82, b"\x00\x01\x00" + text("#") + b"\x01")
        topics = self._allowed if mood == "allowed" else self._forbidden
        for _ in range(MESSAGES):
            yield self._message(chance, topics, chance.choice(SIZES))

    def _message(self, chance: random.Random, topics: list[str], size: int) -> bytes:
        topic = chance.choice(topics).encode()
        payload = self._receipt(chance) if size == 200 else chance.randbytes(64) * (size // 64)
        qos, retain = chance.choice((0, 0, 1, 2)), chance.choice((0, 1))
        properties = STRANGE * chance.choice((0, 0, 1, 100))
        number = (chance.randrange(1, 2**16)).to_bytes(2) if qos else b""
        body = len(topic).to_bytes(2) + topic + number + packet(0, properties)[1:] + payload
        return packet(0x30 | qos << 1 | retain, body)

    def _receipt(self, chance: random.Random) -> bytes:
        one, other = ("0x" + bytes(chance.randbytes(20)).hex() for _ in range(2))
        number, drawn = chance.randrange(2**32), chance.randrange(2**40)
        signed = f'"number":{number},"drawn_milliwh":{drawn},"signature":"0x{"5a" * 65}"'
        return f'{{"buyer":"{one}","seller":"{other}",{signed}}}'.encode()

    def _drain(self, link: socket.socket) -> None:
        link.setblocking(False)
        with suppress(BlockingIOError):
            if not link.recv(65_536):
                raise ConnectionResetError
        link.settimeout(2)


if __name__ == "__main__":
    port, user, password, community, relay, seed = sys.argv[1:]
    client = WorstClient(int(port), user, password, f"peerwatt/{community}", relay)
    client.run(random.Random(int(seed)))
