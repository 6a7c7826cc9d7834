"""Read what the auction's and the registry's events say, in the chain's order."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from node.core.auction.market import ClearedInterval
from node.core.records import BlockStamp
from node.ledger.chain import answers as read
from node.ledger.chain.endpoint import Call
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.auction import AuctionContract
from node.ledger.contracts.registry import RegistryContract
from node.ledger.views.auction import TARIFF_SET_TOPIC, posted_in
from node.ledger.views.book import Event, Noted, Reported

_AT_ONCE = 200
"""Calls in one request."""

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
            TARIFF_SET_TOPIC: posted_in,
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
            TARIFF_SET_TOPIC,
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
        registry = self._registry
        asked = [registry.last_reading(meter_id) for meter_id in meters]
        return [
            Reported(meter_id=meter_id, boundary=registry.reading(answer)[0])
            for meter_id, answer in zip(
                meters, view(self._rpc, registry.address, asked, at), strict=True
            )
        ]

    def _event(self, log: Log) -> Event:
        return read.event(lambda log: self._readers[log["topics"][0]](log), log)

    def _noted(self, log: Log) -> Noted:
        interval, from_s = self._auction.noted(log)
        return Noted(interval=interval, from_s=from_s)

    def _reported(self, log: Log) -> Reported:
        meter_id, boundary = self._registry.reported(log)
        return Reported(meter_id=meter_id, boundary=boundary)


def view(rpc: Rpc, to: str, asked: Sequence[str], at: str) -> list[str]:
    """Ask one contract many things at a block, in requests of bounded size.

    Raises:
        ChainUnavailable: the endpoint could not answer.
    """
    found: list[str] = []
    for first in range(0, len(asked), _AT_ONCE):
        batch = asked[first : first + _AT_ONCE]
        calls: list[Call] = [("eth_call", [{"to": to, "data": data}, at]) for data in batch]
        found += [str(read.taken(answer)) for answer in rpc.batch(calls)]
    return found


def read_results(
    rpc: Rpc, auction: AuctionContract, logs: Sequence[Log], at: str
) -> list[ClearedInterval]:
    """Read how intervals cleared, by their events; results are asked for at a block.

    Raises:
        ChainUnavailable: the endpoint could not answer, or what it says is no result.
    """
    found: list[ClearedInterval] = []
    for first in range(0, len(logs), _AT_ONCE):
        batch = logs[first : first + _AT_ONCE]
        calls: list[Call] = []
        for log in batch:
            asked = auction.result_of(cleared_interval(log))
            calls.append(("eth_call", [{"to": auction.address, "data": asked}, at]))
            calls.append(("eth_getBlockByNumber", [hex(_place_of(log)[0]), False]))
        answers = [read.taken(answer) for answer in rpc.batch(calls)]
        pairs = zip(answers[::2], answers[1::2], strict=True)
        found += [
            _result(auction, log, answer, block)
            for log, (answer, block) in zip(batch, pairs, strict=True)
        ]
    return found


def cleared_interval(log: Log) -> int:
    """Give the interval that an `IntervalCleared` event is about.

    Raises:
        ChainUnavailable: it is no such event.
    """
    return read.event(AuctionContract.cleared_interval, log)


def _result(auction: AuctionContract, log: Log, answer: str, block: object) -> ClearedInterval:
    header = read.block(block)
    return ClearedInterval(
        interval=cleared_interval(log),
        clearing=read.event(lambda log: auction.clearing(str(answer), log), log),
        block=BlockStamp(
            number=read.index(header["number"]),
            hash=header["hash"],
            timestamp_s=read.index(header["timestamp"]),
        ),
    )


def _place_of(log: Log) -> tuple[int, int]:
    return read.index(log.get("blockNumber")), read.index(log.get("logIndex"))
