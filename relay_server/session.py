"""Carry one TCP connection: find out which wire it speaks, cut its bytes, bound its patience.

Nothing a client sends or leaves unsent can hold up another: one line a turn, bounded buffers both
ways, and a deadline for whatever was begun.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Protocol

from node.core.errors import Refused
from node.core.wire.format import LONGEST_LINE, OK, Reply, refusal_of, write_reply
from node.system.seldom import Seldom
from relay_server import ancestor

BEGIN_WITHIN_S = 5.0
FINISH_WITHIN_S = 5.0
IDLE_S = 60.0
"""A node says hello after 5 s of silence, so who says nothing for so long is gone."""
MOST_UNREAD_BYTES = 256 * 1024
MOST_STRIKES = 32
# A client whose host has vanished is noticed after about a minute.
ALIVE_AFTER_S, ALIVE_EVERY_S, ALIVE_TRIES = 30, 10, 3

# Refusals of the line itself; a policy's "no" to a known account is never a strike.
_POLICY = frozenset(
    {
        OK, "StaleSequence", "NoConsent", "SourceBusy", "SourceOverloaded", "LoadHasSource",
        "ChainOfSources", "PolesShared", "WrongBoot", "LeaseOutOfRange", "ConsentOutOfRange",
        "ContactStuck", "ClosedTooOften", "StaleNonce",
    }
)  # fmt: skip

_log = logging.getLogger(__name__)
_unread, _bad = (Seldom(_log, logging.INFO) for _ in range(2))


class Host(Protocol):
    """What a session needs of the server."""

    def admit(self, session: "Session") -> bool:
        """Say whether this connection may stay."""
        ...

    def know(self, session: "Session") -> None:
        """Take note that a signed line of this connection was accepted."""
        ...

    def leave(self, session: "Session") -> None:
        """Forget a connection."""
        ...

    def catch_up(self) -> None:
        """Let what is overdue happen before more is heard."""
        ...

    def state_line(self) -> bytes:
        """Give the whole state, as it is now."""
        ...

    def take_line(self, line: bytes) -> Reply:
        """Obey a JSON line."""
        ...

    def read_contacts(self, channels: tuple[int, ...]) -> bytes | None:
        """Answer an ancestor's reading, or None where a channel does not exist."""
        ...

    def switch(
        self, address: str, switches: tuple[tuple[int, bool], ...], answer: Callable[[bool], None]
    ) -> None:
        """Obey an ancestor's switches, and answer once the contacts stand as asked."""
        ...


class Session(asyncio.Protocol):
    """Serve one client until it leaves or misbehaves."""

    def __init__(self, host: Host, loop: asyncio.AbstractEventLoop) -> None:
        self._host = host
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._deadline: asyncio.TimerHandle | None = None
        self._working = False
        self._ended = False
        self._is_asked = False
        self._begun_s = 0.0
        self._strikes = 0
        self._is_finishing = False
        self.address = ""
        self.speaks_json = False
        self.account = ""
        self.is_refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, if there is room."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]).removeprefix("::ffff:") if peer else ""
        if not self._host.admit(self):
            transport.abort()
            return
        _keep_alive(transport)
        self._begun_s = self._loop.time()
        self._give(BEGIN_WITHIN_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it all; a contact is never moved because a client left."""
        self._transport = None
        self._give(None)
        self._host.leave(self)

    def data_received(self, data: bytes) -> None:
        """Take bytes; the first two decide which wire this is."""
        self._host.catch_up()
        self._buffer += data
        if self.speaks_json:
            self._work()
        elif self._buffer.startswith(b'{"'):
            self.speaks_json = True
            self.send(self._host.state_line())
            self._work()
        elif self._buffer != b"{":
            self._take_ancestor()

    def eof_received(self) -> bool:
        """Answer what was asked before the client said its last; keep the way back open so long."""
        self._ended = True
        if self.speaks_json:
            self._work()
        elif self._buffer:
            self._answer_ancestor()
        return self.speaks_json or self._is_asked

    def send(self, line: bytes) -> None:
        """Send a line; a client that does not read is let go."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(line)
        if transport.get_write_buffer_size() > MOST_UNREAD_BYTES:
            _unread.say("%s does not read what it is sent: let go", self.address)
            transport.abort()

    def close(self) -> None:
        """Say no more; what was said is still delivered."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Let go at once."""
        if self._transport is not None:
            self._transport.abort()

    def _give(self, seconds: float | None, then: Callable[[], None] | None = None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = (
            None if seconds is None else self._loop.call_later(seconds, then or self.abort)
        )

    def _work(self) -> None:
        # One line a turn of the loop, and no reading ahead: a flood waits for everybody else.
        if not self._working:
            self._work_on()

    def _work_on(self) -> None:
        self._working = False
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        end = self._buffer.find(b"\n")
        if end > LONGEST_LINE or (end < 0 and len(self._buffer) > LONGEST_LINE):
            self._buffer.clear()
            self._refuse_and_close()
            return
        if end < 0 and self._ended:
            self.close()
            return
        if end < 0:
            transport.resume_reading()
            if self._buffer:
                self._finish_soon()
            return
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._is_finishing = False
        self._give(IDLE_S)
        self._take_line(line)
        if self._buffer or self._ended:
            transport.pause_reading()
            self._working = True
            self._loop.call_soon(self._work_on)
        else:
            transport.resume_reading()

    def _finish_soon(self) -> None:
        # Once begun a line ends in time, however its bytes come.
        if not self._is_finishing:
            self._is_finishing = True
            self._give(FINISH_WITHIN_S)

    def _take_line(self, line: bytes) -> None:
        reply = self._host.take_line(line)
        self.send(write_reply(reply))
        if reply.name == OK and reply.account:
            self.account = reply.account
            self._host.know(self)
        # Whoever repeats what was overheard is heard, and is the first to make room.
        self.is_refused = reply.name != OK
        if reply.name in _POLICY:
            self._strikes = 0
            return
        self._strikes += 1
        if self._strikes >= MOST_STRIKES:
            _bad.say("%s sent %d bad lines in a row: let go", self.address, self._strikes)
            self.close()

    def _refuse_and_close(self) -> None:
        refused = Refused("LineTooLong", f"a line has at most {LONGEST_LINE} bytes")
        self.send(write_reply(refusal_of("line", refused)))
        self.close()

    def _take_ancestor(self) -> None:
        message = bytes(self._buffer)
        if len(message) > ancestor.LONGEST_MESSAGE or ancestor.is_complete(message):
            self._answer_ancestor()
        else:
            left_s = self._begun_s + FINISH_WITHIN_S - self._loop.time()
            self._give(max(0.0, min(ancestor.SILENCE_S, left_s)), self._answer_ancestor)

    def _answer_ancestor(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.pause_reading()
        self._is_asked = True
        message = bytes(self._buffer)
        self._buffer.clear()
        self._give(None)
        try:
            match ancestor.read_message(message):
                case ancestor.ReadContacts(channels=channels):
                    self._answer_reading(channels)
                case ancestor.SwitchContacts(switches=switches):
                    self._host.switch(self.address, switches, self._answer_switch)
        except Refused as refused:
            _log.debug("%s: %s", self.address, refused.sentence)
            self._answer_switch(False)

    def _answer_reading(self, channels: tuple[int, ...]) -> None:
        answer = self._host.read_contacts(channels)
        self.send(ancestor.switched_text(False) if answer is None else answer)
        self.close()

    def _answer_switch(self, done: bool) -> None:
        self.send(ancestor.switched_text(done))
        self.close()


def _keep_alive(transport: asyncio.Transport) -> None:
    link: socket.socket | None = transport.get_extra_info("socket")
    if link is not None:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, ALIVE_AFTER_S)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, ALIVE_EVERY_S)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, ALIVE_TRIES)
