"""The relay's port as it is: a real relay server process, a real connection for each input.

Whoever it is, the process goes on, every answer that comes whole can be read, and the next client
is served. Some say this behind lines that a holder and a seller have truly signed.
"""

import atexit
import contextlib
import errno
import itertools
import shutil
import socket
import tempfile
from functools import cache
from pathlib import Path

from tests.factories.relay_keys import BUYER, SELLER, Boot, consent_line, hold_line
from tests.fuzz.campaign import Target, fingerprint
from tests.fuzz.relay_wire import TARGET as WIRE
from tests.fuzz.relay_wire import chunks_of, ensure_readable
from tests.fuzz.sockets import connect_from, ensure_few_files
from tests.parts.relay_host import WIRED, JsonClient, RelayHost

_SIGNED_EACH = 64
_SERVED_EACH = 256
_numbers = itertools.count(1)


@cache
def _host() -> RelayHost:
    directory = Path(tempfile.mkdtemp(prefix="peerwatt-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    host = RelayHost(directory, f"{WIRED}\n  trusted_clients: []\n")
    atexit.register(host.close)
    return host.wait_open()


def target(data: bytes) -> None:
    """Be one client that sends these bytes and ends."""
    host, number, choice = _host(), next(_numbers), fingerprint(data)
    link = connect_from(number, host.port)
    with link, contextlib.suppress(ConnectionError):
        if choice % _SIGNED_EACH == 0:
            _draw(link, number)
        for chunk in chunks_of(data, choice):
            link.sendall(chunk)
        _end(link)
        answer = _read_all(link)
        if choice % _SIGNED_EACH:
            ensure_readable(answer)
    assert host.process.poll() is None, host.log.read_text()[-2000:]
    if number % _SERVED_EACH == 0:
        ensure_few_files()
        host.client().close()


def _draw(link: socket.socket, sequence: int) -> None:
    """Close the first connection by a consent and a line, each truly signed."""
    client = JsonClient(link)
    boot: Boot = client.boot
    for line in (
        consent_line(SELLER, boot, sequence, 0),
        hold_line(BUYER, boot, sequence, (0, 1)),
    ):
        said = client.ask(line)
        assert said["reply"] == "ok", said


def _end(link: socket.socket) -> None:
    """Say the last; the relay may have let go before."""
    try:
        link.shutdown(socket.SHUT_WR)
    except OSError as error:
        if error.errno != errno.ENOTCONN:
            raise


def _read_all(link: socket.socket) -> bytes:
    answer = bytearray()
    while piece := link.recv(65_536):
        answer += piece
    return bytes(answer)


TARGET = Target(
    name="relay_port",
    run=target,
    examples=WIRE.examples,
    tokens=WIRE.tokens,
    soak=100_000,
    processes=lambda: (_host().process.pid,),
)
