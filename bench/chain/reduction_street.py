"""Play events of the reduction auction on a real chain, an account a home, and say what each used.

Each home tells the two ends of the window on six days before, and draws a
kilowatt-hour in each of them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bench.chain.batched import BatchedChain
from bench.chain.metered_street import INTERVAL_S, MeteredStreet, account, free_chain, reading
from node.core.reduction.clearing import Ask, Block, PricingRule
from node.ledger.contracts.artifacts import artifact

LENGTH = 4
STEP = 86_400 // INTERVAL_S
BATCH = 100
_DAYS, _BACK_DAYS = 5, 8
_ADJUST_INTERVALS = 4
_RING = 1_024
_MOST_GAS = 16_000_000
_FIRST_DAY = 20_605
"""A Monday: the first event is on the next one."""
_SIX_PM, _NOON = 72, 48
_KWH_MILLIWH = 1_000_000
_FUNDS = 10**15
_REQUEST = "request((uint32,uint8,uint32,uint64,uint8,uint40,bool))"
_OFFER = "offer(uint32,uint64,(uint8,uint24)[])"
_CLEAR = "clear(uint32)"
_SETTLE = "settle(uint32,uint64[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Hold the gas of one event: its request, all offers, the clearing, all settlements."""

    request: int
    offers: int
    clear: int
    settled: int

    def participant(self, number: int) -> float:
        """Give the gas of everything for each of so many homes."""
        return (self.request + self.offers + self.clear + self.settled) / number


class ReductionStreet(MeteredStreet):
    """Hold the chain, its contracts, and homes with a meter and money in its balance."""

    def __init__(self, chain: BatchedChain, adjust_percent: int) -> None:
        adjusts = _ADJUST_INTERVALS if adjust_percent else 0
        super().__init__(
            chain, _RING, "ReductionAuction",
            lambda addresses: (
                *addresses, 1_000, 1, 10, _DAYS, _BACK_DAYS, adjust_percent, adjusts, 0, 86_400
            ),
        )  # fmt: skip
        self._artifact = artifact("ReductionAuction")
        self._homes: list[str] = []
        self._registers = 0
        self._requests = 0
        self._day = _FIRST_DAY

    def settle_in(self, number: int) -> None:
        """Give so many homes a meter with money, and a week of days."""
        self._homes = [account(1 + index) for index in range(number)]
        self._enrich(self._homes)
        me, registry, token = self._operator, self._registry, self._token
        self.send([
            (me, registry.address, registry.install(home, me, "consumer", 2**31))
            for home in self._homes
        ])  # fmt: skip
        self.send([(me, token.address, token.mint(me, _FUNDS * (number + 1)))])
        targets = [b"", *((1 + index).to_bytes(32, "big") for index in range(number))]
        self.send([
            (me, token.address, token.transfer_and_call(self._contract, _FUNDS, data))
            for data in targets
        ])  # fmt: skip
        for _ in range(7):
            self._live(_KWH_MILLIWH)
            self._day += 1

    def play(self, ask: Ask, offers: Sequence[Sequence[Block]]) -> Event:
        """Ask, offer, clear, deliver and settle in batches: every home saves 0.7 kWh."""
        request, offered, clear = self.clear_only(ask, offers)
        self._live(_KWH_MILLIWH * 3 // 10)
        numbers = range(1, 1 + len(offers))
        batches = [list(numbers[at : at + BATCH]) for at in range(0, len(numbers), BATCH)]
        settled = self.send([
            (self._operator, self._contract, self._call(_SETTLE, self._requests, batch))
            for batch in batches
        ])  # fmt: skip
        self._day += 1
        return Event(request=request, offers=offered, clear=clear, settled=sum(settled))

    def clear_only(self, ask: Ask, offers: Sequence[Sequence[Block]]) -> tuple[int, int, int]:
        """Ask, offer and clear; give the gas of each."""
        first = self._day * STEP + _SIX_PM
        closes = (first - 2) * INTERVAL_S
        self.reach((self._day * STEP + _NOON) * INTERVAL_S)
        self._tell(self._day * STEP + _NOON - _ADJUST_INTERVALS, 0)
        self._tell(self._day * STEP + _NOON, _KWH_MILLIWH)
        power_w = ask.target_units * 3_600 // (LENGTH * INTERVAL_S)
        terms = (
            first, LENGTH, power_w, ask.most_price_per_kwh, ask.rule.value, closes, False,
        )  # fmt: skip
        (request,) = self.send([(self._operator, self._contract, self._call(_REQUEST, terms))])
        self._requests += 1
        offered = self.send([
            (home, self._contract, self._call(
                _OFFER, self._requests, 1 + index, [(b.tick, b.energy_units) for b in blocks]
            ))
            for index, (home, blocks) in enumerate(zip(self._homes, offers, strict=True))
        ])  # fmt: skip
        self.reach(closes)
        (clear,) = self.send([(self._operator, self._contract, self._call(_CLEAR, self._requests))])
        return request, sum(offered), clear

    def _call(self, signature: str, *arguments: object) -> str:
        return self._artifact.call_data(signature, *arguments)

    def _live(self, drawn: int) -> None:
        """Let the day's window pass; every meter draws so much in it."""
        first = self._day * STEP + _SIX_PM
        self.reach((first + LENGTH) * INTERVAL_S)
        self._tell(first, 0)
        self._tell(first + LENGTH, drawn)

    def _tell(self, boundary: int, more: int) -> None:
        self._registers += more
        told = [reading(boundary, self._registers, 0)]
        self.send([
            (self._operator, self._registry.address, self._registry.report(1 + index, told))
            for index in range(len(self._homes))
        ])  # fmt: skip


@contextmanager
def reduction_street(adjust_percent: int = 0) -> Iterator[ReductionStreet]:
    """Run a street on a chain of its own."""
    with free_chain(_FIRST_DAY * 86_400 + 7, _MOST_GAS) as chain:
        yield ReductionStreet(chain, adjust_percent)


def asked(target_units: int, most_price_per_kwh: int) -> Ask:
    """Give a request that is paid uniformly."""
    return Ask(
        target_units=target_units,
        unit_milliwh=1_000,
        most_price_per_kwh=most_price_per_kwh,
        rule=PricingRule.UNIFORM,
    )
