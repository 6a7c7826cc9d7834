"""A street with an auction on a real chain, whose homes the test plays by direct transactions.

The chain signs for them (anvil with `--auto-impersonate`), so that a home is an address and its
meter. The utility has a key of its own.
"""

import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from node.core.auction import Bid, Kind, Offer, Order
from node.core.gate import gate_closes_s, next_gate
from node.core.records import MeterName, Reading, Registers
from node.core.settlement import Terms, deposit_up
from node.core.tariff import Tariff
from node.ledger import deploy as deployment
from node.ledger.auction import AuctionContract, Placement
from node.ledger.keccak import checksum_address
from node.ledger.keys import Account
from node.ledger.registry import RegistryContract
from node.ledger.token import TokenContract
from tests.chain import ETHER, TOKEN, Chain

TARIFF = Tariff(feed_in_per_kwh=80_000, tick_size_per_kwh=3_000)
UNIT_MILLIWH = 1_000
MARGIN_PERCENT = 20
_GAS = hex(3_000_000)
_FUNDS = 10_000 * TOKEN


@dataclass(slots=True, kw_only=True)
class PlayedHome:
    """Hold one home's account, its meter, and the registers that it has reported."""

    account: str
    meter_id: int
    imported: int = 0
    exported: int = 0
    money_in: int = 0
    reported: list[int] = field(default_factory=list)


class MarketStreet:
    """Hold the chain's contracts and its homes."""

    def __init__(
        self,
        chain: Chain,
        utility: Account,
        *,
        homes: int = 2,
        interval_s: int = 900,
        lead_s: int = 60,
        deadline_s: int = 86_400,
        utility_tokens: int = 1_000 * TOKEN,
    ) -> None:
        self.chain = chain
        self.utility = utility
        self.interval_s, self.lead_s = interval_s, lead_s
        self._http = http.client.HTTPConnection("127.0.0.1", chain.port, timeout=60)
        operator = chain.new_account()
        auction = deployment.AuctionSettings(
            utility=utility.account,
            tariff=TARIFF,
            unit_milliwh=UNIT_MILLIWH,
            gate_lead_s=lead_s,
            margin_percent=MARGIN_PERCENT,
            reading_deadline_s=deadline_s,
        )
        settings = deployment.DeploySettings(interval_s=interval_s, auction=auction)
        self.addresses = deployment.deploy(chain.url, operator, settings)
        self.auction = AuctionContract(str(self.addresses.auction))
        self.token = TokenContract(str(self.addresses.token))
        self.registry = RegistryContract(str(self.addresses.registry))
        self.operator = operator.account
        if utility_tokens:
            self.mint(utility.account, utility_tokens)
        self.homes = [self.new_home(number) for number in range(1, homes + 1)]

    def place(self, home: PlayedHome, interval: int, order: Order) -> None:
        """Place or change an order, and pay its deposit in."""
        placement = Placement(interval=interval, meter_id=home.meter_id, order=order)
        added = deposit_up(order, self.terms_in(interval))
        home.money_in += added
        data = self.token.transfer_and_call(
            self.auction.address, added, self.auction.placement(placement)
        )
        self.send((home.account, self.token.address, data))

    def report(
        self, home: PlayedHome, boundary: int, *, imported: int = 0, exported: int = 0
    ) -> None:
        """Report a boundary, with what the meter counted since the one before (mWh)."""
        home.imported += imported
        home.exported += exported
        home.reported.append(boundary)
        registers = Registers(import_milliwh=home.imported, export_milliwh=home.exported)
        reading = Reading(meter=MeterName.CONNECTION, boundary=boundary, registers=registers)
        self.send(
            (home.account, self.registry.address, self.registry.report(home.meter_id, [reading]))
        )

    def mint(self, account: str, tokens: int) -> None:
        """Give an account tokens, in base units."""
        self.send((self.operator, self.token.address, self.token.mint(account, tokens)))

    def terms_in(self, interval: int) -> Terms:
        """Give what an interval's money depends on, by the chain."""
        version = self.auction.version(self.ask(self.auction.tariff_of(interval)))
        tariff = self.auction.tariff(self.ask(self.auction.tariffs(version)))
        return Terms(unit_milliwh=UNIT_MILLIWH, margin_percent=MARGIN_PERCENT, tariff=tariff)

    def now_s(self) -> int:
        """Give the newest block's time."""
        (block,) = self.batch([("eth_getBlockByNumber", "latest", False)])
        return int(block["timestamp"], 16)

    def open_interval(self) -> int:
        """Give the interval whose gate closes next."""
        return next_gate(self.now_s(), self.interval_s, self.lead_s)

    def gate_s(self, interval: int) -> int:
        """Give when an interval's gate closes."""
        return gate_closes_s(interval, self.interval_s, self.lead_s)

    def reach(self, instant_s: int) -> None:
        """Let the chain's time go on to an instant."""
        self.batch([("evm_setNextBlockTimestamp", instant_s)])
        self.batch([("evm_mine",)])

    def ask(self, data: str) -> str:
        """Ask the auction one thing."""
        (answer,) = self.batch([("eth_call", {"to": self.auction.address, "data": data}, "latest")])
        return str(answer)

    def send(self, *calls: tuple[str, str, str]) -> list[dict[str, Any]]:
        """Send calls (from, to, data); give their receipts."""
        hashes = self.batch([
            ("eth_sendTransaction", {"from": sender, "to": to, "data": data, "gas": _GAS})
            for sender, to, data in calls
        ])  # fmt: skip
        receipts: list[Any] = [None]
        while None in receipts:
            receipts = self.batch([("eth_getTransactionReceipt", found) for found in hashes])
        for call, receipt in zip(calls, receipts, strict=True):
            assert receipt is not None
            assert receipt["status"] == "0x1", call
        return receipts

    def batch(self, calls: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Ask the chain several things at once."""
        body = [
            {"jsonrpc": "2.0", "id": index, "method": method, "params": params}
            for index, (method, *params) in enumerate(calls)
        ]
        self._http.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
        answers = json.load(self._http.getresponse())
        for answer in answers:
            assert "error" not in answer, answer["error"]
        return [answer["result"] for answer in sorted(answers, key=lambda one: one["id"])]

    def close(self) -> None:
        """End the conversation; may be called twice."""
        self._http.close()

    def new_home(self, number: int) -> PlayedHome:
        """Make an account with gas and tokens, and install its meter."""
        account = checksum_address(f"0x{0xA0 << 152 | number:040x}")
        self.batch([("anvil_setBalance", account, hex(100 * ETHER))])
        _, receipt = self.send(
            (self.operator, self.token.address, self.token.mint(account, _FUNDS)),
            (
                self.operator,
                self.registry.address,
                self.registry.install(account, account, "solar", 2**32 - 1),
            ),
        )
        installed = [
            log for log in receipt["logs"] if log["topics"][0] == self.registry.installed_topic
        ]
        return PlayedHome(account=account, meter_id=int(installed[0]["topics"][1], 16))


def bid(units: int, tick: int = 40) -> Bid:
    """Make a need of solar energy."""
    return Bid(solar_tick=tick, chp_tick=0, energy_units=units)


def offer(units: int, tick: int = 5) -> Offer:
    """Make an offer of solar energy."""
    return Offer(kind=Kind.SOLAR, tick=tick, energy_units=units)
