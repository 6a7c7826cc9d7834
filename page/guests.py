"""Bound the open connections, and how long each may take: a crowd keeps out only itself.

The library bounds lines, headers and bodies; it waits without end for their last byte, and for
somebody to read what it says. Here one deadline lies over all of that, whatever bytes drip in.
"""

import asyncio
import logging
from collections import Counter
from http import HTTPStatus

from aiohttp import web

log = logging.getLogger(__name__)

MOST_GUESTS = 256
MOST_PER_ADDRESS = 160
WAITS_S = 20.0
"""From the end of one answer's making until the next whole request is here."""


class Guests:
    """Hold the open connections, oldest first."""

    def __init__(self) -> None:
        self._all: dict[Guest, None] = {}

    def admit(self, guest: "Guest") -> None:
        """Take a connection in; where there are too many, the longest idle of a crowd goes.

        Where none is idle, the new one goes.
        """
        per_address = Counter(one.address for one in self._all)
        if per_address[guest.address] >= MOST_PER_ADDRESS:
            self._make_room([one for one in self._all if one.address == guest.address], guest)
        elif len(self._all) >= MOST_GUESTS:
            most = max(per_address.values())
            self._make_room([one for one in self._all if per_address[one.address] == most], guest)
        if not guest.is_gone:
            self._all[guest] = None

    def leave(self, guest: "Guest") -> None:
        """Forget a connection; may be called twice."""
        self._all.pop(guest, None)

    def end_all(self) -> None:
        """End every connection, also one that would go on for ever."""
        for guest in tuple(self._all):
            guest.end()

    def __len__(self) -> int:
        return len(self._all)

    def _make_room(self, of: list["Guest"], newest: "Guest") -> None:
        gone = next((one for one in of if not one.is_served), newest)
        self.leave(gone)
        gone.end()


class Guest(web.RequestHandler):
    """Be one connection: it ends unless a whole request comes in time, again and again."""

    __slots__ = ("_guests", "_late", "address", "is_gone", "is_served")

    def __init__(self, guests: Guests, server: web.Server, loop: asyncio.AbstractEventLoop) -> None:
        # A log of each request would wear the card, and an error in one is the guest's own.
        super().__init__(server, loop=loop, access_log=None, max_headers=64, lingering_time=2.0)  # type: ignore[arg-type]
        self._guests = guests
        self._late: asyncio.TimerHandle | None = None
        self.address = ""
        self.is_served = False
        self.is_gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self.rest()
        self._guests.admit(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Leave."""
        self._guests.leave(self)
        self._cancel()
        super().connection_lost(exc)

    def serve(self) -> None:
        """A whole request's head is here: what is done with it has a deadline of its own."""
        self.is_served = True
        self._cancel()

    def rest(self) -> None:
        """An answer is made: it must be read, and the next request be here, in time."""
        self.is_served = False
        self._cancel()
        self._late = asyncio.get_running_loop().call_later(WAITS_S, self.end)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Say that a request is none, or that its answer failed, in a word; what failed is ours."""
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("%s %s failed", request.method, request.path, exc_info=exc)
        response = web.Response(
            status=status, text=f"{HTTPStatus(status).phrase}\n", headers={"Server": "peerwatt"}
        )
        response.force_close()
        return response

    def end(self) -> None:
        """End the connection, whatever is under way."""
        self.is_gone = True
        self._cancel()
        if self.transport is not None:
            self.transport.abort()

    def _cancel(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
