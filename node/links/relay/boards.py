"""Keep what the named relays have announced, and the wires as they stood when a gate closed.

A name keeps strangers' topics out. Of an announcement only who holds a connection and who consents
to it counts. An interval's wires are those of the moment at which its gate closed, so that whoever
works its pairing out comes to the same, however the wiring changes meanwhile.
"""

from collections.abc import Sequence

from node.core.auction.pairing import Wires, wires_of
from node.core.records import ConnectionView
from node.keys.keccak import checksum_address


class Boards:
    """Hold the boards of some relays."""

    def __init__(self, relays: Sequence[str]) -> None:
        self.wires: Wires = {}
        self._boards: dict[str, tuple[ConnectionView, ...] | None] = dict.fromkeys(relays)
        self._at_gates: dict[int, Wires] = {}

    @property
    def relays(self) -> tuple[str, ...]:
        """Name the relays whose wiring is believed."""
        return tuple(self._boards)

    @property
    def connections(self) -> tuple[ConnectionView, ...]:
        """Give every connection as its relay last told it."""
        return tuple(c for board in self._boards.values() for c in board or ())

    @property
    def silent(self) -> tuple[str, ...]:
        """Name the relays that have said nothing yet."""
        return tuple(relay for relay, board in self._boards.items() if board is None)

    def hear(self, relay: str, connections: Sequence[ConnectionView]) -> bool:
        """Take a relay's wiring; say whether it has changed the wires."""
        if relay not in self._boards or self._boards[relay] == tuple(connections):
            return False
        self._boards[relay] = tuple(connections)
        wires = wires_of(self.connections)
        known = {
            checksum_address(buyer): tuple(dict.fromkeys(map(checksum_address, sellers)))
            for buyer, sellers in wires.items()
        }
        has_changed = known != self.wires
        self.wires = known
        return has_changed

    def at_gate(self, interval: int, *, is_closed: bool) -> Wires:
        """Give the wires of an interval: those of now until its gate has closed."""
        if interval not in self._at_gates and is_closed and not self.silent:
            self._at_gates[interval] = self.wires
        return self._at_gates.get(interval, self.wires)

    def forget_before(self, interval: int) -> None:
        """Forget the wires of intervals that are over."""
        self._at_gates = {k: wires for k, wires in self._at_gates.items() if k >= interval}
