"""Put the relay's whole state into one announcement."""

from collections.abc import Collection

from node.core.records import ConnectionView
from node.core.relay import feedback, interlock, lease
from node.core.relay.board import closed_by
from node.core.relay.feedback import Feedback
from node.core.relay.interlock import Contacts
from node.core.relay.lease import Leases
from node.core.wire.announcement import AnnouncedConnection, Announcement, Contact
from relay_server.counts import SwitchCounts
from relay_server.settings import ServerSettings


def announcement(
    settings: ServerSettings,
    boot: bytes,
    nonce: bytes,
    serial: int,
    leases: Leases,
    contacts: Contacts,
    observed: Feedback,
    counts: SwitchCounts,
    now_s: float,
) -> Announcement:
    """Say everything that a client may know, as it is now."""
    wiring = settings.wiring
    closed = closed_by(wiring, contacts.closed)
    taken = closed | contacts.wanted
    stuck = feedback.stuck(observed)
    sources = {connection.source for connection in wiring.connections}
    return Announcement(
        relay=settings.relay,
        boot=boot,
        nonce=nonce,
        serial=serial,
        contacts=tuple(
            Contact(
                channel=channel,
                closed=channel in contacts.closed,
                operations=operations,
                conducts=channel in observed.observed if channel in observed.sensed else None,
                stuck=stuck.get(channel, ""),
            )
            for channel, operations in enumerate(counts.operations)
        ),
        connections=tuple(
            _connection(leases, number, closed, contacts.wanted, now_s)
            for number in range(len(wiring.connections))
        ),
        loads=wiring.loads,
        sources=wiring.sources,
        busy_sources=frozenset(s for s in sources if interlock.is_full(wiring, s, taken)),
        warnings=(*_unwise(settings), *counts.warnings),
    )


def _connection(
    leases: Leases,
    number: int,
    closed: Collection[int],
    wanted: Collection[int],
    now_s: float,
) -> AnnouncedConnection:
    connection = leases.rules.wiring.connections[number]
    standing = tuple(a for a in connection.consents if (number, a) in leases.consents)
    stand = lease.consents_stand(leases, number)
    ends_s = [leases.consents[number, account] for account in standing]
    leased_until_s = max(leases.held.get(number, now_s), leases.ancestor.get(number, now_s))
    # Where nobody need consent, the consent lasts as long as one may.
    consent_left_s = min(ends_s, default=now_s + leases.rules.longest_consent_s) - now_s
    return AnnouncedConnection(
        standing=standing,
        pending=number in wanted and number not in closed,
        view=ConnectionView(
            connection=number,
            load=connection.load,
            source=connection.source,
            channels=tuple(sorted(connection.channels)),
            holder=connection.holder or "",
            consents=connection.consents,
            consents_stand=stand,
            closed=number in closed,
            lease_left_s=leased_until_s - now_s,
            consent_left_s=consent_left_s if stand else 0.0,
            barred_by=tuple(sorted(leases.barred.get(number, ()))),
        ),
    )


def _unwise(settings: ServerSettings) -> tuple[str, ...]:
    if settings.ancestor_lease_s or not settings.trusted_clients:
        return ()
    return ("an ancestor's message lasts until it is changed (relay.ancestor_lease_s is 0)",)
