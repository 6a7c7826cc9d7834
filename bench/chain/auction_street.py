"""Play intervals of the auction on a real chain, an account a home, and say what each call used."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bench.chain.batched import BatchedChain
from bench.chain.metered_street import INTERVAL_S, MeteredStreet, account, free_chain, reading
from bench.market.workloads import LEM_TARIFF
from node.core.auction.clearing import Bid, Kind, Offer, Order
from node.core.auction.gate import gate_closes_s, next_gate
from node.core.auction.tariff import TICKS
from node.ledger.contracts.auction import AuctionContract, Placement

LEAD_S = 60
BATCH = 50
_UNIT_MILLIWH = 1_000
_RING = 128
_FIRST_BOUNDARY = 2_000_000
_FUNDS = 10**12
_METERED_MILLIWH = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Hold the gas of one interval; of settlements, each home's alone, and its part of a batch."""

    place: list[int]
    clear: int
    alone: list[int]
    batched: int


class AuctionStreet(MeteredStreet):
    """Hold the chain, its contracts, and homes with a meter and a balance in the auction."""

    def __init__(self, chain: BatchedChain) -> None:
        me = account(0)
        super().__init__(
            chain, _RING, "IntervalAuction",
            lambda addresses: (
                *addresses, me, LEM_TARIFF.feed_in_per_kwh, LEM_TARIFF.tick_size_per_kwh,
                _UNIT_MILLIWH, 1, LEAD_S, 20, 86_400, 12, 10 * LEM_TARIFF.retail_per_kwh,
            ),
        )  # fmt: skip
        self.auction = AuctionContract(self._contract)
        self._homes: list[str] = []
        self._meters: dict[tuple[int, Kind], int] = {}
        self._registers = 0
        self._pay([self._operator], 2 * _FUNDS)
        self.send([(self._operator, self.auction.address, self.auction.fund(_FUNDS))])

    def play(self, orders: Sequence[Order], *, by_approval: bool = False) -> Round:
        """Order, clear and settle: half of the homes alone, the rest in batches of `BATCH`."""
        meters = self._settled_in(orders)
        interval = self._next_interval()
        place = self._place(interval, orders, meters, by_approval)
        clear = self.clear(interval)
        self._report(interval, meters)
        half = len(meters) // 2
        settle = self.auction.address
        alone = self.send([
            (self._homes[index], settle, self.auction.settle(interval, [meter]))
            for index, meter in enumerate(meters[:half])
        ])  # fmt: skip
        batched = self._settle_all(interval, meters[half:])
        return Round(place=place, clear=clear, alone=alone, batched=batched // len(meters[half:]))

    def play_on(self, orders: Sequence[Order]) -> tuple[list[int], int]:
        """Play two intervals of one lane; each home's second order settles its first.

        Gives the gas of the second orders, and of the clearing.
        """
        meters = self._settled_in(orders)
        interval = self._next_interval()
        self._place(interval, orders, meters, by_approval=False)
        clear = self.clear(interval)
        self._report(interval, meters)
        place = self._place(interval + 2, orders, meters, by_approval=False)
        self.clear(interval + 2)
        self._report(interval + 2, meters)
        self._settle_all(interval + 2, meters)
        return place, clear

    def clear_only(self, orders: Sequence[Order]) -> int:
        """Order and clear; give the clearing's gas."""
        meters = self._settled_in(orders)
        interval = self._next_interval()
        self._place(interval, orders, meters, by_approval=False)
        return self.clear(interval)

    def fill_lanes(self) -> None:
        """Let every word of both lanes be used once: a home's order wanders over all cells."""
        for _ in range(2):
            interval = self._next_interval(later=1)
            (meter,) = self._settled_in([Bid(solar_tick=1, chp_tick=0, energy_units=100)])
            bids = [
                Bid(solar_tick=column + 1, chp_tick=row, energy_units=100)
                for row in range(TICKS)
                for column in range(0, TICKS, 8)
            ]
            wander = [Placement(interval=interval, meter_id=meter, order=bid) for bid in bids]
            for placement in wander:
                data = self.auction.place(placement)
                self.send([(self._homes[0], self.auction.address, data)])
            for kind in Kind:
                meters = self._settled_in([Offer(kind=kind, tick=0, energy_units=100)] * 8)
                offers: list[Order] = [
                    Offer(kind=kind, tick=8 * word, energy_units=100) for word in range(8)
                ]
                # The first home is the buyer of this interval.
                self._place(interval, offers[1:], meters[1:], by_approval=False, first=1)
            self.clear(interval)
            self.reach((interval + 2) * INTERVAL_S)
            self._report(interval, list(self._meters.values()))
            self._settle_all(interval, list(self._meters.values()))

    def clear(self, interval: int) -> int:
        """Clear an interval; give its gas."""
        self.reach(gate_closes_s(interval, INTERVAL_S, LEAD_S))
        data = self.auction.clear(interval)
        return self.send([(self._operator, self.auction.address, data)])[0]

    def _next_interval(self, later: int = 2) -> int:
        """Go to an interval that takes orders; two later is the same lane once more."""
        interval = next_gate(self._chain.now_s(), INTERVAL_S, LEAD_S) + later
        self.reach(gate_closes_s(interval, INTERVAL_S, LEAD_S) - INTERVAL_S)
        return interval

    def _settle_all(self, interval: int, meters: Sequence[int]) -> int:
        """Settle in batches; give the gas of all of them."""
        batches = [meters[first : first + BATCH] for first in range(0, len(meters), BATCH)]
        to, settle = self.auction.address, self.auction.settle
        return sum(self.send([(self._operator, to, settle(interval, batch)) for batch in batches]))

    def _place(
        self,
        interval: int,
        orders: Sequence[Order],
        meters: Sequence[int],
        by_approval: bool,
        first: int = 0,
    ) -> list[int]:
        calls = []
        for index, (order, meter) in enumerate(zip(orders, meters, strict=True)):
            placement = Placement(interval=interval, meter_id=meter, order=order)
            to, data = self.auction.address, self.auction.place(placement)
            if by_approval:
                order_data = self.auction.placement(placement)
                to, data = (
                    self._token.address,
                    self._token.approve_and_call(self.auction.address, _FUNDS, order_data),
                )
            calls.append((self._homes[first + index], to, data))
        return self.send(calls)

    def _settled_in(self, orders: Sequence[Order]) -> list[int]:
        """Give each order a home that can place it; new homes get a balance and a meter."""
        new = [account(1 + n) for n in range(len(self._homes), len(orders))]
        if new:
            self._enrich(new)
            self._pay(new, _FUNDS)
            self._homes += new
        kinds = [order.kind if isinstance(order, Offer) else Kind.SOLAR for order in orders]
        missing = [key for key in enumerate(kinds) if key not in self._meters]
        outcomes = self._chain.outcomes([
            (self._operator, self._registry.address, self._registry.install(
                self._homes[index], self._operator, kind.name.lower(), 2**32 - 1
            ))
            for index, kind in missing
        ])  # fmt: skip
        for key, outcome in zip(missing, outcomes, strict=True):
            self._meters[key] = int(outcome["logs"][0]["topics"][1], 16)
        return [self._meters[key] for key in enumerate(kinds)]

    def _pay(self, accounts: Sequence[str], amount: int) -> None:
        """Give accounts a balance in the auction, and as much outside it."""
        me, token = self._operator, self._token
        self.send([(me, token.address, token.mint(account, 2 * amount)) for account in accounts])
        data = token.approve_and_call(self.auction.address, amount, b"")
        self.send([(account, token.address, data) for account in accounts])

    def _report(self, interval: int, meters: Sequence[int]) -> None:
        """Let delivery pass; every meter shows as much in both directions."""
        self.reach((interval + 1) * INTERVAL_S)
        before, self._registers = self._registers, self._registers + _METERED_MILLIWH
        told = [
            reading(boundary, both, both)
            for boundary, both in ((interval, before), (interval + 1, self._registers))
        ]
        self.send([
            (self._operator, self._registry.address, self._registry.report(meter, told))
            for meter in meters
        ])  # fmt: skip


@contextmanager
def auction_street() -> Iterator[AuctionStreet]:
    """Run a street on a chain of its own."""
    with free_chain(_FIRST_BOUNDARY * INTERVAL_S + 7) as chain:
        yield AuctionStreet(chain)
