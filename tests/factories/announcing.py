"""A relay that says of itself what a test wants to each who asks, or takes us and is silent."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from node.core.records import ConnectionView
from node.core.wire.announcement import AnnouncedConnection, Announcement, write_announcement


def announcement(relay: str, connections: Sequence[ConnectionView]) -> Announcement:
    """Make what a relay of these connections announces."""
    return Announcement(
        relay=relay,
        boot=bytes(16),
        nonce=None,
        serial=1,
        contacts=(),
        connections=tuple(
            AnnouncedConnection(view=view, standing=(), pending=False) for view in connections
        ),
        loads=(),
        sources=(),
        busy_sources=frozenset(),
        warnings=(),
    )


def connection(number: int, load: str, source: str, holder: str, *consents: str) -> ConnectionView:
    """Make a connection at rest, of two poles."""
    return ConnectionView(
        connection=number,
        load=load,
        source=source,
        channels=(2 * number, 2 * number + 1),
        holder=holder,
        consents=consents,
        consents_stand=False,
        closed=False,
        lease_left_s=0.0,
        consent_left_s=0.0,
        barred_by=(),
    )


@contextmanager
def answering(said: Announcement | None) -> Iterator[int]:
    """Listen on a port of this machine, which is given; None takes connections and is silent."""
    taken: list[socket.socket] = []

    def serve(server: socket.socket) -> None:
        while True:
            try:
                link, _ = server.accept()
            except OSError:
                return
            taken.append(link)
            if said is not None:
                link.sendall(write_announcement(said))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for link in taken:
                link.close()
            thread.join(10.0)
