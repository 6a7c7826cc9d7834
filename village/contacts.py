"""Follow the relay's real contacts, as an ordinary client of its wire."""

import asyncio
import logging
import threading
from collections.abc import Callable

from node.core.errors import Refused
from node.core.wire.announcement import Announcement, read_relay_line
from node.core.wire.format import LONGEST_RELAY_LINE, Reply, write_line
from node.core.wire.lines import HelloLine

log = logging.getLogger(__name__)

AGAIN_AFTER_S = 0.2
ASK_EVERY_S = 0.06
"""Real seconds between an answer and the next question."""
STAY_EVERY_S = 20.0
"""The same for who only follows: the relay ends a line on which nothing is said for a minute."""


class ContactFollower:
    """Tell each change of the relay's contacts; a relay that is away has every contact at rest.

    `see` is given each state whole, None while the relay is away. With a clock `asks`, the relay
    is asked for a sign again and again: what it had announced by `answered_at_s` has been told.
    """

    def __init__(
        self,
        port: int,
        tell: Callable[[frozenset[int]], None],
        see: Callable[[Announcement | None], None] = lambda _state: None,
        asks: Callable[[], float] | None = None,
    ) -> None:
        self._port = port
        self._tell = tell
        self._see = see
        self._asks = asks
        self.answered_at_s = self._asked_at_s = asks() if asks is not None else 0.0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="contacts", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._task = self._loop.create_task(self._follow())
        self._thread.start()

    def close(self) -> None:
        """Stop following; may be called twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            log.debug("no longer following the contacts")
        finally:
            self._loop.close()

    async def _follow(self) -> None:
        while True:
            try:
                await self._converse()
            except (OSError, ValueError, Refused) as error:
                log.debug("the relay is away: %s", error)
            self._take(None)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _converse(self) -> None:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self._port, limit=LONGEST_RELAY_LINE
        )
        try:
            self._greet(writer)
            while line := await reader.readline():
                said = read_relay_line(line)
                if isinstance(said, Announcement):
                    self._take(said)
                elif isinstance(said, Reply):
                    self.answered_at_s = self._asked_at_s
                    every_s = ASK_EVERY_S if self._asks is not None else STAY_EVERY_S
                    self._loop.call_later(every_s, self._greet, writer)
        finally:
            writer.close()

    def _greet(self, writer: asyncio.StreamWriter) -> None:
        """Say hello, which is answered after all that the relay had to say before."""
        if writer.is_closing():
            return
        if self._asks is not None:
            self._asked_at_s = self._asks()
        writer.write(write_line(HelloLine(client="village")))

    def _take(self, state: Announcement | None) -> None:
        self._see(state)
        # An unpowered coil lets go: whatever it was told, a dead board is at rest.
        contacts = state.contacts if state is not None else ()
        self._tell(frozenset(contact.channel for contact in contacts if contact.closed))
