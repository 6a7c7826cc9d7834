"""Count the energy that neighbours have fed to the load, since the home's first start.

Metering counts it by order and forgets the orders that are closed; this register only rises.
"""

from node.core.energy.meters import Metering, Origin


class FedByNeighbours:
    """Add up what metering counts of every neighbour; `kept_milliwh` is the sum as last kept."""

    def __init__(self, kept_milliwh: int) -> None:
        self.milliwh = kept_milliwh
        self._counted: dict[Origin, int] = {}

    def look(self, metering: Metering) -> None:
        """Take in what has been counted since the last look."""
        counted = {
            origin: count.milliwh
            for origin, count in metering.by_origin
            if origin.seller is not None
        }
        self.milliwh += sum(
            milliwh - self._counted.get(origin, 0) for origin, milliwh in counted.items()
        )
        self._counted = counted
