"""Speak with an endpoint over a WebSocket (RFC 6455): a request and its reply are a message each.

Nothing is subscribed to, so nothing comes unasked but signs of life. No extension is offered, so
no message is compressed.
"""

import base64
import hashlib
import http.client
import io
import os
import struct

from node.ledger.chain.line import MOST_BYTES, BadReply, BadStatus, Line, TooLarge
from node.ledger.chain.over_http import Address, refuse_elsewhere, rest_s

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_SWITCHES = 101
_MOST_HEAD = 16 * 1024
_CONTINUED, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_FINAL, _MASKED, _RESERVED = 0x80, 0x80, 0x70
_CONTROL = 0x8
_LONGEST_CONTROL = 125
_TWO_BYTES, _EIGHT_BYTES = 126, 127
_LONGEST_IN_TWO = 0xFFFF


class OverWebsocket:
    """Talk over one WebSocket, which is greeted once and then kept."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def connect(self, until_s: float) -> Line:
        """Connect and greet, within the time.

        Raises:
            OSError: there is no connection, or it broke.
            BadReply: what listens there speaks no WebSocket, or lets nobody in.
        """
        line = self._address.connect(until_s)
        try:
            line.begin(until_s)
            self._greet(line)
        except BaseException:
            line.end()
            raise
        return line

    def talk(self, line: Line, body: bytes) -> tuple[bytes, bool]:
        """Send a message, and give the next one.

        Raises:
            OSError: the connection broke, or the time is over.
            BadReply: it is none that is read here.
        """
        line.sendall(_frame(_TEXT, body))
        return _message(line), True

    def _greet(self, line: Line) -> None:
        key = base64.b64encode(os.urandom(16))
        at = self._address
        host = f"[{at.host}]" if ":" in at.host else at.host
        lines = [
            f"GET {at.path} HTTP/1.1",
            f"Host: {host}:{at.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key.decode()}",
            "Sec-WebSocket-Version: 13",
            *(f"{name}: {value}" for name, value in at.headers.items()),
        ]
        line.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        status, headers = _head(line)
        refuse_elsewhere(status)
        if status != _SWITCHES:
            raise BadStatus(status, b"", rest_s(status, headers.get("Retry-After", "")))
        # SHA-1 is what the standard has; it shows that a WebSocket was meant, and nothing more.
        right = base64.b64encode(hashlib.sha1(key + _MAGIC, usedforsecurity=False).digest())
        if headers.get("Sec-WebSocket-Accept", "").strip().encode() != right:
            raise BadReply("no WebSocket: its greeting is not the answer to ours")
        if headers.get("Sec-WebSocket-Extensions"):
            raise BadReply("a WebSocket with an extension that was not asked for")


def _head(line: Line) -> tuple[int, http.client.HTTPMessage]:
    """Read the status and the headers of the greeting; what comes behind them is kept."""
    found = bytearray()
    while (end := found.find(b"\r\n\r\n")) < 0:
        if len(found) > _MOST_HEAD:
            raise BadReply("no WebSocket: its greeting does not end")
        found += line.some()
    line.give_back(bytes(found[end + 4 :]))
    first, _, rest = bytes(found[: end + 4]).partition(b"\r\n")
    version, _, behind = first.partition(b" ")
    digits = behind[:3]
    if not version.startswith(b"HTTP/1.") or len(digits) != 3 or not digits.isdigit():
        raise BadReply("no WebSocket: no HTTP reply")
    try:
        return int(digits), http.client.parse_headers(io.BytesIO(rest))
    except http.client.HTTPException as error:
        raise BadReply("no WebSocket: no HTTP reply") from error


def _frame(opcode: int, payload: bytes) -> bytes:
    """Give one whole frame, masked as a client's must be."""
    count = len(payload)
    head = bytearray([_FINAL | opcode])
    if count <= _LONGEST_CONTROL:
        head.append(_MASKED | count)
    elif count <= _LONGEST_IN_TWO:
        head += struct.pack(">BH", _MASKED | _TWO_BYTES, count)
    else:
        head += struct.pack(">BQ", _MASKED | _EIGHT_BYTES, count)
    mask = os.urandom(4)
    whole = int.from_bytes(payload) ^ int.from_bytes((mask * (count // 4 + 1))[:count])
    return bytes(head) + mask + whole.to_bytes(count)


def _message(line: Line) -> bytes:
    """Give the next message; answer signs of life before it."""
    pieces = bytearray()
    begun = False
    while True:
        first, second = line.exactly(2)
        opcode = first & 0x0F
        if first & _RESERVED or second & _MASKED:
            raise BadReply("no WebSocket's frame")
        payload = line.exactly(_length(line, second & 0x7F, opcode))
        if opcode == _CLOSE:
            raise ConnectionError("closed")
        if opcode == _PING:
            line.sendall(_frame(_PONG, payload))
        elif opcode in (_TEXT, _BINARY, _CONTINUED):
            if begun is not (opcode == _CONTINUED):
                raise BadReply("a WebSocket's frames that do not follow one another")
            begun = True
            pieces += payload
            if first & _FINAL:
                return bytes(pieces)
        elif opcode != _PONG:
            raise BadReply("no WebSocket's frame")


def _length(line: Line, told: int, opcode: int) -> int:
    if opcode & _CONTROL and told > _LONGEST_CONTROL:
        raise BadReply("no WebSocket's frame")
    if told == _TWO_BYTES:
        told = int(struct.unpack(">H", line.exactly(2))[0])
    elif told == _EIGHT_BYTES:
        told = int(struct.unpack(">Q", line.exactly(8))[0])
    if told > MOST_BYTES:
        raise TooLarge
    return told
