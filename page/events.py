"""Server-sent events: each open page has the newest picture, however slowly it reads.

A picture that was not sent yet is replaced by the next one, so nothing heaps up; whoever does not
read at all is let go.
"""

import asyncio
import contextlib
from collections.abc import Callable

from aiohttp import web

from page.follow import Followed, Said
from page.html import Html

MOST_OPEN = 96
SEND_WITHIN_S = 20.0
SIGN_OF_LIFE_S = 15.0


class Events:
    """Send what a program says to each page that shows it."""

    def __init__(self) -> None:
        self._open: set[asyncio.Task[object]] = set()

    def end_all(self) -> None:
        """Have every page ask anew: who may look may have changed."""
        for task in self._open:
            task.cancel()

    async def serve(
        self,
        request: web.Request,
        program: Followed,
        draw: Callable[[Said], Html],
        is_known: Callable[[], bool],
    ) -> web.StreamResponse:
        """Send each new picture as markup until the page goes, or is known no longer."""
        if len(self._open) >= MOST_OPEN:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "30"})
        task = asyncio.current_task()
        assert task is not None
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        response.headers["X-Accel-Buffering"] = "no"
        newest: asyncio.Queue[Said] = asyncio.Queue(1)

        def take(said: Said) -> None:
            if newest.full():
                newest.get_nowait()
            newest.put_nowait(said)

        stop = program.watch(take)
        self._open.add(task)
        try:
            take(program.said)
            await response.prepare(request)
            while is_known():
                await asyncio.wait_for(response.write(await _next(newest, draw)), SEND_WITHIN_S)
        except (ConnectionError, TimeoutError):
            request.protocol.force_close()
        except asyncio.CancelledError:
            # The server goes, or all pages are to ask anew.
            with contextlib.suppress(ConnectionError):
                request.protocol.force_close()
            raise
        finally:
            stop()
            self._open.discard(task)
        return response


async def _next(newest: "asyncio.Queue[Said]", draw: Callable[[Said], Html]) -> bytes:
    try:
        said = await asyncio.wait_for(newest.get(), SIGN_OF_LIFE_S)
    except TimeoutError:
        return b": still here\n\n"
    lines = draw(said).splitlines()
    return ("".join(f"data: {line}\n" for line in lines) + "\n").encode("utf-8", "replace")
