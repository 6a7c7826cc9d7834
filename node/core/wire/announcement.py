"""Write and read what the relay says of itself: its whole state, in one line.

The same line greets a client, is pushed at each change, and is kept on the state topic. Spans
left count from the moment the line was sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from node.core.errors import Refused
from node.core.records import ConnectionView, RelayView
from node.core.relay.board import (
    MOST_CHANNELS,
    MOST_CONNECTIONS,
    MOST_CONSENTS,
    Load,
    Source,
)
from node.core.wire.format import LONGEST_RELAY_LINE, Reply, as_line, read_reply
from node.core.wire.lines import BOOT_BYTES, NONCE_BYTES
from node.core.wire.strict_json import Members, read_object

LONGEST_SPAN_S = (2**32 - 1) / 1000
MOST_WARNINGS = 64

_MOST = 2**63 - 1
_HIGHEST = 1e9
_LONGEST_SENTENCE = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Hold one channel: what is commanded at its pin, and how often it has closed.

    `conducts` is what its feedback pin tells, None without one; `stuck` is why it is called so,
    in one sentence, or empty.
    """

    channel: int
    closed: bool
    operations: int
    conducts: bool | None
    stuck: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncedConnection:
    """Hold one connection, who of its accounts consents, and whether it waits to close."""

    view: ConnectionView
    standing: tuple[str, ...]
    pending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Hold the relay's whole state; `serial` rises with each one of a boot.

    `nonce` is what the next lines answer; None at a relay of before there were any.
    """

    relay: str
    boot: bytes
    nonce: bytes | None
    serial: int
    contacts: tuple[Contact, ...]
    connections: tuple[AnnouncedConnection, ...]
    loads: tuple[Load, ...]
    sources: tuple[Source, ...]
    busy_sources: frozenset[str]
    warnings: tuple[str, ...]


def relay_view(announcement: Announcement, received_at_s: float) -> RelayView:
    """Give what a home's rules need of an announcement."""
    return RelayView(
        relay=announcement.relay,
        boot="0x" + announcement.boot.hex(),
        received_at_s=received_at_s,
        connections=tuple(connection.view for connection in announcement.connections),
        busy_sources=announcement.busy_sources,
        stuck=tuple(contact.stuck for contact in announcement.contacts if contact.stuck),
    )


def write_announcement(announcement: Announcement) -> bytes:
    """Write an announcement as a line, with its line end."""
    nonce = announcement.nonce
    state = {
        "relay": announcement.relay,
        "boot": "0x" + announcement.boot.hex(),
        **({} if nonce is None else {"nonce": "0x" + nonce.hex()}),
        "serial": announcement.serial,
        "contacts": [
            {
                "channel": contact.channel,
                "closed": contact.closed,
                "operations": contact.operations,
                "conducts": contact.conducts,
                "stuck": contact.stuck or None,
            }
            for contact in announcement.contacts
        ],
        "connections": [_connection_object(one) for one in announcement.connections],
        "loads": [
            {
                "load": load.name,
                "nominal_v": load.nominal_v,
                "rated_current_a": load.rated_current_a,
            }
            for load in announcement.loads
        ],
        "sources": [
            {
                "source": source.name,
                "nominal_v": source.nominal_v,
                "rated_current_a": source.rated_current_a,
                "max_loads": source.max_loads,
                "max_current_a": source.max_current_a,
            }
            for source in announcement.sources
        ],
        "busy_sources": sorted(announcement.busy_sources),
        "warnings": list(announcement.warnings),
    }
    return as_line({"state": state})


def read_relay_line(line: bytes) -> Announcement | Reply | None:
    """Read a line of the relay's; None for a kind that only a newer relay knows.

    Raises:
        Refused: by the name of what is wrong.
    """
    members = read_object(line.rstrip(b"\r\n"), LONGEST_RELAY_LINE)
    if members.has("state"):
        return _read_state(members.within("state"))
    if members.has("reply"):
        return read_reply(members)
    return None


def _connection_object(connection: AnnouncedConnection) -> dict[str, object]:
    view = connection.view
    return {
        "connection": view.connection,
        "load": view.load,
        "source": view.source,
        "channels": list(view.channels),
        "holder": view.holder or None,
        "consents": list(view.consents),
        "standing": list(connection.standing),
        "consents_stand": view.consents_stand,
        "closed": view.closed,
        "pending": connection.pending,
        "lease_left_ms": _milliseconds(view.lease_left_s),
        "consent_left_ms": _milliseconds(view.consent_left_s),
        "barred_by": list(view.barred_by),
    }


def _milliseconds(span_s: float) -> int:
    return int(max(0.0, min(span_s, LONGEST_SPAN_S)) * 1000)


def _read_state(state: Members) -> Announcement:
    return Announcement(
        relay=state.text("relay"),
        boot=state.octets("boot", BOOT_BYTES),
        nonce=state.octets("nonce", NONCE_BYTES) if state.has("nonce") else None,
        serial=state.whole("serial", 0, _MOST),
        contacts=tuple(_read_contact(contact) for contact in state.each("contacts", MOST_CHANNELS)),
        connections=_in_order(
            tuple(_read_connection(one) for one in state.each("connections", MOST_CONNECTIONS))
        ),
        loads=tuple(
            Load(
                name=load.text("load"),
                nominal_v=load.number("nominal_v", 0, _HIGHEST),
                rated_current_a=load.number("rated_current_a", 0, _HIGHEST),
            )
            for load in state.each("loads", MOST_CONNECTIONS)
        ),
        sources=tuple(
            Source(
                name=source.text("source"),
                nominal_v=source.number("nominal_v", 0, _HIGHEST),
                rated_current_a=source.number("rated_current_a", 0, _HIGHEST),
                max_loads=source.whole("max_loads", 1, _MOST),
                max_current_a=source.number("max_current_a", 0, _HIGHEST),
            )
            for source in state.each("sources", MOST_CONNECTIONS)
        ),
        busy_sources=frozenset(state.texts("busy_sources", MOST_CONNECTIONS)),
        warnings=state.texts("warnings", MOST_WARNINGS),
    )


def _read_contact(members: Members) -> Contact:
    # A relay of before feedback pins does not say the last two.
    return Contact(
        channel=members.whole("channel", 0, MOST_CHANNELS - 1),
        closed=members.flag("closed"),
        operations=members.whole("operations", 0, _MOST),
        conducts=members.flag("conducts") if members.is_given("conducts") else None,
        stuck=members.text("stuck", _LONGEST_SENTENCE) if members.is_given("stuck") else "",
    )


def _in_order(connections: Sequence[AnnouncedConnection]) -> tuple[AnnouncedConnection, ...]:
    if [connection.view.connection for connection in connections] != [*range(len(connections))]:
        raise Refused("BadField", "state.connections must be numbered 0, 1, ...")
    return tuple(connections)


def _read_connection(members: Members) -> AnnouncedConnection:
    holder = members.text("holder") if members.is_given("holder") else ""
    barred_by: tuple[int, ...] = ()
    if members.has("barred_by"):
        barred_by = members.wholes("barred_by", MOST_CHANNELS - 1, MOST_CHANNELS)
    return AnnouncedConnection(
        standing=members.texts("standing", MOST_CONSENTS),
        pending=members.flag("pending"),
        view=ConnectionView(
            connection=members.whole("connection", 0, MOST_CONNECTIONS - 1),
            load=members.text("load"),
            source=members.text("source"),
            channels=members.wholes("channels", MOST_CHANNELS - 1, MOST_CHANNELS),
            holder=holder,
            consents=members.texts("consents", MOST_CONSENTS),
            consents_stand=members.flag("consents_stand"),
            closed=members.flag("closed"),
            lease_left_s=members.whole("lease_left_ms", 0, _MOST) / 1000,
            consent_left_s=members.whole("consent_left_ms", 0, _MOST) / 1000,
            barred_by=barred_by,
        ),
    )
