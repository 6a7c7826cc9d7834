"""Play intervals of the commitment pool on a real chain, one account a home, and say what each
call used. Calls of many homes go in one request."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

from bench.chain.auction_street import account, reading
from bench.chain.batched import BatchedChain, Call
from node.core.commitment.settlement import Commitment, Side
from node.keys.keccak import checksum_address
from node.ledger.contracts.artifacts import artifact
from node.ledger.contracts.pool import Claimed, Pledge, PoolContract
from node.ledger.contracts.registry import RegistryContract
from node.ledger.contracts.token import TokenContract
from village.chain import anvil_command
from village.processes import Processes
from village.tcp import free_port, wait_for_port

INTERVAL_S = 900
BATCH = 50
RING = 256
_REGISTRY_RING = 128
_CHAIN_ID = 720_724
_FIRST_BOUNDARY = 2_000_000
_FUNDS = 10**12
_RICH_WEI = hex(10**24)
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


class PoolStreet:
    """Hold the chain, its contracts, and homes with a meter."""

    def __init__(self, port: int) -> None:
        self._chain = BatchedChain(port)
        self._operator = account(0)
        self._chain.ask([("anvil_setBalance", self._operator, _RICH_WEI)])
        self._deploy()
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

    def send(self, calls: Sequence[Call]) -> list[int]:
        """Send calls, many in a block; give what each used.

        Raises:
            RuntimeError: one of them failed.
        """
        return [int(outcome["gasUsed"], 16) for outcome in self._chain.outcomes(calls)]

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
            told = [
                reading(interval, self._registers - amount),
                reading(interval + 1, self._registers),
            ]
            calls.append(
                (self._operator, self._registry.address, self._registry.report(meter, told))
            )
        self.send(calls)

    def _settle_in(self, number: int) -> None:
        """Let so many homes be there, with a meter, money outside of the pool and in it."""
        new = [account(1 + index) for index in range(len(self._homes), number)]
        me, token, registry = self._operator, self._token, self._registry
        self._chain.ask([("anvil_setBalance", home, _RICH_WEI) for home in new])
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

    def _deploy(self) -> None:
        me = self._operator
        addresses: list[str] = []
        for name in ("EnergyToken", "MeterRegistry", "CommitmentPool"):
            arguments: dict[str, tuple[object, ...]] = {
                "EnergyToken": ("Peerwatt energy token", "PWT", me),
                "MeterRegistry": (me, INTERVAL_S, _REGISTRY_RING),
                "CommitmentPool": (
                    (*addresses, *addresses[1:], 3_600, _DAY_S // 4, 20, 1_000, 24, 4, RING),
                ),
            }
            data = artifact(name).deployment_data(*arguments[name])
            (outcome,) = self._chain.outcomes([(me, "", data)])
            addresses.append(checksum_address(outcome["contractAddress"]))
            self.deployed = int(outcome["gasUsed"], 16)
        self._token = TokenContract(addresses[0])
        self._registry = RegistryContract(addresses[1])
        self.pool = PoolContract(addresses[2])


def all_included(found: PoolRound, *, batched: bool) -> float:
    """Give a participant's gas: its commitment, and its recording and claim."""
    return mean(found.commit) + (found.batched if batched else found.alone)


@contextmanager
def pool_street() -> Iterator[PoolStreet]:
    """Run a street on a chain of its own."""
    with TemporaryDirectory(prefix="peerwatt-bench-") as directory:
        processes, port = Processes(Path(directory)), free_port()
        command = anvil_command(port, _FIRST_BOUNDARY * INTERVAL_S + 7, _CHAIN_ID, Path(directory))
        free = ["--auto-impersonate", "--base-fee", "0", "--gas-price", "0"]
        free += ["--gas-limit", str(2**40)]
        try:
            processes.start("chain", [*command, *free])
            wait_for_port(port, 30.0)
            yield PoolStreet(port)
        finally:
            processes.stop_all()
