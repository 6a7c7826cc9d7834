"""Note how an account's orders of sale and auction ended, for its history alone."""

import logging
from collections.abc import Callable, Sequence

from eth_abi.exceptions import DecodingError

from node.core.auction.market import SettledOrder
from node.core.records import ClosedOrder
from node.ledger.chain import answers as read
from node.ledger.chain.look_back import Log
from node.ledger.contracts.auction import AuctionContract
from node.ledger.views.partners import topic_of_number

_log = logging.getLogger(__name__)

End = ClosedOrder | SettledOrder
EndOf = Callable[[Log], End | None]
"""Read the end of an order, or None from another event; raises `LookupError`, `ValueError` or
`DecodingError` where an event is not what it seems."""

MOST_HELD = 1_000
"""Ends that wait for a view."""
_MOST = 2**63 - 1


class Ends:
    """Gather the ends of one account's orders, and of one meter's, until they are taken."""

    def __init__(self, *readers: EndOf) -> None:
        self._readers = readers
        self._held: list[End] = []

    def learn(self, logs: Sequence[Log]) -> None:
        """Take in events; what is none is left out."""
        for log in logs:
            try:
                found = [end for read_end in self._readers if (end := read_end(log)) is not None]
            except (LookupError, ValueError, DecodingError) as error:
                _log.debug("an event is not what it seems: %s", error)
                continue
            for end in found:
                if len(self._held) < MOST_HELD and end not in self._held:
                    self._held.append(end)

    def take(self) -> tuple[End, ...]:
        """Give, once, what was gathered."""
        held, self._held = tuple(self._held), []
        return held


def own_settled(auction: AuctionContract | None, meter_id: int | None) -> EndOf:
    """Give what reads how one meter's orders in the auction were settled."""
    meter = topic_of_number(meter_id) if meter_id is not None else None

    def settled(log: Log) -> SettledOrder | None:
        topics = log["topics"]
        if auction is None or topics[0] != auction.settled_topic or topics[2] != meter:
            return None
        found = auction.settled(log)
        if max(abs(found.trade), abs(found.grid), found.metered_milliwh) > _MOST:
            raise ValueError("an amount that there cannot be")
        return SettledOrder(
            interval=found.interval,
            meter_id=found.meter_id,
            solar_units=found.fills.solar_units,
            chp_units=found.fills.chp_units,
            metered_milliwh=found.metered_milliwh,
            missing=found.missing,
            trade=found.trade,
            grid=found.grid,
            block=read.index(log["blockNumber"]),
        )

    return settled
