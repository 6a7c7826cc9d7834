"""Find an account's connections in what the relay announced."""

from node.core.records import ConnectionView, RelayView


def connection_to(
    view: RelayView | None,
    holder: str,
    seller: str,
    channels: tuple[int, ...] | None,
    number: int | None,
) -> ConnectionView | None:
    """Find the holder's connection to a seller: by channels or number if given, else by consent."""
    if view is None:
        return None
    for connection in view.connections:
        if connection.holder != holder:
            continue
        if channels is not None:
            found = set(connection.channels) == set(channels)
        elif number is not None:
            found = connection.connection == number
        else:
            found = seller in connection.consents
        if found:
            return connection
    return None


def connections_as_source(view: RelayView | None, seller: str) -> tuple[ConnectionView, ...]:
    """Give the connections to which an account's consent counts."""
    if view is None:
        return ()
    return tuple(c for c in view.connections if seller in c.consents)


def closed_for(view: RelayView | None, holder: str) -> tuple[ConnectionView, ...]:
    """Give the connections of a holder that are closed now."""
    if view is None:
        return ()
    return tuple(c for c in view.connections if c.closed and c.holder == holder)
