"""Read the market's whole day from the chain: orders, results, settlements, meters, money."""

from collections.abc import Mapping
from dataclasses import dataclass

from node.core.auction.market import (
    ClearedInterval,
    MarketRules,
    PostedTariff,
    pair_orders,
    tariff_in,
)
from node.core.auction.pairing import Pairing, Wires
from node.core.auction.settlement import Terms, deposit_up, settle
from node.core.auction.tariff import Tariff
from node.core.records import Registers
from node.keys.keccak import checksum_address
from node.ledger.chain.asking import asked, at_block, each
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.auction import AuctionContract, Placed, Settled
from node.ledger.contracts.registry import RegistryContract
from node.ledger.contracts.token import TokenContract
from node.ledger.operator.deploy import connect
from node.ledger.views.auction import read_rules
from node.ledger.views.events import MarketEvents
from village.households import Addresses
from village.market.bills import Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """Hold an account's money at one block: its tokens, its balance at the auction, and its due."""

    tokens: int
    balance: int
    owed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketBooks:
    """Hold the market's day at one block; `purses` by account, meters by id.

    `orders` has what stood at last of each meter and interval. `in_auction` is the contract's
    money, of which `grid_balance` is the utility's, and `grid_owes` what that owes to homes.
    `gas` is what each account has used, `clearers` who cleared each interval, `gap_s` the longest
    time from one block of the day to the next.
    """

    rules: MarketRules
    orders: Mapping[tuple[int, int], Placed]
    cleared: Mapping[int, ClearedInterval]
    settled: Mapping[tuple[int, int], Settled]
    tariffs: tuple[PostedTariff, ...]
    registers: Mapping[tuple[int, int], Registers]
    purses: Mapping[str, Purse]
    in_auction: int
    grid_balance: int
    grid_owes: int
    gas: Mapping[str, int]
    clearers: Mapping[int, str]
    gap_s: int

    def rise(self, meter_id: int, interval: int) -> Registers | None:
        """Give what a meter's registers rose by in an interval; None without both readings."""
        before = self.registers.get((meter_id, interval))
        after = self.registers.get((meter_id, interval + 1))
        if before is None or after is None:
            return None
        return Registers(
            import_milliwh=after.import_milliwh - before.import_milliwh,
            export_milliwh=after.export_milliwh - before.export_milliwh,
        )

    def tariff(self, interval: int) -> Tariff:
        """Give the grid's prices in an interval."""
        return tariff_in(interval, self.tariffs)

    def trade(self, meter_id: int, interval: int) -> Trade | None:
        """Give a settled order as the rule itself settles it; None where none was settled."""
        settled = self.settled.get((meter_id, interval))
        if settled is None:
            return None
        metered = None if settled.missing else settled.metered_milliwh
        order = self.orders[meter_id, interval].placement.order
        clearing = self.cleared[interval].clearing
        return Trade(
            order=order,
            unit_milliwh=self.rules.unit_milliwh,
            settlement=settle(order, clearing, metered, self._terms(interval)),
        )

    def mistakes(self) -> list[str]:
        """Name each settlement whose money is not the rule's own."""
        found = []
        for (meter_id, interval), settled in sorted(self.settled.items()):
            trade = self.trade(meter_id, interval)
            assert trade is not None
            said, meant = (settled.trade, settled.grid), trade.settlement
            if said != (meant.trade, meant.grid):
                found.append(
                    f"interval {interval}, meter {meter_id}: settled for {said}, and the rule says"
                    f" {(meant.trade, meant.grid)}"
                )
        return found

    def deposits(self) -> dict[str, int]:
        """Give what each account has deposited for orders that are not settled."""
        found: dict[str, int] = {}
        for key, placed in self.orders.items():
            if key not in self.settled:
                terms = self._terms(placed.placement.interval)
                amount = deposit_up(placed.placement.order, terms)
                found[placed.account] = found.get(placed.account, 0) + amount
        return found

    def pairing(self, interval: int, wires: Wires) -> Pairing | None:
        """Work an interval's pairing out again; None where it was not cleared."""
        result = self.cleared.get(interval)
        if result is None:
            return None
        orders = [
            (placed.account, placed.placement.order)
            for (_, at), placed in sorted(self.orders.items())
            if at == interval
        ]
        return pair_orders(result, orders, self.rules.unit_milliwh, wires)

    def _terms(self, interval: int) -> Terms:
        return Terms(
            unit_milliwh=self.rules.unit_milliwh,
            margin_percent=self.rules.margin_percent,
            tariff=self.tariff(interval),
        )


class MarketReader:
    """Follow the auction's and the registry's events, and read the money at the end.

    The day begins at `begins_s`, in chain seconds.
    """

    def __init__(self, url: str, addresses: Addresses, begins_s: int) -> None:
        self._rpc: Rpc = connect(url)
        self._auction = AuctionContract(addresses["auction"])
        self._registry = RegistryContract(addresses["registry"])
        self._token = TokenContract(addresses["token"])
        self._events = MarketEvents(self._rpc, self._auction, self._registry)
        self._rules = read_rules(self._rpc, self._auction)
        self._next_block = 0
        self._orders: dict[tuple[int, int], Placed] = {}
        self._cleared: dict[int, ClearedInterval] = {}
        self._settled: dict[tuple[int, int], Settled] = {}
        self._tariffs: list[PostedTariff] = []
        self._registers: dict[tuple[int, int], Registers] = {}
        self._gas: dict[str, int] = {}
        self._clearers: dict[int, str] = {}
        self._begins_s, self._newest_s, self._gap_s = begins_s, 0, 0

    def follow(self) -> list[ClearedInterval]:
        """Take the events since the last call; give the intervals that have cleared."""
        newest = int(self._rpc.call("eth_blockNumber"), 16)
        if newest < self._next_block:
            return []
        logs = []
        for method, arguments in self._events.searches(self._next_block, newest):
            logs += self._rpc.call(method, *arguments)
        for number in range(self._next_block, newest + 1):
            self._look_at_block(hex(number))
        self._next_block = newest + 1
        for log in logs:
            if log["topics"][0] == self._registry.reported_topic:
                meter_id, boundary = self._registry.reported(log)
                self._registers[meter_id, boundary] = _registers_of(log["data"])
        cleared = []
        for _, event in self._events.read(logs, hex(newest)):
            match event:
                case Placed(placement=placement):
                    self._orders[placement.meter_id, placement.interval] = event
                case Settled():
                    self._settled[event.meter_id, event.interval] = event
                case PostedTariff():
                    number = event.version.number
                    # A number that is used again was dropped, with all that waited after it.
                    self._tariffs = [t for t in self._tariffs if t.version.number < number]
                    self._tariffs.append(event)
                case ClearedInterval():
                    self._cleared[event.interval] = event
                    cleared.append(event)
                case _:
                    continue
        return cleared

    def _look_at_block(self, number: str) -> None:
        """Count a block's gas and the time before it, and see who clears in it."""
        now_s = int(self._rpc.call("eth_getBlockByNumber", number, False)["timestamp"], 16)
        if self._newest_s >= self._begins_s:
            self._gap_s = max(self._gap_s, now_s - self._newest_s)
        self._newest_s = now_s
        for outcome in self._rpc.call("eth_getBlockReceipts", number):
            sender = checksum_address(outcome["from"])
            self._gas[sender] = self._gas.get(sender, 0) + int(outcome["gasUsed"], 16)
            for log in outcome["logs"]:
                if log["topics"][:1] == [self._auction.cleared_topic]:
                    self._clearers[self._auction.cleared_interval(log)] = sender

    def tariff(self, interval: int) -> Tariff:
        """Give the grid's prices in an interval."""
        return tariff_in(interval, tuple(self._tariffs))

    def is_settled(self, interval: int) -> bool:
        """Say whether every order of an interval is settled; so it is without orders."""
        return all(
            key in self._settled
            for key, placed in self._orders.items()
            if key[1] == interval and placed.placement.order.energy_units
        )

    def read(self, accounts: list[str]) -> MarketBooks:
        """Follow to the newest block, and read every account's money there."""
        self.follow()
        at = hex(self._next_block - 1)
        auction, token = self._auction, self._token
        (grid_balance, grid_owes), in_auction, tokens, balances, dues = asked(
            self._rpc,
            at_block(auction.utility(), at),
            at_block(token.balance_of(auction.address), at),
            each(at_block(token.balance_of(account), at) for account in accounts),
            each(at_block(auction.balance_of(account), at) for account in accounts),
            each(at_block(auction.owed_to(account), at) for account in accounts),
        )
        purses = {
            account: Purse(tokens=held, balance=balance, owed=owed)
            for account, held, balance, owed in zip(accounts, tokens, balances, dues, strict=True)
        }
        return MarketBooks(
            rules=self._rules,
            orders={k: p for k, p in self._orders.items() if p.placement.order.energy_units},
            cleared=dict(self._cleared),
            settled=dict(self._settled),
            tariffs=tuple(self._tariffs),
            registers=dict(self._registers),
            purses=purses,
            in_auction=in_auction,
            grid_balance=grid_balance,
            grid_owes=grid_owes,
            gas=dict(self._gas),
            clearers=dict(self._clearers),
            gap_s=self._gap_s,
        )


def _registers_of(data: str) -> Registers:
    """Read the two registers of a `MeterReported` event: the words after its boundary."""
    words = [int(data[start : start + 64], 16) for start in range(2, len(data), 64)]
    return Registers(import_milliwh=words[1], export_milliwh=words[2])
