"""What stands before every page: is it meant for this host, does it come from here, is it known.

A page of another origin can have a browser send requests here, and a name that it owns can be made
to lead here (DNS rebinding). So the `Host` must be one of ours, and whatever changes something must
come from a page of ours. Browsers tell that by `Sec-Fetch-Site`, but only where TLS is or on the
machine itself; over plain HTTP in a home's network `Origin` decides. Without either it is refused.
"""

import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from ipaddress import ip_address

from aiohttp import web
from aiohttp.typedefs import Middleware

from page.guests import Guest
from page.html import fill
from page.words import Words, speak

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MOST_BODY = 4096
SAFE = ("GET", "HEAD")
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(:\d{1,5})?")
_LOOPBACK = ("127.", "::1", "::ffff:127.")


def headers(framed_by: tuple[str, ...]) -> Mapping[str, str]:
    """Give what stands over every answer: nothing from elsewhere, nothing within others."""
    frames = " ".join(framed_by) or "'none'"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors " + frames
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        # Not `no-referrer`: with it a browser sends the Origin `null` with a form.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Server": "peerwatt",
    }


def names_of_here(more: Iterable[str]) -> frozenset[str]:
    """Give the names that lead here: this machine's own, and those of the parameters."""
    own = socket.gethostname().lower()
    short = own.partition(".")[0]
    return frozenset({"localhost", own, short, f"{short}.local", *more})


def is_for_here(host: str, names: frozenset[str]) -> bool:
    """Say whether a `Host` is one of ours: no name that is made to lead here is an address."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found[1].removeprefix("[").removesuffix("]").lower().removesuffix(".")
    try:
        ip_address(name)
    except ValueError:
        return name in names
    return True


def is_from_here(request: web.Request) -> bool:
    """Say whether a page of ours has sent this, by the word of the browser."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site == "same-origin"
    scheme, _, netloc = (origin or "").partition("://")
    return scheme in ("http", "https") and netloc.lower() == request.host.lower()


def is_loopback(address: str | None) -> bool:
    """Say whether a request comes from this machine."""
    return address is not None and address.startswith(_LOOPBACK)


def is_at_loopback(request: web.Request) -> bool:
    """Say whether a request comes from this machine, and is meant for no name of it but its own.

    A proxy on this machine hands on the name that others asked for.
    """
    found = _HOST.fullmatch(request.host)
    name = found[1].removeprefix("[").removesuffix("]") if found is not None else ""
    return is_loopback(request.remote) and (name == "localhost" or is_loopback(name))


def before_all(
    stand: Callable[[web.Request, Handler], Awaitable[web.StreamResponse]],
) -> Middleware:
    """Make a part of the application of what stands before its handlers."""

    @web.middleware
    async def pass_it(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await stand(request, handler)

    return pass_it


class Guard:
    """Let a request through, or refuse it; `is_open` says whether all may come, or this machine."""

    def __init__(
        self, names: frozenset[str], framed_by: tuple[str, ...], is_open: Callable[[], bool]
    ) -> None:
        self._names = names
        self._headers = headers(framed_by)
        self._is_open = is_open

    async def pass_it(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Stand before every request: it is refused, or has all the time that its handler takes."""
        guest = request.protocol
        assert isinstance(guest, Guest)
        guest.serve()
        speak(request.headers.get("Accept-Language", ""))
        try:
            refusal = self._refusal(request)
            return refusal if refusal is not None else await handler(request)
        finally:
            guest.rest()

    async def dress(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Put on the headers that every answer has."""
        for name, value in self._headers.items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store")

    def _refusal(self, request: web.Request) -> web.Response | None:
        words = Words.of(request)
        if not (self._is_open() or is_loopback(request.remote)):
            return refused(403, words("Until a password is set, only this machine may look."))
        if len(request.headers.getall("Host", ())) != 1 or not is_for_here(
            request.host, self._names
        ):
            return refused(
                421,
                words(
                    "This page is not known by that name. Use its address, or put the name into"
                    " hosts in page.yml."
                ),
            )
        if request.method not in (*SAFE, "POST"):
            return refused(405, words("Pages are read, and their forms sent."))
        if request.method == "POST" and not is_from_here(request):
            return refused(403, words("This did not come from a page of this host."))
        return None


def refused(status: int, sentence: str) -> web.Response:
    """Refuse a request with a sentence; the connection ends."""
    text = fill("<!doctype html><title>Peerwatt</title><p>{sentence}</p>\n", sentence=sentence)
    response = web.Response(status=status, text=text, content_type="text/html")
    response.force_close()
    return response
