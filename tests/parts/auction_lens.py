"""Speak with AuctionLens, which works out what the auction itself has no room to tell."""

from node.core.auction.clearing import Fills
from node.ledger.contracts.artifacts import Artifact, artifact
from node.ledger.contracts.ask import Ask

_FILLS_OF = "fillsOf(uint64,uint32)"
_MOST_UNITS_OF = "mostUnitsOf(uint64)"


class AuctionLens:
    """Build questions to the reader of an auction."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._artifact: Artifact = artifact("AuctionLens")

    def fills_of(self, meter_id: int, interval: int) -> Ask[Fills]:
        """Ask what a meter's order trades; nothing before the interval is cleared."""
        return self._artifact.ask(self.address, _fills, _FILLS_OF, meter_id, interval)

    def most_units_of(self, meter_id: int) -> Ask[int]:
        """Ask for the most units of a meter's order: what its maximum power carries."""
        return self._artifact.ask(self.address, int, _MOST_UNITS_OF, meter_id)


def _fills(solar: int, chp: int) -> Fills:
    return Fills(solar_units=solar, chp_units=chp)
