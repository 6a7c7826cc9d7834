"""The page's program: it listens, lets people in, and shows what the programs here say.

Until a password is set it listens on the loopback alone, then where the parameters say.
"""

import asyncio
import logging
import resource
from collections.abc import Awaitable, Callable

from aiohttp import web

from node.core.errors import Refused
from node.system import service
from node.system.program import Program, carry_out
from node.system.words import told
from page.door import Door
from page.events import Events
from page.files import Files
from page.follow import Programs
from page.guard import MOST_BODY, Guard, Handler, before_all, names_of_here
from page.guests import Guest, Guests
from page.homes import Homes
from page.metrics import Metrics
from page.parameters import Parameters
from page.password import PasswordFile
from page.views.frame import up_of

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
TURN_S = 0.5
_BACKLOG = 128
_HANDSHAKE_S = 10.0


def run_page(parameters: Parameters) -> None:
    """Run the page until it is told to stop.

    Raises:
        ConfigError: the certificate cannot be used.
        Refused: it cannot listen there.
    """
    carry_out(_run(parameters), None)


async def _run(parameters: Parameters) -> None:
    server = Server(parameters)
    await Program(lambda: None).run(server, opening=(server.open,), closing=(server.close,))


class Server:
    """Serve the pages."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._tls = parameters.tls()
        self._programs = Programs(parameters.programs, parameters.ask_every_s)
        self._events = Events()
        self._homes = Homes(self._programs, self._events, self._is_known)
        self._guests = Guests()
        self._door = Door(
            PasswordFile(parameters.state_directory),
            parameters.session_h * 3600.0,
            parameters.prefix,
            self._move_soon,
        )
        names = names_of_here(parameters.hosts)
        self._guard = Guard(names, parameters.framed_by, lambda: self._door.has_password)
        self._files = Files()
        self._metrics = Metrics(
            self._programs.all, is_on=parameters.metrics, token=parameters.metrics_token
        )
        self._runner = web.AppRunner(self._application(), access_log=None)
        self._listening: asyncio.Server | None = None
        self._listens_at = ""
        self._stopping = asyncio.Event()
        self._moves = asyncio.Event()

    async def open(self) -> None:
        """Begin to listen.

        Raises:
            Refused: the address or the port cannot be had.
        """
        # Each connection is a file; 1,000 at once must not take those that are needed here.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        await self._runner.setup()
        await self._listen()

    async def run(self) -> None:
        """Go on until `stop`: ask the programs, and see whether the password was changed."""
        while not self._stopping.is_set():
            self._door.look()
            if self._moves.is_set():
                self._moves.clear()
                await self._listen()
            self._programs.go_on()
            self._homes.go_on()
            service.watchdog()
            try:
                await asyncio.wait_for(self._stopping.wait(), TURN_S)
            except TimeoutError:
                continue

    def stop(self) -> None:
        """Ask for the end."""
        self._stopping.set()

    async def close(self) -> None:
        """Let everybody go."""
        if self._listening is not None:
            self._listening.close()
        self._events.end_all()
        self._guests.end_all()
        self._door.close()
        self._programs.close()
        await self._runner.cleanup()

    def _is_known(self, request: web.Request) -> bool:
        return self._door.is_known(request)

    def _move_soon(self) -> None:
        self._events.end_all()
        self._moves.set()

    async def _listen(self) -> None:
        address = self._parameters.listen if self._door.has_password else LOOPBACK
        if address == self._listens_at:
            return
        if self._listening is not None:
            # Both may want the same port; connections that stand are not ended by this.
            self._listening.close()
        running, web_server = asyncio.get_running_loop(), self._runner.server
        assert web_server is not None
        port = self._parameters.port
        try:
            self._listening = await running.create_server(
                lambda: Guest(self._guests, web_server, running),
                address,
                port,
                ssl=self._tls,
                backlog=_BACKLOG,
                ssl_handshake_timeout=_HANDSHAKE_S if self._tls else None,
            )
        except OSError as error:
            raise Refused("NoPort", f"listen {address}, port {port}: {told(error)}") from error
        self._listens_at = address
        scheme = "https" if self._tls else "http"
        shown = f"[{address}]" if ":" in address else address
        log.info("the page is at %s://%s:%d%s/", scheme, shown, port, self._parameters.prefix)

    def _application(self) -> web.Application:
        middlewares = [before_all(self._guard.pass_it), before_all(self._only_known)]
        application = web.Application(middlewares=middlewares, client_max_size=MOST_BODY)
        prefix = self._parameters.prefix
        application["prefix"] = prefix
        application.on_response_prepare.append(self._guard.dress)
        routes: dict[tuple[str, str], Callable[[web.Request], Awaitable[web.StreamResponse]]] = {
            ("GET", "/login"): self._door.show,
            ("POST", "/login"): self._door.log_in,
            ("GET", "/first"): self._door.show,
            ("POST", "/first"): self._door.set_first,
            ("POST", "/logout"): self._door.log_out,
            ("GET", "/static/{name}"): self._files.serve,
            ("GET", "/metrics"): self._metrics.serve,
            **self._homes.routes(),
        }
        for (method, path), handler in routes.items():
            application.router.add_route(method, prefix + path, handler)
        return application

    async def _only_known(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        door, meant = self._door, request.match_info.handler
        # Who may read the metrics is decided there.
        open_to_all = (door.show, door.log_in, door.set_first, self._files.serve)
        if meant in (*open_to_all, self._metrics.serve):
            return await handler(request)
        if door.is_known(request):
            return await handler(request)
        if request.method != "GET" or meant == self._homes.live:
            raise web.HTTPUnauthorized(text="log in first\n")
        form = "login" if door.has_password else "first"
        raise web.HTTPSeeOther(f"{up_of(request)}{form}")
