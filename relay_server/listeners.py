"""Tell every listener the state: at once when a contact moved, soon or later for the rest."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from relay_server.guests import Guests

if TYPE_CHECKING:
    from relay_server.mqtt import RelayMqtt

RENEWALS_EVERY_S = 1.0


class Listeners:
    """Push the state line to each open JSON connection, and keep it on the state topic."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, guests: Guests, state_line: Callable[[], bytes]
    ) -> None:
        self._loop = loop
        self._guests = guests
        self._state_line = state_line
        self._soon: asyncio.Handle | None = None
        self._later: asyncio.TimerHandle | None = None
        self.mqtt: RelayMqtt | None = None

    def tell_now(self) -> None:
        """Tell at once; what was due to be told is told with it."""
        self.close()
        line = self._state_line()
        for session in self._guests.all():
            if session.speaks_json:
                session.send(line)
        if self.mqtt is not None:
            self.mqtt.publish_state(line)

    def tell_soon(self) -> None:
        """Tell in the loop's next turn."""
        if self._soon is None:
            self._soon = self._loop.call_soon(self.tell_now)

    def tell_later(self) -> None:
        """Tell within a second: many renewals are one news."""
        if self._later is None:
            self._later = self._loop.call_later(RENEWALS_EVERY_S, self.tell_now)

    def close(self) -> None:
        """Tell nothing that was due; may be called twice."""
        if self._soon is not None:
            self._soon.cancel()
        if self._later is not None:
            self._later.cancel()
        self._soon = self._later = None
