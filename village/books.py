"""Read the street's money from the chain, and prove that it adds up to the unit."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from eth_typing import BlockNumber
from web3 import Web3
from web3.contract import Contract
from web3.types import EventData, FilterParams

from node.core.units import cost_up, format_tokens, format_wh, proceeds_down


@dataclass(slots=True, kw_only=True)
class OrderBook:
    """Hold one order's whole life. Energies in milliwatt-hours, money in base units."""

    buyer: str
    seller: str
    number: int
    energy_milliwh: int
    price_per_kwh: int
    block: int
    drawn_milliwh: int = 0
    paid: int = 0
    returned: int | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether the order's place still holds it."""
        return self.returned is None

    @property
    def escrow(self) -> int:
        """Give what the sale still holds for it."""
        paid_in = cost_up(self.energy_milliwh, self.price_per_kwh)
        return paid_in - self.paid - (self.returned or 0) if self.is_open else 0

    @property
    def adds_up(self) -> bool:
        """Tell whether money in = paid + returned + escrow, and the seller got what was drawn."""
        paid_in = cost_up(self.energy_milliwh, self.price_per_kwh)
        earned = proceeds_down(self.drawn_milliwh, self.price_per_kwh)
        return paid_in == self.paid + (self.returned or 0) + self.escrow and self.paid == earned


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Hold the street's money at one block."""

    supply: int
    held: int
    in_sale: int
    orders: tuple[OrderBook, ...]

    @property
    def close(self) -> bool:
        """Tell whether tokens = balances + escrow, and every order adds up."""
        escrow = sum(order.escrow for order in self.orders)
        whole = self.supply == self.held + self.in_sale and self.in_sale == escrow
        return whole and all(order.adds_up for order in self.orders)


class Bookkeeper:
    """Read one community's token and sale."""

    def __init__(self, rpc: str, token: str, sale: str, accounts: Mapping[str, str]) -> None:
        # No proxy of the environment stands between the village and its own chain.
        direct = {"proxies": {"http": "", "https": ""}}
        self._web3 = Web3(Web3.HTTPProvider(rpc, request_kwargs=direct))
        self._token = self._contract("EnergyToken", token)
        self._sale = self._contract("EnergySale", sale)
        events = self._sale.events
        self._events = {
            bytes.fromhex(event.topic[2:]): event
            for event in (events.OrderOpened(), events.OrderRedeemed(), events.OrderClosed())
        }
        self._accounts = tuple(accounts.values())
        self._names = {account: name for name, account in accounts.items()}
        self._orders: dict[tuple[str, str, int], OrderBook] = {}
        self._next_block = 0

    def read(self) -> Books:
        """Follow the sale's events to the newest block, and read every balance there."""
        self.follow()
        # A later block may hold an order whose event has not been read.
        at = BlockNumber(self._next_block - 1)
        return Books(
            supply=int(self._token.functions.totalSupply().call(block_identifier=at)),
            held=sum(self._balance(account, at) for account in self._accounts),
            in_sale=self._balance(self._sale.address, at),
            orders=tuple(self._orders.values()),
        )

    def follow(self) -> list[str]:
        """Take the sale's events since the last call; give a sentence for each."""
        newest = self._web3.eth.block_number
        if newest < self._next_block:
            return []
        # All of the sale's at once: a question takes the village as long as a home's cycle.
        asked = FilterParams(
            address=self._sale.address, fromBlock=BlockNumber(self._next_block), toBlock=newest
        )
        logs = [
            self._events[bytes(log["topics"][0])].process_log(log)
            for log in self._web3.eth.get_logs(asked)
            if bytes(log["topics"][0]) in self._events
        ]
        self._next_block = newest + 1
        logs.sort(key=lambda log: (log["blockNumber"], log["logIndex"]))
        return [self._take(log) for log in logs]

    def _take(self, log: EventData) -> str:
        fields = log["args"]
        buyer, seller, number = fields["buyer"], fields["seller"], fields["number"]
        pair = f"order {number} of {self._names[buyer]} from {self._names[seller]}"
        at = f"block {log['blockNumber']}"
        if log["event"] == "OrderOpened":
            self._orders[buyer, seller, number] = OrderBook(
                buyer=buyer,
                seller=seller,
                number=number,
                energy_milliwh=fields["energy"],
                price_per_kwh=fields["price"],
                block=log["blockNumber"],
            )
            return f"{pair}: {format_wh(fields['energy'])} bought in one transaction, {at}"
        order = self._orders[buyer, seller, number]
        order.drawn_milliwh = fields["drawn"]
        if log["event"] == "OrderRedeemed":
            order.paid += fields["paid"]
            drawn, paid = format_wh(fields["drawn"]), format_tokens(fields["paid"])
            return f"{pair}: {drawn} drawn, {paid} paid, {at}"
        order.returned = fields["returned"]
        return f"{pair}: closed, {format_tokens(fields['returned'])} returned, {at}"

    def _balance(self, account: str, at: BlockNumber) -> int:
        return int(self._token.functions.balanceOf(account).call(block_identifier=at))

    def _contract(self, name: str, address: str) -> Contract:
        text = (resources.files("contracts") / "abi" / f"{name}.json").read_text(encoding="utf-8")
        return self._web3.eth.contract(
            address=Web3.to_checksum_address(address), abi=json.loads(text)["abi"]
        )
