"""Tell from what relays announce who is wired to whom: each buyer to the sellers on its board."""

import re
from collections.abc import Iterable

from node.core.auction.pairing import Wires
from node.core.records import ConnectionView

_ACCOUNT = re.compile(r"0x[0-9a-fA-F]{40}")


def wires_of(connections: Iterable[ConnectionView]) -> Wires:
    """Give the wires of boards, in their order; a seller is who consents to a connection.

    A connection without an account to hold it, or to consent, wires nobody.
    """
    wires: dict[str, dict[str, None]] = {}
    for connection in connections:
        sellers = [seller for seller in connection.consents if _ACCOUNT.fullmatch(seller)]
        if _ACCOUNT.fullmatch(connection.holder) and sellers:
            wires.setdefault(connection.holder, {}).update(dict.fromkeys(sellers))
    return {buyer: tuple(sellers) for buyer, sellers in wires.items()}
