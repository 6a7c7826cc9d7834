"""A broker of the tests' own, which sends a client whatever bytes it is given."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CONNACK = b"\x20\x03\x00\x00\x00"
OLDER_REFUSAL = b"\x20\x02\x00\x01"


def packet(kind: int, body: bytes) -> bytes:
    """Frame a packet: its length in seven bits a byte."""
    length, size = len(body), bytearray()
    while True:
        size.append(length & 0x7F | (0x80 if length > 0x7F else 0))
        length >>= 7
        if not length:
            return bytes((kind,)) + bytes(size) + body


def publish(topic: bytes, payload: bytes, number: int = 0, properties: bytes = b"") -> bytes:
    """Write a PUBLISH of MQTT 5, with QoS 1 where it has a number."""
    body = len(topic).to_bytes(2) + topic + (number.to_bytes(2) if number else b"")
    return packet(0x32 if number else 0x30, body + packet(0, properties)[1:] + payload)


def text(value: str) -> bytes:
    """Write a counted text, as properties hold it."""
    octets = value.encode()
    return len(octets).to_bytes(2) + octets


class RogueBroker:
    """Answer each CONNECT with `answer`, then send what `say` is given; keep all it hears."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.heard = bytearray()
        self.connects = 0
        self._links: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def say(self, data: bytes) -> None:
        """Send to whoever came last."""
        with suppress(OSError):
            self._links[-1].sendall(data)

    def cut(self) -> None:
        """End every connection."""
        for link in self._links:
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
            link.close()

    def close(self) -> None:
        """Listen no more."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                link, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        with suppress(OSError):
            link.recv(4096)
            self.connects += 1
            # Before the answer: who hears it may be spoken to at once.
            self._links.append(link)
            link.sendall(self.answer)
            while data := link.recv(65_536):
                self.heard += data


@contextmanager
def rogue_broker(answer: bytes = CONNACK) -> Iterator[RogueBroker]:
    """Run one for a while."""
    broker = RogueBroker(answer)
    try:
        yield broker
    finally:
        broker.close()
