"""The relay's TCP port: JSON lines and ancestors' messages, cut into chunks as a network may.

Each input is all that one client sends. Whoever it is, the session ends without a failure, every
answer can be read, no two loads share a source, and no contact moves for a stranger.
"""

import re

from node.core.wire.announcement import Announcement, read_relay_line
from relay_server import ancestor
from tests.factories.relay_keys import BUYER, OTHER_BUYER, SELLER, consent_line, hold_line, receipt
from tests.fuzz.campaign import Target, fingerprint
from tests.fuzz.loop import Wire
from tests.fuzz.relay_host import host, signed_lines
from tests.worlds.relay_world import BOOT

_STRANGER = "192.0.2.7"
_TRUSTED = "127.0.0.1"
_PAUSES_S = (0.0, 0.0, 0.0, 0.05, 0.3, 4.0)
_ENDED_S = 20.0
_READ_EACH = 16
_READING = re.compile(rb"\{[0-3]: (True|False)(, [0-3]: (True|False))*\}")

_ANCESTORS = (
    b"ReadDATA|1, 0", b"ReadDATA|0", b"ReadDATA|3,2,1,0", b"ReadDATA|99", b"{2: True, 3: True}",
    b"{2: True, 3: True, 0: True, 1: True}", b"{0: True}", b"{0: False, 1: False}", b"{}",
    b"{0:true,1:true}", b"{16: True}",
)  # fmt: skip


def target(data: bytes) -> None:
    """Be one client that sends these bytes, then pauses or ends, then is silent."""
    choice = fingerprint(data)
    playing = host()
    playing.begin()
    is_trusted = choice % 4 == 0
    wire = Wire(_TRUSTED if is_trusted else _STRANGER)
    session = playing.session()
    moved = playing.server._counts.operations
    session.connection_made(wire)
    for number, chunk in enumerate(chunks_of(data, choice)):
        if wire.is_over:
            break
        session.data_received(chunk)
        playing.loop.pass_time(_PAUSES_S[(choice >> number % 24) % len(_PAUSES_S)])
        playing.ensure_sound()
    if not wire.is_over and choice & 16 and not session.eof_received():
        wire.close()
    # Long enough for every deadline of a session, shorter than a lease.
    for _ in range(2):
        playing.loop.pass_time(_ENDED_S / 2)
        playing.ensure_sound()
    assert wire.is_over or not session._buffer, "a session keeps bytes past its deadline"
    session.connection_lost(None)
    assert not playing.server._guests.all()
    if not is_trusted and b'"signature"' not in data:
        assert playing.server._counts.operations == moved, "a stranger closed a contact"
    if choice % _READ_EACH == 0:
        ensure_readable(bytes(wire.sent))


def chunks_of(data: bytes, choice: int) -> list[bytes]:
    """Cut an input as a network may."""
    if choice & 3 != 3:
        return [data]
    size = 1 + (choice >> 8) % max(1, min(len(data), 997))
    size = max(size, len(data) // 50)
    return [data[at : at + size] for at in range(0, len(data), size)]


def ensure_readable(answer: bytes) -> None:
    """See that a client can read what the relay said."""
    if answer in (b"", ancestor.switched_text(True), ancestor.switched_text(False)):
        return
    if answer.startswith(b'{"'):
        assert answer.endswith(b"\n")
        first, *_ = said = [read_relay_line(line) for line in answer.splitlines()]
        assert isinstance(first, Announcement)
        assert None not in said
        return
    assert _READING.fullmatch(answer), answer


def _examples() -> tuple[bytes, ...]:
    lines = signed_lines()
    hello = b'{"hello":"a name for the log"}\n'
    talks = tuple(b"".join(lines[at : at + 1 + at % 4]) for at in range(0, len(lines) - 4, 2))
    granted = tuple(_drawing(connection) + line for connection in (0, 1) for line in lines[:80])
    return (hello,) * 8 + _ANCESTORS * 12 + talks + granted


def _drawing(connection: int) -> bytes:
    """Write what closes a connection: the seller's consent, then the holder's line."""
    holder, contacts = ((BUYER, (0, 1)), (OTHER_BUYER, (2, 3)))[connection]
    consent = consent_line(SELLER, BOOT, 1, connection)
    return consent + hold_line(holder, BOOT, 1, contacts, receipts=(receipt(5, buyer=holder),))


TARGET = Target(
    name="relay_wire",
    run=target,
    examples=_examples(),
    tokens=(
        b'"hold"', b'"consent"', b'"here"', b'"nonce"',
        b'"hello"', b'"relay"', b'"boot"', b'"holder"', b'"account"',
        b'"sequence"', b'"contacts"', b'"leaseMs"', b'"connection"', b'"consentMs"', b'"receipts"',
        b'"signature"', b'"relay1"', b'{"', b"ReadDATA|", b"True", b"False", b"[0,1]", b"\n\n",
    ),
    soak=10_000_000,
)  # fmt: skip
