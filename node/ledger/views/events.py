"""Read what the auction's and the registry's events say, in the chain's order."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from node.core.auction.clearing import Clearing
from node.core.auction.market import ClearedInterval
from node.core.records import BlockStamp
from node.ledger.chain import answers as read
from node.ledger.chain.asking import Question, asked_in_parts, at_block, both, stamp_of
from node.ledger.chain.endpoint import Call
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.auction import AuctionContract
from node.ledger.contracts.registry import RegistryContract
from node.ledger.views.book import Event, Noted, Reported

Log = Mapping[str, Any]
Numbered = tuple[int, Event]
"""An event, and the number of its block."""


class MarketEvents:
    """Ask for the events of some blocks, and read them."""

    def __init__(self, rpc: Rpc, auction: AuctionContract, registry: RegistryContract) -> None:
        self._rpc = rpc
        self._auction = auction
        self._registry = registry
        self._readers: Mapping[str, Callable[[Log], Event]] = {
            auction.placed_topic: auction.placed,
            auction.settled_topic: auction.settled,
            auction.tariff_set_topic: auction.tariff_set,
            auction.noted_topic: self._noted,
            registry.reported_topic: self._reported,
        }

    def searches(self, since: int, until: int) -> list[Call]:
        """Ask for the events from one block to another."""
        span = {"fromBlock": hex(since), "toBlock": hex(until)}
        auction, registry = self._auction, self._registry
        of_auction = [
            auction.placed_topic,
            auction.cleared_topic,
            auction.settled_topic,
            auction.noted_topic,
            auction.tariff_set_topic,
        ]
        return [
            ("eth_getLogs", [span | {"address": auction.address, "topics": [of_auction]}]),
            (
                "eth_getLogs",
                [span | {"address": registry.address, "topics": [registry.reported_topic]}],
            ),
        ]

    def read(self, logs: Sequence[Log], at: str) -> list[Numbered]:
        """Read events; how an interval cleared is asked for at a block.

        Raises:
            ChainUnavailable: the endpoint could not answer, or what it says is no such event.
        """
        ordered = sorted(logs, key=_place_of)
        cleared = [log for log in ordered if log["topics"][:1] == [self._auction.cleared_topic]]
        results = iter(read_results(self._rpc, self._auction, cleared, at))
        return [
            (_place_of(log)[0], next(results) if log in cleared else self._event(log))
            for log in ordered
        ]

    def boundaries(self, meters: Sequence[int], at: str) -> list[Reported]:
        """Read meters' newest boundaries at a block.

        Raises:
            ChainUnavailable: the endpoint could not answer.
        """
        asks = [at_block(self._registry.last_reading(meter_id), at) for meter_id in meters]
        return [
            Reported(meter_id=meter_id, boundary=boundary)
            for meter_id, (boundary, _) in zip(meters, asked_in_parts(self._rpc, asks), strict=True)
        ]

    def _event(self, log: Log) -> Event:
        return read.event(lambda log: self._readers[log["topics"][0]](log), log)

    def _noted(self, log: Log) -> Noted:
        interval, from_s = self._auction.noted(log)
        return Noted(interval=interval, from_s=from_s)

    def _reported(self, log: Log) -> Reported:
        meter_id, boundary = self._registry.reported(log)
        return Reported(meter_id=meter_id, boundary=boundary)


def read_results(
    rpc: Rpc, auction: AuctionContract, logs: Sequence[Log], at: str
) -> list[ClearedInterval]:
    """Read how intervals cleared, by their events; results are asked for at a block.

    Raises:
        ChainUnavailable: the endpoint could not answer, or what it says is no result.
    """
    return asked_in_parts(rpc, [_result(auction, log, at) for log in logs])


def cleared_interval(auction: AuctionContract, log: Log) -> int:
    """Give the interval that an `IntervalCleared` event is about.

    Raises:
        ChainUnavailable: it is no such event.
    """
    return read.event(auction.cleared_interval, log)


def _result(auction: AuctionContract, log: Log, at: str) -> Question[ClearedInterval]:
    interval = cleared_interval(auction, log)

    def result(clearing: Clearing, block: BlockStamp) -> ClearedInterval:
        return ClearedInterval(interval=interval, clearing=clearing, block=block)

    clearing = at_block(read.event(auction.clearing_of, log), at)
    return both(clearing, stamp_of(_place_of(log)[0]), result)


def _place_of(log: Log) -> tuple[int, int]:
    return read.index(log.get("blockNumber")), read.index(log.get("logIndex"))
