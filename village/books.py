"""Read the street's money from the chain, and prove that it adds up to the unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.core.units import cost_up, format_tokens, format_wh, proceeds_down
from node.keys.keccak import checksum_address
from node.ledger.chain import answers as read
from node.ledger.contracts.artifacts import artifact, topic_of
from node.ledger.contracts.token import TokenContract
from node.ledger.operator.deploy import connect

_OPENED = "OrderOpened(address,address,uint32,uint64,uint64,uint32)"
_REDEEMED = "OrderRedeemed(address,address,uint32,uint64,uint256)"
_CLOSED = "OrderClosed(address,address,uint32,uint64,uint256)"
_BY_PAIR = 2
"""The members by which an event can be found: buyer and seller."""


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
        self._rpc = connect(rpc)
        self._token, self._sale_at = TokenContract(token), sale
        self._sale = artifact("EnergySale")
        self._events = {
            topic_of(self._sale.events[event]): event for event in (_OPENED, _REDEEMED, _CLOSED)
        }
        self._accounts = tuple(accounts.values())
        self._names = {account: name for name, account in accounts.items()}
        self._orders: dict[tuple[str, str, int], OrderBook] = {}
        self._next_block = 0

    def read(self) -> Books:
        """Follow the sale's events to the newest block, and read every balance there."""
        self.follow()
        # A later block may hold an order whose event has not been read.
        at, whose = hex(self._next_block - 1), (self._sale_at, *self._accounts)
        asks = [self._token.supply(), *map(self._token.balance_of, whose)]
        calls = [("eth_call", [{"to": ask.to, "data": ask.data}, at]) for ask in asks]
        told = [ask.read(answer) for ask, answer in zip(asks, self._rpc.batch(calls), strict=True)]
        return Books(
            supply=told[0],
            in_sale=told[1],
            held=sum(told[2:]),
            orders=tuple(self._orders.values()),
        )

    def follow(self) -> list[str]:
        """Take the sale's events since the last call; give a sentence for each."""
        newest = read.index(self._rpc.call("eth_blockNumber"))
        if newest < self._next_block:
            return []
        span = {"fromBlock": hex(self._next_block), "toBlock": hex(newest)}
        found = self._rpc.call(
            "eth_getLogs", {**span, "address": self._sale_at, "topics": [list(self._events)]}
        )
        self._next_block = newest + 1
        logs = sorted(found, key=_place_of)
        return [self._take(log) for log in logs]

    def _take(self, log: Mapping[str, Any]) -> str:
        event, block = self._events[log["topics"][0]], read.index(log["blockNumber"])
        of_buyer, of_seller, number, *said = self._sale.event(event, log, _BY_PAIR)
        buyer, seller = checksum_address(of_buyer), checksum_address(of_seller)
        pair = f"order {number} of {self._names[buyer]} from {self._names[seller]}"
        at = f"block {block}"
        if event == _OPENED:
            energy, price, _expires_s = said
            self._orders[buyer, seller, number] = OrderBook(
                buyer=buyer,
                seller=seller,
                number=number,
                energy_milliwh=energy,
                price_per_kwh=price,
                block=block,
            )
            return f"{pair}: {format_wh(energy)} bought in one transaction, {at}"
        order, (drawn, amount) = self._orders[buyer, seller, number], said
        order.drawn_milliwh = drawn
        if event == _REDEEMED:
            order.paid += amount
            return f"{pair}: {format_wh(drawn)} drawn, {format_tokens(amount)} paid, {at}"
        order.returned = amount
        return f"{pair}: closed, {format_tokens(amount)} returned, {at}"


def _place_of(log: Mapping[str, Any]) -> tuple[int, int]:
    return read.index(log["blockNumber"]), read.index(log["logIndex"])
