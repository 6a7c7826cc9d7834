"""The conversation with commands on the same machine: one JSON line asked, one answered.

The socket lies in the node's own state directory, so that only its account (and root) may ask.
"""

import asyncio
import contextlib
import json
import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from node.core.errors import Refused
from node.core.wire.json_text import read_json
from node.system.words import told

log = logging.getLogger(__name__)

SOCKET_NAME = "status.sock"
LONGEST_REQUEST = 1024
ANSWER_WITHIN_S = 5.0

Answer = Callable[[Mapping[str, object]], object]


class StatusServer:
    """Answer requests by the name under `do`."""

    def __init__(self, directory: Path, answers: Mapping[str, Answer]) -> None:
        self._directory = directory
        self._answers = answers
        self._server: asyncio.AbstractServer | None = None

    async def start(self) -> None:
        """Begin to listen; a socket left over from a crash is replaced.

        Raises:
            OSError: the directory cannot be written.
        """
        (self._directory / SOCKET_NAME).unlink(missing_ok=True)
        with _short_path(self._directory) as path:
            self._server = await asyncio.start_unix_server(self._serve, path, limit=LONGEST_REQUEST)
        (self._directory / SOCKET_NAME).chmod(0o600)

    async def start_if_it_can(self, program: str) -> None:
        """Begin to listen, or log why nobody on this machine can ask this program."""
        try:
            await self.start()
        except OSError as error:
            # A read-only card is a fault like others: told over MQTT, and no reason to be gone.
            log.error("nobody on this machine can ask this %s: %s", program, error)

    async def close(self) -> None:
        """Stop listening; may be called twice."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            # A card that has become read-only keeps the name; the next start replaces it.
            with contextlib.suppress(OSError):
                (self._directory / SOCKET_NAME).unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), ANSWER_WITHIN_S)
            writer.write(json.dumps(self._answer(line)).encode() + b"\n")
            await asyncio.wait_for(writer.drain(), ANSWER_WITHIN_S)
        except (TimeoutError, ConnectionError, ValueError) as error:
            log.debug("a status request failed: %s", error)
        finally:
            writer.close()

    def _answer(self, line: bytes) -> object:
        try:
            request = read_json(line)
            answer = self._answers[request["do"]]
            return {"answer": answer(request)}
        except (ValueError, KeyError, TypeError):
            return {"refused": f"ask for one of {', '.join(self._answers)}"}
        except (Refused, OSError) as error:
            return {"refused": told(error)}


def ask(
    directory: Path, request: Mapping[str, object], within_s: float = ANSWER_WITHIN_S
) -> object:
    """Ask the running node one thing; `within_s` is for each step of the conversation.

    Raises:
        Refused: no node answers there, or it refused.
    """
    try:
        with _short_path(directory) as path, socket.socket(socket.AF_UNIX) as link:
            link.settimeout(within_s)
            link.connect(path)
            link.sendall(json.dumps(request).encode() + b"\n")
            with link.makefile("rb") as lines:
                line = lines.readline()
    except OSError as error:
        raise Refused(
            "NodeAway", f"no running node answers in {directory} ({_why(error)})"
        ) from error
    return answer_in(line)


def _why(error: OSError) -> str:
    return error.strerror or str(error)


def answer_in(line: bytes) -> object:
    """Read the running node's reply.

    Raises:
        Refused: it refused, or it is no reply of a node's.
    """
    try:
        reply = read_json(line)
    except ValueError as error:
        raise Refused("NodeAway", f"no running node answers ({error})"[:200]) from error
    if not isinstance(reply, dict) or "answer" not in reply:
        said = reply.get("refused") if isinstance(reply, dict) else "no reply of a node's"
        raise Refused("NodeRefused", str(said))
    return reply["answer"]


@contextlib.contextmanager
def _short_path(directory: Path) -> Iterator[str]:
    # A socket's address holds 107 bytes (unix(7)); a path through a descriptor is always short.
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET_NAME}"
    finally:
        os.close(descriptor)
