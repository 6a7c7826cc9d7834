"""Be an endpoint over a WebSocket or a socket of this machine that answers with whatever it likes.

Each connection has a thread; `say` answers one request, in the stream's own way.
"""

import base64
import contextlib
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

Say = Callable[[socket.socket, list[dict[str, Any]]], None]
Serve = Callable[["RawStream", socket.socket], None]


class RawStream:
    """Listen, let `say` answer each request; count them, and keep each greeting's head."""

    def __init__(self, listener: socket.socket, serve: Serve, say: Say) -> None:
        self.say = say
        self.asked = 0
        self.heads: list[str] = []
        self._listener, self._serve = listener, serve
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening, and break every connection."""
        for sock in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def hang_up(self) -> None:
        """Break the connections that stand; go on listening."""
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self._open.append(sock)
                threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError):
            self._serve(self, sock)

    def answer(self, sock: socket.socket, body: bytes) -> None:
        """Let `say` answer a request."""
        asked = json.loads(body)
        self.asked += 1
        self.say(sock, asked if isinstance(asked, list) else [asked])


@contextlib.contextmanager
def websocket(say: Say) -> Iterator[tuple[str, RawStream]]:
    """Run an endpoint over WebSockets for a while; give its address, too."""
    listener = socket.create_server(("127.0.0.1", 0))
    stream = RawStream(listener, _serve_websocket, say)
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/", stream
    finally:
        stream.close()


@contextlib.contextmanager
def machine_socket(path: Path, say: Say) -> Iterator[tuple[str, RawStream]]:
    """Run an endpoint over a socket of this machine for a while; give its address, too."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    stream = RawStream(listener, _serve_lines, say)
    try:
        yield f"unix:{path}", stream
    finally:
        stream.close()


def frame(payload: bytes, first: int = 0x81) -> bytes:
    """Give one frame as a server sends it; `first` is its final bit and its opcode."""
    if len(payload) < 126:
        return bytes([first, len(payload)]) + payload
    if len(payload) < 65_536:
        return struct.pack(">BBH", first, 126, len(payload)) + payload
    return struct.pack(">BBQ", first, 127, len(payload)) + payload


def _serve_websocket(stream: RawStream, sock: socket.socket) -> None:
    file = sock.makefile("rb")
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += _some(file.readline())
    stream.heads.append(head.decode())
    key = next(
        line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")
    )
    accept = base64.b64encode(hashlib.sha1(key.split(b": ")[1] + _MAGIC).digest())
    sock.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    while True:
        first, second = _some(file.read(2))
        assert second & 0x80, "a client's frames are masked"
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", file.read(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", file.read(8))
        mask = file.read(4)
        payload = bytes(b ^ mask[n % 4] for n, b in enumerate(file.read(length)))
        if first & 0x0F == 0x1:
            stream.answer(sock, payload)


def _serve_lines(stream: RawStream, sock: socket.socket) -> None:
    file = sock.makefile("rb")
    while True:
        stream.answer(sock, _some(file.readline()))


def _some(data: bytes) -> bytes:
    if not data:
        raise EOFError
    return data
