"""Play intervals of the commitment pool on a real chain, one account a home, and say what each call
used."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import mean

from bench.chain.batched import BatchedChain, Call
from bench.chain.metered_street import INTERVAL_S, MeteredStreet, account, free_chain, reading
from node.core.commitment.settlement import Commitment, Side
from node.ledger.contracts.pool import Claimed, Pledge, PoolContract

BATCH = 50
RING = 256
_REGISTRY_RING = 128
_FIRST_BOUNDARY = 2_000_000
_FUNDS = 10**12
_PRICE, _MOST = 200_000, 250_000
_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRound:
    """Hold the gas of one interval: of each commitment, of recording and claiming alone, and of
    each home's part of a batch of both; and what the claims said."""

    commit: list[int]
    alone: float
    batched: float
    claimed: list[Claimed]


class PoolStreet(MeteredStreet):
    """Hold the chain, its contracts, and homes with a meter."""

    def __init__(self, chain: BatchedChain) -> None:
        super().__init__(
            chain, _REGISTRY_RING, "CommitmentPool",
            lambda addresses: (
                *addresses, *addresses[1:], 3_600, _DAY_S // 4, 20, 1_000, 24, 4, RING
            ),
        )  # fmt: skip
        self.pool = PoolContract(self._contract)
        self._homes: list[str] = []
        self._meters: list[int] = []
        self._registers = 0
        self._interval = 0

    def play(self, amounts: Sequence[int], *, by_approval: bool) -> PoolRound:
        """Commit these milliwatt-hours, producers and consumers in turn, keep to them, and settle:
        half of the homes alone, the rest in batches of `BATCH`."""
        self._settle_in(len(amounts))
        interval = self._next_interval()
        commit = self.send([
            self._commitment(interval, index, amount, by_approval)
            for index, amount in enumerate(amounts)
        ])  # fmt: skip
        self._report(interval, amounts)
        half = len(amounts) // 2
        standing = [(meter, 0) for meter in self._meters[: len(amounts)]]
        singles = [[one] for one in standing[:half]]
        rest = [standing[at : at + BATCH] for at in range(half, len(standing), BATCH)]
        used = {"alone": 0.0, "batched": 0.0}
        claimed: list[Claimed] = []
        for build in (self.pool.record, self.pool.claim):
            for mode, parts, homes in (
                ("alone", singles, half), ("batched", rest, len(standing) - half),
            ):  # fmt: skip
                outcomes = self._chain.outcomes(
                    [(self._operator, self.pool.address, build(interval, part)) for part in parts]
                )
                used[mode] += sum(int(one["gasUsed"], 16) for one in outcomes) / homes
                claimed += [
                    self.pool.claimed(log)
                    for one in outcomes
                    for log in one["logs"]
                    if log["topics"][0] == self.pool.claimed_topic
                ]
        return PoolRound(
            commit=commit, alone=used["alone"], batched=used["batched"], claimed=claimed
        )

    def go_round(self) -> None:
        """Let so much time pass that the next interval uses the last one's entry."""
        self._interval += RING - 1

    def _next_interval(self) -> int:
        """Go to just before an interval, with a fresh price."""
        self._interval = max(self._interval, self._chain.now_s() // INTERVAL_S + 1) + 1
        self._chain.reach(self._interval * INTERVAL_S - INTERVAL_S // 2)
        self.send([(self._operator, self._registry.address, self._registry.post_price(_PRICE))])
        return self._interval

    def _commitment(self, interval: int, index: int, amount: int, by_approval: bool) -> Call:
        home, side = self._homes[index], Side.CONSUMER if index % 2 else Side.PRODUCER
        pledge = Pledge(
            meter_id=self._meters[index], place=0, first=interval, length=1,
            commitment=Commitment(
                side=side, amount_milliwh=amount, least_per_kwh=0, most_per_kwh=_MOST
            ),
        )  # fmt: skip
        if not by_approval:
            return home, self.pool.address, self.pool.commit(pledge)
        data = self.pool.pledge(pledge)
        call = self._token.approve_and_call(self.pool.address, _FUNDS, data)
        return home, self._token.address, call

    def _report(self, interval: int, amounts: Sequence[int]) -> None:
        """Let the interval pass; every meter shows in both directions what its home committed."""
        self._chain.reach((interval + 1) * INTERVAL_S)
        self._registers += max(amounts)
        calls = []
        for meter, amount in zip(self._meters, amounts, strict=False):
            before, after = self._registers - amount, self._registers
            told = [reading(interval, before, before), reading(interval + 1, after, after)]
            calls.append(
                (self._operator, self._registry.address, self._registry.report(meter, told))
            )
        self.send(calls)

    def _settle_in(self, number: int) -> None:
        """Let so many homes be there, with a meter, money outside of the pool and in it."""
        new = [account(1 + index) for index in range(len(self._homes), number)]
        me, token, registry = self._operator, self._token, self._registry
        self._enrich(new)
        outcomes = self._chain.outcomes(
            [
                (me, registry.address, registry.install(home, me, "battery", 2**32 - 1))
                for home in new
            ]
        )
        self._meters += [int(outcome["logs"][0]["topics"][1], 16) for outcome in outcomes]
        self.send([(me, token.address, token.mint(home, 2 * _FUNDS)) for home in new])
        self._homes += new

    def fund(self) -> None:
        """Fill every meter's balance in the pool from its home's account."""
        self.send([
            (home, self._token.address, self._token.approve_and_call(
                self.pool.address, _FUNDS, self.pool.deposit(meter)
            ))
            for home, meter in zip(self._homes, self._meters, strict=True)
        ])  # fmt: skip


def all_included(found: PoolRound, *, batched: bool) -> float:
    """Give a participant's gas: its commitment, and its recording and claim."""
    return mean(found.commit) + (found.batched if batched else found.alone)


@contextmanager
def pool_street() -> Iterator[PoolStreet]:
    """Run a street on a chain of its own."""
    with free_chain(_FIRST_BOUNDARY * INTERVAL_S + 7) as chain:
        yield PoolStreet(chain)
