"""Follow the relay's real contacts, as an ordinary client of its wire."""

import asyncio
import logging
import threading
from collections.abc import Callable

from node.core.announcement import Announcement
from node.core.errors import NodeError
from node.links.relay_state import follow_states

log = logging.getLogger(__name__)

AGAIN_AFTER_S = 0.2


class ContactFollower:
    """Tell each change of the relay's contacts; a relay that is away has every contact at rest."""

    def __init__(self, port: int, tell: Callable[[frozenset[int]], None]) -> None:
        self._port = port
        self._tell = tell
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
                async for state in follow_states("127.0.0.1", self._port, "village"):
                    self._tell(_energised(state))
            except (NodeError, OSError) as error:
                log.debug("the relay is away: %s", error)
            # An unpowered coil lets go: whatever it was told, a dead board is at rest.
            self._tell(frozenset())
            await asyncio.sleep(AGAIN_AFTER_S)


def _energised(state: Announcement) -> frozenset[int]:
    return frozenset(contact.channel for contact in state.contacts if contact.closed)
