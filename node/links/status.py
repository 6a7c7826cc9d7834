"""The conversation with commands and the page of this machine: one JSON line asked, one answered.

Who asks is read from the kernel. Root and the own user may say everything. Where systemd gave the
program a folder in /run, the socket stands there, and the folder's group may say a short list; in
the state directory a link leads to it. Elsewhere it stands in the state directory, and nobody else
may say anything.
"""

import asyncio
import contextlib
import inspect
import json
import logging
import os
import socket
import struct
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from node.core.errors import Refused
from node.core.wire.json_text import read_json
from node.system.words import told

log = logging.getLogger(__name__)

SOCKET_NAME = "status.sock"
LONGEST_REQUEST = 1024
ANSWER_WITHIN_S = 5.0
MOST_LINKS = 16
"""Conversations at one time: an answer may have a megabyte, and whoever asks not read it."""
RUNTIME_DIRECTORY = "RUNTIME_DIRECTORY"
"""The variable in which systemd names the folder that it made for a unit (systemd.exec(5))."""

_SO_PEERGROUPS = 59
"""As in Linux's asm-generic/socket.h: the groups of whoever connected, beside its first one."""
_MOST_GROUP_BYTES = 1024
"""What Python reads of an option at most; whoever has more groups is no viewer by them."""

Answer = Callable[[Mapping[str, object]], object]
"""Give what is answered, or wait for it; bytes are JSON already."""


class StatusServer:
    """Answer requests by the name under `do`; of those, `viewers_may` ask the named ones."""

    def __init__(
        self,
        directory: Path,
        answers: Mapping[str, Answer],
        viewers_may: Collection[str] = (),
    ) -> None:
        self._directory = directory
        self._answers = answers
        self._viewers_may = viewers_may
        self._viewers: int | None = None
        self._place = directory
        self._server: asyncio.AbstractServer | None = None
        self._links = 0

    async def start(self) -> None:
        """Begin to listen; a socket left over from a crash is replaced.

        Raises:
            OSError: the directory cannot be written.
        """
        given = os.environ.get(RUNTIME_DIRECTORY)
        self._place = Path(given) if given else self._directory
        (self._place / SOCKET_NAME).unlink(missing_ok=True)
        with _short_path(self._place) as path:
            self._server = await asyncio.start_unix_server(self._serve, path, limit=LONGEST_REQUEST)
        found = self._place / SOCKET_NAME
        if given:
            # The folder hands its group on to what is made in it (its set-group-ID bit).
            self._viewers = found.stat().st_gid
            found.chmod(0o660)
            self._lead_there()
        else:
            found.chmod(0o600)

    def _lead_there(self) -> None:
        link = self._directory / SOCKET_NAME
        try:
            link.unlink(missing_ok=True)
            link.symlink_to(self._place / SOCKET_NAME)
        except OSError as error:
            log.error("commands do not find the socket in %s: %s", self._place, error)

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
            for place in {self._place, self._directory}:
                # A card that has become read-only keeps the name; the next start replaces it.
                with contextlib.suppress(OSError):
                    (place / SOCKET_NAME).unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._links >= MOST_LINKS:
            writer.close()
            return
        self._links += 1
        try:
            line = await asyncio.wait_for(reader.readline(), ANSWER_WITHIN_S)
            may = self._may(writer.get_extra_info("socket"))
            writer.write(await self._answer(line, may) + b"\n")
            await asyncio.wait_for(writer.drain(), ANSWER_WITHIN_S)
        except (TimeoutError, ConnectionError, ValueError) as error:
            log.debug("a status request failed: %s", error)
            # What nobody reads would be held for as long as it pleases whoever asked.
            writer.transport.abort()
        finally:
            self._links -= 1
            writer.close()

    def _may(self, link: socket.socket) -> Collection[str]:
        """Give what whoever connected may ask."""
        user, group = _user_and_group(link)
        if user in (0, os.geteuid()):
            return tuple(self._answers)
        if self._viewers is not None and self._viewers in (group, *_further_groups(link)):
            return self._viewers_may
        return ()

    async def _answer(self, line: bytes, may: Collection[str]) -> bytes:
        try:
            request = read_json(line)
            name = request["do"]
            if name in self._answers and name not in may:
                return _line({"refused": f"your user may not ask this program to do {name}"})
            answer = self._answers[name](request)
            if inspect.isawaitable(answer):
                answer = await answer
            if not isinstance(answer, bytes):
                return _line({"answer": answer})
            return b'{"answer": ' + answer + b"}"
        except (ValueError, KeyError, TypeError):
            return _line({"refused": f"ask for one of {', '.join(may)}"})
        except (Refused, OSError) as error:
            return _line({"refused": told(error)})


def _line(reply: Mapping[str, object]) -> bytes:
    return json.dumps(reply).encode()


def _user_and_group(link: socket.socket) -> tuple[int, int]:
    """Read from the kernel whose process connected (SO_PEERCRED of unix(7))."""
    credentials = struct.Struct("iII")
    found = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, credentials.size)
    _process, user, group = credentials.unpack(found)
    return user, group


def _further_groups(link: socket.socket) -> tuple[int, ...]:
    """Read its other groups, as they were when it connected."""
    try:
        found = link.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _MOST_GROUP_BYTES)
    except OSError:
        return ()
    return tuple(group for (group,) in struct.iter_unpack("I", found))


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
