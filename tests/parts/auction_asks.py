"""What tests alone ask an auction: who used a lane last, and which tariff holds in an interval."""

from node.ledger.contracts.artifacts import artifact
from node.ledger.contracts.ask import Ask
from node.ledger.contracts.auction import AuctionContract
from tests.admission import Lane

_AUCTION = artifact("IntervalAuction")


def lane_of(auction: AuctionContract, interval: int) -> Ask[Lane]:
    """Ask who used an interval's lane last."""

    def lane(held: int, cleared: bool) -> Lane:
        return Lane(interval=held, cleared=cleared)

    return _AUCTION.ask(auction.address, lane, "laneOf(uint32)", interval)


def tariff_number_in(auction: AuctionContract, interval: int) -> Ask[int]:
    """Ask for the number of the tariff in force in an interval."""
    return _AUCTION.ask(auction.address, int, "tariffOf(uint32)", interval)
