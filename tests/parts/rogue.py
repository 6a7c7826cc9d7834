"""A buyer that buys honestly, draws, and signs only as long as the test wants it to."""

import asyncio
import threading
import time

from node.core.commands import OpenOrder
from node.core.records import Receipt
from node.keys.account import Account
from node.keys.keccak import keccak256
from node.keys.receipts import sign_receipt
from node.ledger.contracts.sale import SaleContract
from node.ledger.contracts.token import TokenContract
from node.ledger.operator.deploy import connect
from node.ledger.operator.transact import Transactor
from node.links.relay.link import RelayLink
from village.chain import BLOCK_S
from village.households import Addresses

CHAIN_ID = 720_720
RENEW_S = 0.3


class RogueBuyer:
    """Hold a lease from a thread of its own; `drawn_milliwh` is what it signs for."""

    def __init__(
        self, account: Account, seller: str, rpc: str, addresses: Addresses, relay_port: int
    ) -> None:
        self._account = account
        self._seller = seller
        self._rpc = rpc
        self._addresses = addresses
        self._relay_port = relay_port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._hold()), daemon=True)
        self.drawn_milliwh = 0

    def buy(self, energy_milliwh: int, price_per_kwh: int) -> None:
        """Open order 1 with one approve-and-call."""
        order = OpenOrder(
            seller=self._seller,
            number=1,
            energy_milliwh=energy_milliwh,
            max_price_per_kwh=price_per_kwh,
            max_duration_s=7 * 86_400,
            max_cost=energy_milliwh * price_per_kwh // 10**6 + 1,
        )
        token = TokenContract(self._addresses["token"])
        purchase = SaleContract(self._addresses["sale"]).purchase(order)
        data = token.approve_and_call(self._addresses["sale"], order.max_cost, purchase)
        transactor = Transactor(connect(self._rpc), self._account, lambda line: None)
        transactor.send("purchase", token.address, data)
        # The seller has to have seen the block before the contact closes.
        time.sleep(8 * BLOCK_S)

    def start(self) -> None:
        """Begin to draw."""
        self._thread.start()

    def close(self) -> None:
        """Let go."""
        self._stop.set()
        self._thread.join()

    def receipt(self) -> Receipt:
        """Sign for what it admits to have drawn."""
        return sign_receipt(
            self._account,
            chain_id=CHAIN_ID,
            sale=self._addresses["sale"],
            seller=self._seller,
            number=1,
            drawn_milliwh=self.drawn_milliwh,
        )

    async def _hold(self) -> None:
        link = RelayLink(
            "127.0.0.1", self._relay_port, self._account, keccak256, lambda fact: None,
            time.monotonic,
        )  # fmt: skip
        conversation = asyncio.create_task(link.run())
        while not self._stop.is_set():
            await asyncio.sleep(RENEW_S)
            receipts = (self.receipt(),) if self.drawn_milliwh else ()
            link.hold((0, 1), 1.5, receipts)
        link.close()
        await conversation
