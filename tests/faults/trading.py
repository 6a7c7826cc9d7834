"""One short need of energy between two neighbours, and the books that must close after it.

The buyer's SoC falls; it buys an order, draws it, buys a successor, draws that to its end and is
back on its own source; its SoC recovers. So a need is two orders, whatever fails meanwhile: a
third one bought, or one that is never drawn, is what these tests look for.
"""

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import yaml

from node.ledger.contracts.ask import Ask
from node.ledger.contracts.sale import SaleContract
from tests.faults.problems import Problem, Stuck, Wrong
from tests.faults.readings import AcknowledgedReadings
from tests.parts.neighbours import BUYER, SELLER, Pace, World, neighbours
from village.books import Bookkeeper, Books
from village.chain import call
from village.community import Community
from village.households import Places

Value = TypeVar("Value")
PACE = Pace(speed=5.0, block_s=0.2, interval_s=20)
"""A block carries one second of chain time, and a boundary comes every four real seconds."""
ORDER_WH = 0.05
LOAD_W = 16.0
"""An order is drawn in two and a quarter real seconds."""
ORDERS_PER_NEED = 2
FULL_PCT, LOW_PCT, NEARLY_FULL_PCT = 60.0, 15.0, 28.5
"""At the last, credit is drawn to its end, and nothing is bought after it."""
LEASE_S = 1.5
REACH_BACK_BLOCKS = 64
"""A need's orders are counted from so many blocks before it on: no fault here goes deeper."""
POLL_S = 0.05
"""Four looks at the chain in a block: more of them keep this process from playing the chips."""

Watch = Callable[[], None]


class TradingStreet(Protocol):
    """Hold what a need is played on."""

    world: World
    places: Places
    accounts: dict[str, str]
    community: Community

    def start(self, home: str) -> None:
        """Start a home's node."""
        ...

    def parameters(self, home: str) -> Path:
        """Give a home's parameters file."""
        ...

    def status(self, home: str) -> dict[str, Any]:
        """Ask a running node what it is doing; raises NodeError or OSError where none answers."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Say how long, in real s, a step of a need may take, and credit may rest before it is needed.

    The latter is longer than a start takes, after which an interrupted draw goes on by itself.
    """

    deadline_s: float
    credit_rests_s: float


PATIENCE = Patience(deadline_s=200.0, credit_rests_s=4.0)


class Trading:
    """Play needs on two neighbours; only the nodes are started and stopped here."""

    def __init__(self, street: TradingStreet, patience: Patience = PATIENCE) -> None:
        self.street = street
        self._patience = patience
        self.world = street.world
        self.world.load_w = LOAD_W
        self.world.soc_pct = {BUYER: FULL_PCT, SELLER: 80.0}
        self.first_number = 0
        self.needs = 0
        self._counted_from = 0
        self._opened_before = 0
        self._open_since_s = 0.0
        self._times_low_again = 0
        self._sale = SaleContract(street.community.addresses["sale"])
        self._readings = AcknowledgedReadings(street.community, self.ask, street.status)

    def settle_in(self) -> None:
        """Write both homes' parameters; no node runs yet."""
        _change(self.street.parameters(SELLER), _as_seller)
        _change(self.street.parameters(BUYER), _as_buyer)

    def start_seller(self) -> None:
        """Start the seller, and wait until its offer stands on the chain."""
        self.street.start(SELLER)
        self.until(lambda: self.offer_milliwh() > 0, "the offer stands")

    def begin(self) -> None:
        """Begin a need: from now on the buyer's battery is low."""
        self.needs += 1
        self.first_number = self.last_number() + 1
        self._counted_from = max(0, int(self.ask("eth_blockNumber"), 16) - REACH_BACK_BLOCKS)
        self._opened_before = self._opened_lately()
        self._times_low_again = 0
        self.world.soc_pct[BUYER] = LOW_PCT

    def live_through(self, watch: Watch) -> None:
        """Wait until the need is over; `watch` is called again and again meanwhile.

        Raises:
            Stuck: it does not end.
        """
        self.until(lambda: self.opened() >= ORDERS_PER_NEED, "both orders are bought", watch)
        self._open_since_s = time.monotonic()
        self.until(self._has_drawn_all, "both orders are drawn and paid", watch)

    def _has_drawn_all(self) -> bool:
        """Say whether all is drawn and paid; until then, let the battery make use of it.

        A home that is given up at this state of charge rightly rests, and keeps its credit until
        it is low again. Where little is left of it, the home then rightly buys once more.
        """
        now_s = time.monotonic()
        if self.world.closed:
            self._open_since_s = now_s
        is_low = now_s - self._open_since_s > self._patience.credit_rests_s
        if is_low and self.world.soc_pct[BUYER] != LOW_PCT:
            self._times_low_again += 1
        self.world.soc_pct[BUYER] = LOW_PCT if is_low else NEARLY_FULL_PCT
        is_drawn = not self.open_orders() and not self.world.closed
        return is_drawn and self.opened() >= ORDERS_PER_NEED

    def end(self) -> tuple[Problem, ...]:
        """End the need, and say what is wrong with what it left behind."""
        self.world.soc_pct[BUYER] = FULL_PCT
        return (*self._money_problems(), *self._readings.problems(note=True))

    def readings_stand(self) -> bool:
        """Say whether the chain has every reading that it had at the end of the last need."""
        return not any(p.wrong is Wrong.READING_LOST for p in self._readings.problems(note=False))

    def stuck(self, why: Stuck) -> Problem:
        """Say what a need that does not end means."""
        with suppress(OSError, http.client.HTTPException, RuntimeError):
            if self.open_orders():
                return Problem(wrong=Wrong.NOT_CONNECTED, sentence=f"{why}: {self.open_orders()}")
        return Problem(wrong=Wrong.OTHER, sentence=str(why))

    def until(
        self, condition: Callable[[], object], what: str, watch: Watch = lambda: None
    ) -> None:
        """Wait for a condition; a chain that is away makes none true."""
        ends_s = time.monotonic() + self._patience.deadline_s
        while time.monotonic() < ends_s:
            watch()
            with suppress(OSError, http.client.HTTPException, RuntimeError):
                if condition():
                    return
            time.sleep(POLL_S)
        raise Stuck(f"not within {self._patience.deadline_s:g} s: {what}")

    def last_number(self) -> int:
        """Give the number of the buyer's newest order on the chain."""
        return self._see(self._sale.last_number(self.account(BUYER)))

    def opened(self) -> int:
        """Count the orders that this need has opened; numbers may skip where one was refused."""
        return self._opened_lately() - self._opened_before

    def has_opened(self, orders: int) -> bool:
        """Say whether so many of this need's orders stand on the chain; False while it is away."""
        with suppress(OSError, http.client.HTTPException, RuntimeError):
            return self.opened() >= orders
        return False

    def open_orders(self) -> tuple[Any, ...]:
        """Give the orders that are open on the chain."""
        buyer, seller = self.account(BUYER), self.account(SELLER)
        return self._see(self._sale.orders_of(buyer, seller))

    def offer_milliwh(self) -> int:
        """Give what the seller offers."""
        offer = self._see(self._sale.offer_of(self.account(SELLER)))
        return offer.available_milliwh if offer is not None else 0

    def account(self, home: str) -> str:
        """Give a home's account."""
        return self.street.accounts[home]

    def ask(self, method: str, *arguments: object) -> Any:
        """Ask the chain."""
        chain = http.client.HTTPConnection("127.0.0.1", self.street.places.chain_port, timeout=100)
        try:
            return call(chain, method, *arguments)
        finally:
            chain.close()

    def books(self) -> Books:
        """Read the street's money from its first block on."""
        addresses = self.street.community.addresses
        keeper = Bookkeeper(
            self.street.places.rpc, addresses["token"], addresses["sale"], self.street.accounts
        )
        return keeper.read()

    def _opened_lately(self) -> int:
        where = {"address": self._sale.address, "topics": [self._sale.order_opened_topic]}
        blocks = {"fromBlock": hex(self._counted_from), "toBlock": "latest"}
        return len(self.ask("eth_getLogs", {**where, **blocks}))

    def _see(self, ask: Ask[Value]) -> Value:
        return ask.read(str(self.ask("eth_call", {"to": ask.to, "data": ask.data}, "latest")))

    def _money_problems(self) -> Iterator[Problem]:
        opened = self.opened()
        if opened > ORDERS_PER_NEED + self._times_low_again:
            yield Problem(wrong=Wrong.BOUGHT_TWICE, sentence=f"{opened} orders for one need")
        books = self.books()
        if not books.close:
            yield Problem(wrong=Wrong.MONEY, sentence=str(books))
        for order in books.orders:
            if order.number >= self.first_number and order.drawn_milliwh != order.energy_milliwh:
                yield Problem(wrong=Wrong.NOT_CONNECTED, sentence=f"not drawn to its end: {order}")


@contextmanager
def trading(directory: Path) -> Iterator[Trading]:
    """Start a street for needs, with its seller running."""
    directory.mkdir(parents=True, exist_ok=True)
    with neighbours(directory, PACE) as street:
        played = Trading(street)
        played.settle_in()
        played.start_seller()
        yield played


def _as_seller(content: dict[str, Any]) -> None:
    content["node"]["offer"]["least_wh"] = ORDER_WH / 2
    content["node"]["offer"]["valid_s"] = content["node"]["offer"]["duration_s"] = 24 * 3600
    # A buyer that dies owes the receipts of a lease; many deaths in a row are no fraud here.
    content["node"]["receipt_slack_wh"] = 20 * ORDER_WH


def _as_buyer(content: dict[str, Any]) -> None:
    # Without a capacity exactly the margin is bought, so that every order is the same.
    content["node"]["battery_wh"] = None
    content["node"]["delta"] = ORDER_WH
    content["node"]["budget"] = {"tokens_per_day": 1000}


def _change(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = yaml.safe_load(path.read_text())
    change(content)
    path.write_text(yaml.safe_dump(content))
