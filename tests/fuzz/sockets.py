"""Real sockets for targets: a server that answers with an input, and a loop on its own thread."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import psutil

ANSWER_WITHIN_S = 20.0
"""A guard against hanging: nothing here waits for anybody."""
MOST_FILES = 200
_BIND_WITHOUT_PORT = 24
_ADDRESSES = 250


class LoopThread:
    """Run an asyncio loop on a thread, and keep what went wrong there."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda _, told: self.failures.append(str(told)))
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Have it do something, and wait for the end."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWER_WITHIN_S)


class Answering:
    """Accept one connection after the other; to each say what `answer` holds, and close it.

    What is asked is read until `ends_with` or the end, so that no answer is lost to a reset.
    """

    def __init__(self, listening: socket.socket, ends_with: bytes) -> None:
        self.answer = b""
        self._listening = listening
        self._ends_with = ends_with
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            link, _ = self._listening.accept()
            with link, contextlib.suppress(OSError):
                link.settimeout(ANSWER_WITHIN_S)
                asked = b""
                while self._ends_with not in asked and (piece := link.recv(65_536)):
                    asked += piece
                link.sendall(self.answer)


def connect_from(number: int, port: int) -> socket.socket:
    """Connect to a port of this machine from one of many of its addresses.

    No one of them runs out of ports, though each connection lingers for a minute.
    """
    link = socket.socket()
    link.settimeout(ANSWER_WITHIN_S)
    link.setsockopt(socket.IPPROTO_IP, _BIND_WITHOUT_PORT, 1)
    link.bind((f"127.0.{1 + number % _ADDRESSES}.{1 + number // _ADDRESSES % _ADDRESSES}", 0))
    link.connect(("127.0.0.1", port))
    return link


def ensure_few_files() -> None:
    """See that this process does not keep its connections open."""
    assert psutil.Process().num_fds() < MOST_FILES, "connections stay open"


def listen_at(path: Path) -> socket.socket:
    """Listen on a socket in the file system."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()
    return listening
