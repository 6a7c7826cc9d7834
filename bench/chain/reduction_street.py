"""Play events of the reduction auction on a real chain, an account a home, and say what each used.

The chain stamps its blocks as it is told, mines on request, and lets us send for any account, so
that no home needs a key. Each home tells the two ends of the window on six days before, and draws a
kilowatt-hour in each of them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.chain.batched import BatchedChain, Call
from node.core.records import MeterName, Reading, Registers
from node.core.reduction.clearing import Ask, Block, PricingRule
from node.keys.keccak import checksum_address
from node.ledger.contracts.artifacts import artifact
from node.ledger.contracts.registry import RegistryContract
from node.ledger.contracts.token import TokenContract
from village.chain import anvil_command
from village.processes import Processes
from village.tcp import free_port, wait_for_port

INTERVAL_S, LENGTH = 900, 4
STEP = 86_400 // INTERVAL_S
BATCH = 100
_DAYS, _BACK_DAYS = 5, 8
_ADJUST_INTERVALS = 4
_CHAIN_ID = 720_724
_FIRST_DAY = 20_605
"""A Monday: the first event is on the next one."""
_SIX_PM, _NOON = 72, 48
_KWH_MILLIWH = 1_000_000
_FUNDS = 10**15
_RICH_WEI = hex(10**24)
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


class ReductionStreet:
    """Hold the chain, its contracts, and homes with a meter and money in its balance."""

    def __init__(self, port: int, adjust_percent: int) -> None:
        self._chain = BatchedChain(port, 16_000_000)
        self._operator = _account(0)
        self._chain.ask([("anvil_setBalance", self._operator, _RICH_WEI)])
        self._deploy(adjust_percent)
        self._homes: list[str] = []
        self._registers = 0
        self._requests = 0
        self._day = _FIRST_DAY

    def settle_in(self, number: int) -> None:
        """Give so many homes a meter with money, and a week of days."""
        self._homes = [_account(1 + index) for index in range(number)]
        self._chain.ask([("anvil_setBalance", home, _RICH_WEI) for home in self._homes])
        me, registry, token = self._operator, self._registry, self._token
        self._send([
            (me, registry.address, registry.install(home, me, "consumer", 2**31))
            for home in self._homes
        ])  # fmt: skip
        self._send([(me, token.address, token.mint(me, _FUNDS * (number + 1)))])
        targets = [b"", *((1 + index).to_bytes(32, "big") for index in range(number))]
        self._send([
            (me, token.address, token.transfer_and_call(self._auction, _FUNDS, data))
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
        settled = self._send([
            (self._operator, self._auction, self._call(_SETTLE, self._requests, batch))
            for batch in batches
        ])  # fmt: skip
        self._day += 1
        return Event(request=request, offers=offered, clear=clear, settled=sum(settled))

    def clear_only(self, ask: Ask, offers: Sequence[Sequence[Block]]) -> tuple[int, int, int]:
        """Ask, offer and clear; give the gas of each."""
        first = self._day * STEP + _SIX_PM
        closes = (first - 2) * INTERVAL_S
        self._reach((self._day * STEP + _NOON) * INTERVAL_S)
        self._tell(self._day * STEP + _NOON - _ADJUST_INTERVALS, 0)
        self._tell(self._day * STEP + _NOON, _KWH_MILLIWH)
        power_w = ask.target_units * 3_600 // (LENGTH * INTERVAL_S)
        terms = (
            first, LENGTH, power_w, ask.most_price_per_kwh, ask.rule.value, closes, False,
        )  # fmt: skip
        (request,) = self._send([(self._operator, self._auction, self._call(_REQUEST, terms))])
        self._requests += 1
        offered = self._send([
            (home, self._auction, self._call(
                _OFFER, self._requests, 1 + index, [(b.tick, b.energy_units) for b in blocks]
            ))
            for index, (home, blocks) in enumerate(zip(self._homes, offers, strict=True))
        ])  # fmt: skip
        self._reach(closes)
        (clear,) = self._send([(self._operator, self._auction, self._call(_CLEAR, self._requests))])
        return request, sum(offered), clear

    def _call(self, signature: str, *arguments: object) -> str:
        return self._artifact.call_data(signature, *arguments)

    def _live(self, drawn: int) -> None:
        """Let the day's window pass; every meter draws so much in it."""
        first = self._day * STEP + _SIX_PM
        self._reach((first + LENGTH) * INTERVAL_S)
        self._tell(first, 0)
        self._tell(first + LENGTH, drawn)

    def _tell(self, boundary: int, more: int) -> None:
        self._registers += more
        registers = Registers(import_milliwh=self._registers, export_milliwh=0)
        told = [Reading(meter=MeterName.CONNECTION, boundary=boundary, registers=registers)]
        self._send([
            (self._operator, self._registry.address, self._registry.report(1 + index, told))
            for index in range(len(self._homes))
        ])  # fmt: skip

    def _send(self, calls: Sequence[Call]) -> list[int]:
        return [int(outcome["gasUsed"], 16) for outcome in self._chain.outcomes(calls)]

    def _reach(self, instant_s: int) -> None:
        if self._chain.now_s() < instant_s:
            self._chain.reach(instant_s)

    def _deploy(self, adjust_percent: int) -> None:
        me = self._operator
        addresses: list[str] = []
        adjusts = _ADJUST_INTERVALS if adjust_percent else 0
        for name in ("EnergyToken", "MeterRegistry", "ReductionAuction"):
            arguments: dict[str, tuple[object, ...]] = {
                "EnergyToken": ("Peerwatt energy token", "PWT", me),
                "MeterRegistry": (me, INTERVAL_S, 1_024),
                "ReductionAuction": (
                    (*addresses, 1_000, 1, 10, _DAYS, _BACK_DAYS, adjust_percent, adjusts, 0,
                     86_400),
                ),
            }  # fmt: skip
            data = artifact(name).deployment_data(*arguments[name])
            (outcome,) = self._chain.outcomes([(me, "", data)])
            addresses.append(checksum_address(outcome["contractAddress"]))
            self.deployed = int(outcome["gasUsed"], 16)
        self._token = TokenContract(addresses[0])
        self._registry = RegistryContract(addresses[1])
        self._auction = addresses[2]
        self._artifact = artifact("ReductionAuction")


@contextmanager
def reduction_street(adjust_percent: int = 0) -> Iterator[ReductionStreet]:
    """Run a street on a chain of its own."""
    with TemporaryDirectory(prefix="peerwatt-bench-") as directory:
        processes, port = Processes(Path(directory)), free_port()
        genesis_s = _FIRST_DAY * 86_400 + 7
        free = ["--auto-impersonate", "--base-fee", "0", "--gas-price", "0"]
        free += ["--gas-limit", str(2**40)]
        try:
            command = anvil_command(port, genesis_s, _CHAIN_ID, Path(directory))
            processes.start("chain", [*command, *free])
            wait_for_port(port, 30.0)
            yield ReductionStreet(port, adjust_percent)
        finally:
            processes.stop_all()


def asked(target_units: int, most_price_per_kwh: int) -> Ask:
    """Give a request that is paid uniformly."""
    return Ask(
        target_units=target_units,
        unit_milliwh=1_000,
        most_price_per_kwh=most_price_per_kwh,
        rule=PricingRule.UNIFORM,
    )


def _account(number: int) -> str:
    # Half of the digits are set: zeros would make calldata cheaper than a real account's.
    return checksum_address(f"0x{0xA5C3 << 144 | 0x5AA5_3CC3_0FF0_9669 << 64 | number:040x}")
