"""Make the transactions of a street on a real chain, and say what each used.

The street is the ancestor's (workload W-DAISEE): one producer, two consumers. Each transaction is
a block of its own, and the chain's clock stands still but where `reach` moves it.
"""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from node.core.commands import OpenOrder, PostOffer
from node.core.records import MeterName, Reading, Receipt, Registers
from node.core.units import cost_up
from node.keys.account import Account, new_account
from node.keys.keccak import checksum_address
from node.keys.receipts import sign_receipt
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.artifacts import artifact
from node.ledger.contracts.registry import RegistryContract
from node.ledger.contracts.sale import SaleContract
from node.ledger.contracts.token import TokenContract
from node.ledger.operator.deploy import install_meter, mint
from node.ledger.operator.transact import Transactor
from village.chain import anvil_command, call
from village.processes import Processes
from village.tcp import free_port, wait_for_port

INTERVAL_S = 900
RING = 128
"""Goes round in a day and a third, and a batch of 96 still writes 96 different entries."""
GRACE_S = 3600
DURATION_S = 7200
PRICE_PER_KWH = 1_000_000
"""One token is one unit, so that no rounding unit is left."""
BOUGHT_MILLIWH = 230_000
MOST_POWER_W = 2**32 - 1

_CHAIN_ID = 720_722
_FIRST_BOUNDARY = 2_000_000
_RICH_WEI = 10**20
_TOKENS = 10**12
_HOUR_OF_OFFER_S = 4 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """Hold what each deployment used."""

    token: int
    registry: int
    sale: int


class GasChain:
    """Hold the chain, the three contracts and the three homes; every method gives gas."""

    def __init__(self, port: int) -> None:
        self._wand = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        call(self._wand, "evm_setAutomine", True)
        self.rpc = Rpc([f"http://127.0.0.1:{port}"], chain_id=_CHAIN_ID, timeout_s=30.0)
        self._senders: dict[str, Transactor] = {}
        self.operator, self.seller, *self.buyers = [self._new_account() for _ in range(4)]
        self.deployed = self._deploy()
        for buyer in self.buyers:
            mint(self._senders[self.operator.account], self._token.address, buyer.account, _TOKENS)
        self._boundary = _FIRST_BOUNDARY
        self._registers = Registers(import_milliwh=10**9, export_milliwh=10**9)

    def install(self) -> int:
        """Install a meter that reports by the first buyer's key; give its id."""
        reporter = self.buyers[0].account
        return install_meter(
            self._senders[self.operator.account],
            self.rpc,
            self._registry.address,
            owner=reporter,
            reporter=reporter,
            kind="consumer",
            max_power_w=MOST_POWER_W,
        )

    def post_offer(self, price_per_kwh: int) -> int:
        """Have the seller replace its offer."""
        offer = PostOffer(
            price_per_kwh=price_per_kwh,
            available_milliwh=10**9,
            least_milliwh=1_000,
            until_s=self._boundary * INTERVAL_S + _HOUR_OF_OFFER_S,
            duration_s=DURATION_S,
        )
        return self._send(self.seller, self.sale.address, self.sale.post_offer(offer))

    def buy(self, buyer: Account, number: int, price_per_kwh: int = PRICE_PER_KWH) -> int:
        """Purchase with one approve-and-call."""
        order = self._order(number, price_per_kwh)
        data = self._token.approve_and_call(
            self.sale.address, order.max_cost, self.sale.purchase(order)
        )
        return self._send(buyer, self._token.address, data)

    def buy_by_transfer(self, buyer: Account, number: int) -> int:
        """Purchase with one transfer-and-call."""
        order = self._order(number, PRICE_PER_KWH)
        data = artifact("EnergyToken").call_data(
            "transferAndCall(address,uint256,bytes)",
            self.sale.address,
            order.max_cost,
            self.sale.purchase(order),
        )
        return self._send(buyer, self._token.address, data)

    def redeem(self, buyer: Account, number: int, drawn_milliwh: int) -> int:
        """Have the seller paid up to a receipt."""
        data = self.sale.redeem(self._receipt(buyer, number, drawn_milliwh))
        return self._send(self.seller, self.sale.address, data)

    def redeem_and_close(self, buyer: Account, number: int, drawn_milliwh: int) -> int:
        """Have the seller paid, and the rest returned."""
        data = self.sale.redeem_and_close(self._receipt(buyer, number, drawn_milliwh))
        return self._send(self.seller, self.sale.address, data)

    def acknowledge(self, buyer: Account, number: int, drawn_milliwh: int) -> int:
        """Have the buyer pay without a receipt."""
        data = artifact("EnergySale").call_data(
            "acknowledge(address,uint32,uint64)", self.seller.account, number, drawn_milliwh
        )
        return self._send(buyer, self.sale.address, data)

    def refund(self, buyer: Account, number: int) -> int:
        """Return the rest of an order once its grace has passed."""
        self.reach(-(-(DURATION_S + GRACE_S) // INTERVAL_S) + 1)
        data = self.sale.refund(buyer.account, self.seller.account, number)
        return self._send(buyer, self.sale.address, data)

    def report(self, meter: int, rise_milliwh: int, readings: int = 1) -> int:
        """Let so many intervals pass, and report their boundaries in one transaction."""
        told = []
        for _ in range(readings):
            self._boundary += 1
            imported = self._registers.import_milliwh + rise_milliwh
            self._registers = replace(self._registers, import_milliwh=imported)
            told.append(
                Reading(
                    meter=MeterName.CONNECTION, boundary=self._boundary, registers=self._registers
                )
            )
        self.reach(0)
        return self._send(
            self.buyers[0], self._registry.address, self._registry.report(meter, told)
        )

    def reach(self, intervals: int) -> None:
        """Let intervals pass; the chain then stands a few seconds after a boundary."""
        self._boundary += intervals
        newest = self.rpc.call("eth_getBlockByNumber", "latest", False)
        next_s = max(int(newest["timestamp"], 16) + 1, self._boundary * INTERVAL_S + 7)
        call(self._wand, "evm_setNextBlockTimestamp", next_s)
        call(self._wand, "evm_mine")

    def _deploy(self) -> Deployed:
        sender = self._senders[self.operator.account]
        used: dict[str, int] = {}
        addresses: dict[str, str] = {}
        for name in ("EnergyToken", "MeterRegistry", "EnergySale"):
            arguments: dict[str, tuple[object, ...]] = {
                "EnergyToken": ("Peerwatt energy token", "PWT", self.operator.account),
                "MeterRegistry": (self.operator.account, INTERVAL_S, RING),
                "EnergySale": (addresses.get("EnergyToken"), GRACE_S),
            }
            data = artifact(name).deployment_data(*arguments[name])
            outcome = sender.send(name, None, data)
            used[name] = int(outcome["gasUsed"], 16)
            addresses[name] = checksum_address(outcome["contractAddress"])
        self._token = TokenContract(addresses["EnergyToken"])
        self._registry = RegistryContract(addresses["MeterRegistry"])
        self.sale = SaleContract(addresses["EnergySale"])
        return Deployed(
            token=used["EnergyToken"], registry=used["MeterRegistry"], sale=used["EnergySale"]
        )

    def _order(self, number: int, price_per_kwh: int) -> OpenOrder:
        return OpenOrder(
            seller=self.seller.account,
            number=number,
            energy_milliwh=BOUGHT_MILLIWH,
            max_price_per_kwh=price_per_kwh,
            max_duration_s=DURATION_S,
            max_cost=cost_up(BOUGHT_MILLIWH, price_per_kwh),
        )

    def _receipt(self, buyer: Account, number: int, drawn_milliwh: int) -> Receipt:
        return sign_receipt(
            buyer,
            chain_id=_CHAIN_ID,
            sale=self.sale.address,
            seller=self.seller.account,
            number=number,
            drawn_milliwh=drawn_milliwh,
        )

    def _new_account(self) -> Account:
        account = new_account()
        call(self._wand, "anvil_setBalance", account.account, hex(_RICH_WEI))
        self._senders[account.account] = Transactor(self.rpc, account, lambda _line: None)
        return account

    def _send(self, account: Account, to: str, data: str) -> int:
        outcome = self._senders[account.account].send("bench", to, data)
        return int(outcome["gasUsed"], 16)


@contextmanager
def gas_chain() -> Iterator[GasChain]:
    """Run a chain of one's own for a while."""
    with TemporaryDirectory() as scratch:
        processes, port = Processes(Path(scratch)), free_port()
        start_s = (_FIRST_BOUNDARY - 1) * INTERVAL_S
        processes.start("chain", anvil_command(port, start_s, _CHAIN_ID, Path(scratch)))
        try:
            wait_for_port(port, 30.0)
            yield GasChain(port)
        finally:
            processes.stop_all()
