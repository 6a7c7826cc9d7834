"""Find an account's connections in what the relay announced, and by which names it calls homes."""

from collections.abc import Iterable

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


def names_of(connections: Iterable[ConnectionView]) -> dict[str, str]:
    """Give the relay's name of each account, in small letters; its first where there are several.

    A name is whoever's who wrote the relay's parameters: for people to read, and for nothing else.
    """
    names: dict[str, str] = {}
    for one in connections:
        if one.holder:
            names.setdefault(one.holder.lower(), one.load)
        for account in one.consents:
            names.setdefault(account.lower(), one.source)
    return names


def neighbours_of(view: RelayView | None, account: str | None) -> dict[str, str]:
    """Give the names of those whom an account's own connections lead to."""
    if view is None or account is None:
        return {}
    own = [c for c in view.connections if c.holder == account or account in c.consents]
    return {one: name for one, name in names_of(own).items() if one != account.lower()}
