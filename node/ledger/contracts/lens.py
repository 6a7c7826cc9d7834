"""Speak with AuctionLens, which works out what the auction itself has no room to tell."""

from node.core.auction.clearing import Fills
from node.ledger.contracts.artifacts import Artifact, artifact

_FILLS_OF = "fillsOf(uint64,uint32)"
_MOST_UNITS_OF = "mostUnitsOf(uint64)"


class AuctionLens:
    """Build calls to the reader of an auction and read its answers."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._artifact: Artifact = artifact("AuctionLens")

    def fills_of(self, meter_id: int, interval: int) -> str:
        """Ask what a meter's order trades."""
        return self._artifact.call_data(_FILLS_OF, meter_id, interval)

    def fills(self, answer: str) -> Fills:
        """Read what a meter's order trades; nothing before the interval is cleared."""
        solar, chp = self._artifact.results(_FILLS_OF, answer)
        return Fills(solar_units=solar, chp_units=chp)

    def most_units_of(self, meter_id: int) -> str:
        """Ask for the most units of a meter's order: what its maximum power carries."""
        return self._artifact.call_data(_MOST_UNITS_OF, meter_id)

    def most_units(self, answer: str) -> int:
        """Read the most units of a meter's order."""
        return int(self._artifact.results(_MOST_UNITS_OF, answer)[0])
