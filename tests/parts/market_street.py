"""A street with an auction on a real chain, whose homes the test plays by direct transactions.

The chain signs for them (anvil with `--auto-impersonate`), so that a home is an address and its
meter. The utility has a key of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bench.chain.batched import BatchedChain, Call
from node.core.auction.clearing import Bid, Kind, Offer, Order
from node.core.auction.gate import gate_closes_s, next_gate
from node.core.auction.settlement import Terms, deposit_up
from node.core.auction.tariff import Tariff
from node.core.records import MeterName, Reading, Registers
from node.keys.account import Account
from node.keys.keccak import checksum_address
from node.ledger.contracts.ask import Ask
from node.ledger.contracts.auction import AuctionContract, Placement
from node.ledger.contracts.registry import RegistryContract
from node.ledger.contracts.token import TokenContract
from node.ledger.operator import deploy as deployment
from tests.parts.auction_asks import lane_of, tariff_number_in
from tests.parts.chain import TOKEN, Chain, running_chain

Value = TypeVar("Value")
TARIFF = Tariff(feed_in_per_kwh=80_000, tick_size_per_kwh=3_000)
UNIT_MILLIWH = 1_000
MARGIN_PERCENT = 20
PLACED_WITHIN_S = 45
"""A gate that is nearer, as any may be when a test begins, could close before its orders are in."""
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

    def reading(self, boundary: int) -> Reading:
        """Read its meter at a boundary."""
        registers = Registers(import_milliwh=self.imported, export_milliwh=self.exported)
        return Reading(meter=MeterName.CONNECTION, boundary=boundary, registers=registers)

    def count(self, imported: int, exported: int) -> None:
        """Let its meter count what flowed, in milliwatt-hours."""
        self.imported += imported
        self.exported += exported


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
        self._batched = BatchedChain(chain.port)
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
        self.auction = AuctionContract(self.addresses["auction"])
        self.token = TokenContract(self.addresses["token"])
        self.registry = RegistryContract(self.addresses["registry"])
        self.operator = operator.account
        if utility_tokens:
            self.mint(utility.account, utility_tokens)
        self.homes = [self.new_home(number) for number in range(1, homes + 1)]

    def place(self, home: PlayedHome, interval: int, order: Order) -> None:
        """Place or change an order, and pay its deposit in."""
        self.send(self.placing(home, interval, order, self.terms_in(interval)))

    def place_all(self, interval: int, orders: Mapping[int, Order]) -> None:
        """Place the orders of homes that are told by their place."""
        for number, order in orders.items():
            self.place(self.homes[number], interval, order)

    def placing(self, home: PlayedHome, interval: int, order: Order, terms: Terms) -> Call:
        """Make the call with which a home orders and pays the deposit in, and count the money."""
        placement = Placement(interval=interval, meter_id=home.meter_id, order=order)
        added = deposit_up(order, terms)
        home.money_in += added
        data = self.token.transfer_and_call(
            self.auction.address, added, self.auction.placement(placement)
        )
        return home.account, self.token.address, data

    def report(
        self, home: PlayedHome, boundary: int, *, imported: int = 0, exported: int = 0
    ) -> None:
        """Report a boundary, with what the meter counted since the one before (mWh)."""
        home.count(imported, exported)
        home.reported.append(boundary)
        self.send(self.reporting(home, [home.reading(boundary)]))

    def reporting(self, home: PlayedHome, readings: Sequence[Reading]) -> Call:
        """Make the call with which a home reports."""
        data = self.registry.report(home.meter_id, readings)
        return home.account, self.registry.address, data

    def mint(self, account: str, tokens: int) -> None:
        """Give an account tokens, in base units."""
        self.send((self.operator, self.token.address, self.token.mint(account, tokens)))

    def terms_in(self, interval: int) -> Terms:
        """Give what an interval's money depends on, by the chain."""
        number = self.ask(tariff_number_in(self.auction, interval))
        tariff = self.ask(self.auction.tariff(number)).tariff
        return Terms(unit_milliwh=UNIT_MILLIWH, margin_percent=MARGIN_PERCENT, tariff=tariff)

    def now_s(self) -> int:
        """Give the newest block's time."""
        return self._batched.now_s()

    def open_interval(self) -> int:
        """Give the interval whose gate closes next, and not before its orders can be placed."""
        interval = next_gate(self.now_s(), self.interval_s, self.lead_s)
        if self.gate_s(interval) - self.now_s() >= PLACED_WITHIN_S:
            return interval
        self.reach_gate(interval)
        return interval + 1

    def gate_s(self, interval: int) -> int:
        """Give when an interval's gate closes."""
        return gate_closes_s(interval, self.interval_s, self.lead_s)

    def reach(self, instant_s: int) -> None:
        """Let the chain's time go on to an instant."""
        self._batched.reach(instant_s)

    def reach_gate(self, interval: int) -> None:
        """Let the chain's time go on to an interval's gate."""
        self.reach(self.gate_s(interval))

    def ask(self, ask: Ask[Value]) -> Value:
        """Ask a contract one thing."""
        (value,) = self._ask([ask])
        return value

    def is_cleared(self, interval: int) -> bool:
        """Say whether the chain has an interval's result."""
        lane = self.ask(lane_of(self.auction, interval))
        return lane.interval == interval and lane.cleared

    def is_open(self, home: PlayedHome, interval: int) -> bool:
        """Say whether a home's order is not settled."""
        return self.ask(self.auction.order_at(home.meter_id, interval)) is not None

    def balances(self) -> list[int]:
        """Give each home's money at the auction."""
        return self._ask([self.auction.balance_of(home.account) for home in self.homes])

    def tokens_of(self, account: str) -> int:
        """Give an account's money outside the auction; the auction's own is all that it holds."""
        return self.ask(self.token.balance_of(account))

    def as_utility(self, *data: str) -> None:
        """Call the auction with the utility's account."""
        self.send(*((self.utility.account, self.auction.address, one) for one in data))

    def send(self, *calls: Call) -> list[dict[str, Any]]:
        """Send calls; give their outcomes."""
        hashes = self._batched.ask([
            ("eth_sendTransaction", {"from": sender, "to": to, "data": data, "gas": _GAS})
            for sender, to, data in calls
        ])  # fmt: skip
        outcomes: list[Any] = [None]
        while None in outcomes:
            outcomes = self._batched.ask([("eth_getTransactionReceipt", found) for found in hashes])
        for call, outcome in zip(calls, outcomes, strict=True):
            assert outcome is not None
            assert outcome["status"] == "0x1", call
        return outcomes

    def close(self) -> None:
        """End the conversation; may be called twice."""
        self._batched.close()

    def new_home(self, number: int) -> PlayedHome:
        """Make an account with gas and tokens, and install its meter."""
        account = played_account(number)
        self.chain.fund(account)
        _, outcome = self.send(*self.joining(account))
        return self.joined(account, outcome)

    def joining(self, account: str) -> tuple[Call, Call]:
        """Make the calls with which the operator gives a home tokens and installs its meter."""
        minted = self.token.mint(account, _FUNDS)
        installed = self.registry.install(account, account, "solar", 2**32 - 1)
        return (
            (self.operator, self.token.address, minted),
            (self.operator, self.registry.address, installed),
        )

    def joined(self, account: str, outcome: Mapping[str, Any]) -> PlayedHome:
        """Know a home by the outcome of its meter."""
        topic = self.registry.installed_topic
        installed = next(log for log in outcome["logs"] if log["topics"][0] == topic)
        return PlayedHome(account=account, meter_id=int(installed["topics"][1], 16))

    def _ask(self, asks: Sequence[Ask[Value]]) -> list[Value]:
        """Ask several things at once."""
        calls = [("eth_call", {"to": ask.to, "data": ask.data}, "latest") for ask in asks]
        return [ask.read(told) for ask, told in zip(asks, self._batched.ask(calls), strict=True)]


@contextmanager
def running_market(**options: Any) -> Iterator[MarketStreet]:
    """Run a street on a chain of its own for a while; `options` are the street's."""
    with running_chain("--auto-impersonate") as chain:
        street = MarketStreet(chain, chain.new_account(), **options)
        try:
            yield street
        finally:
            street.close()


def played_account(number: int) -> str:
    """Give a played home's account, which needs no key."""
    return checksum_address(f"0x{0xA0 << 152 | number:040x}")


def bid(units: int, tick: int = 40) -> Bid:
    """Make a need of solar energy."""
    return Bid(solar_tick=tick, chp_tick=0, energy_units=units)


def offer(units: int, tick: int = 5) -> Offer:
    """Make an offer of solar energy."""
    return Offer(kind=Kind.SOLAR, tick=tick, energy_units=units)
