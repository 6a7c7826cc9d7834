"""What the benches of contracts play on: a chain without fees, an account a home, and meters.

The chain stamps its blocks as it is told, mines on request, and lets us send for any account, so
that no home needs a key. Calls of many homes go in one request.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.chain.batched import BatchedChain, Call
from node.core.records import MeterName, Reading, Registers
from node.keys.keccak import checksum_address
from node.ledger.contracts.artifacts import artifact
from node.ledger.contracts.registry import RegistryContract
from node.ledger.contracts.token import TokenContract
from village.chain import anvil_command
from village.processes import Processes
from village.tcp import free_port, wait_for_port

INTERVAL_S = 900
_CHAIN_ID = 720_723
_RICH_WEI = hex(10**24)
_MOST_GAS = 6_000_000

Settings = Callable[[Sequence[str]], tuple[object, ...]]
"""Give a contract's settings by the addresses of token and registry."""


class MeteredStreet:
    """Hold the chain, its operator, the token and the registry, and a contract of these two."""

    def __init__(self, chain: BatchedChain, ring: int, contract: str, settings: Settings) -> None:
        self._chain = chain
        self._operator = account(0)
        self._enrich([self._operator])
        token, registry = (
            self._deployed("EnergyToken", "Peerwatt energy token", "PWT", self._operator),
            self._deployed("MeterRegistry", self._operator, INTERVAL_S, ring),
        )
        self._token, self._registry = TokenContract(token), RegistryContract(registry)
        self._contract = self._deployed(contract, settings((token, registry)))

    def send(self, calls: Sequence[Call]) -> list[int]:
        """Send calls, many in a block; give what each used.

        Raises:
            RuntimeError: one of them failed.
        """
        return [int(outcome["gasUsed"], 16) for outcome in self._chain.outcomes(calls)]

    def reach(self, instant_s: int) -> None:
        """Let an instant come, unless it has passed."""
        if self._chain.now_s() < instant_s:
            self._chain.reach(instant_s)

    def _enrich(self, accounts: Sequence[str]) -> None:
        """Give accounts the chain's coin."""
        self._chain.ask([("anvil_setBalance", one, _RICH_WEI) for one in accounts])

    def _deployed(self, name: str, *arguments: object) -> str:
        data = artifact(name).deployment_data(*arguments)
        (outcome,) = self._chain.outcomes([(self._operator, "", data)])
        self.deployed = int(outcome["gasUsed"], 16)
        return checksum_address(outcome["contractAddress"])


@contextmanager
def free_chain(starts_s: int, most_gas: int = _MOST_GAS) -> Iterator[BatchedChain]:
    """Run a chain from an instant on; a transaction may use so much gas."""
    with TemporaryDirectory(prefix="peerwatt-bench-") as directory:
        processes, port = Processes(Path(directory)), free_port()
        command = anvil_command(port, starts_s, _CHAIN_ID, Path(directory))
        free = ["--auto-impersonate", "--base-fee", "0", "--gas-price", "0"]
        free += ["--gas-limit", str(2**40)]
        try:
            processes.start("chain", [*command, *free])
            wait_for_port(port, 30.0)
            yield BatchedChain(port, most_gas)
        finally:
            processes.stop_all()


def account(number: int) -> str:
    """Give an account that the chain sends for."""
    # Half of the digits are set: zeros would make calldata cheaper than a real account's.
    return checksum_address(f"0x{0xA5C3 << 144 | 0x5AA5_3CC3_0FF0_9669 << 64 | number:040x}")


def reading(boundary: int, imported: int, exported: int) -> Reading:
    """Give a connection's reading, in milliwatt-hours."""
    registers = Registers(import_milliwh=imported, export_milliwh=exported)
    return Reading(meter=MeterName.CONNECTION, boundary=boundary, registers=registers)
