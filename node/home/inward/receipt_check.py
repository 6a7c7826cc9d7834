"""Verify receipts on a thread of their own, in bounded memory and time, before anybody counts them.

Whoever reaches the broker may send receipts at any rate. Each sender has places of its own, so that
nobody's forgeries take a true receipt's; and whose receipts are forged is heard ever more seldom.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from node.core.holdoff import pause_after
from node.core.records import ChainView, Receipt
from node.system.seldom import Seldom

log = logging.getLogger(__name__)

MOST_CANDIDATES = 4
"""Receipts of one order that one sender has waiting: the newest, since a true one rises."""
MOST_ORDERS = 16
"""Orders of one sender, and more than a home has open."""
MOST_SENDERS = 64
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
EVERY_S = 0.02
"""The least time between two verifications: they cost a small Pi some milliseconds each."""
TRUE_EVERY_S = 0.1
"""The least time between two receipts of one sender that are passed on."""
RELAY = "the relay"
"""The sender that no topic names: what it carries came from the holders themselves."""
CLOSE_WITHIN_S = 2.0

OrderKey = tuple[str, str, int]


@dataclass(slots=True)
class _Sender:
    """Hold what waits of one sender, and until when it is not heard."""

    waiting: dict[OrderKey, list[Receipt]] = field(default_factory=dict)
    forged: int = 0
    until_s: float = float("-inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Orders:
    """Hold the open orders' energies (mWh), and the last number of our own that the chain knows."""

    energy_milliwh: dict[OrderKey, int]
    last_number: int


class ReceiptCheck:
    """Take receipts from any thread; `verified` is called on the check's own thread."""

    def __init__(
        self,
        account: str | None,
        verify: Callable[[Receipt], bool],
        verified: Callable[[Receipt], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account = account
        self._verify = verify
        self._verified = verified
        self._clock = clock
        self._senders: dict[str, _Sender] = {}
        self._passed: dict[OrderKey, int] = {}
        self._orders: _Orders | None = None
        self._forgeries = Seldom(log, logging.WARNING)
        self._wake = threading.Condition()
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to verify."""
        self._thread = threading.Thread(target=self._run, name="receipts", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; may be called twice."""
        with self._wake:
            self._is_closed = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(CLOSE_WITHIN_S)

    def take(self, sender: str, receipt: Receipt) -> None:
        """Keep a receipt of ours until it can be verified; never blocks."""
        if self._account not in (receipt.buyer, receipt.seller):
            return
        with self._wake:
            if self._is_useless(receipt):
                return
            box = self._senders.get(sender)
            if box is None:
                if len(self._senders) >= MOST_SENDERS:
                    self._forget_one()
                box = self._senders[sender] = _Sender()
            found = box.waiting.setdefault(_key(receipt), [])
            if receipt not in found:
                found.append(receipt)
            del found[:-MOST_CANDIDATES]
            if len(box.waiting) > MOST_ORDERS:
                del box.waiting[next(iter(box.waiting))]
            self._wake.notify()

    def note(self, view: ChainView) -> None:
        """Take which orders are open; before the first block every order may be."""
        orders = {
            (order.buyer, order.seller, order.number): order.energy_milliwh for order in view.orders
        }
        with self._wake:
            self._orders = _Orders(energy_milliwh=orders, last_number=view.last_number)
            self._passed = {key: n for key, n in self._passed.items() if self._may_be(key)}
            self._wake.notify()

    def step(self) -> float | None:
        """Verify one receipt; say how long to wait before the next (None: until one comes)."""
        with self._wake:
            sender, receipt, wait_s = self._next()
        if receipt is None:
            return wait_s
        is_signed = self._verify(receipt)
        with self._wake:
            self._judge(sender, receipt, is_signed=is_signed)
        if is_signed:
            self._verified(receipt)
        return EVERY_S

    def _run(self) -> None:
        while not self._is_closed:
            try:
                wait_s = self.step()
            except Exception:
                log.exception("a receipt could not be verified: a fault of our own")
                wait_s = FIRST_PAUSE_S
            with self._wake:
                if not self._is_closed:
                    self._wake.wait(wait_s)

    def _next(self) -> tuple[str, Receipt | None, float | None]:
        """Take the newest receipt of the sender that has waited longest."""
        if self._orders is None:
            # The signature binds the chain's number, which is not known before its first block.
            return "", None, None
        now_s = self._clock()
        pauses = []
        for name, box in tuple(self._senders.items()):
            # What is of an order that is not open may be of one that the chain shows soon.
            for key in tuple(key for key in box.waiting if self._may_be(key)):
                if box.until_s > now_s:
                    pauses.append(box.until_s - now_s)
                    break
                found = box.waiting[key]
                receipt = found.pop()
                if not found:
                    del box.waiting[key]
                if not self._is_useless(receipt):
                    # To the end of the row: each sender has its turn.
                    self._senders[name] = self._senders.pop(name)
                    return name, receipt, None
        return "", None, min(pauses, default=None)

    def _judge(self, sender: str, receipt: Receipt, *, is_signed: bool) -> None:
        box = self._senders.get(sender)
        if is_signed:
            self._passed[_key(receipt)] = receipt.drawn_milliwh
            if box is not None:
                box.forged = 0
                box.until_s = self._clock() + TRUE_EVERY_S
            return
        self._forgeries.say(
            "a receipt for order %d of %s, heard from %s, is not signed by its buyer: ignored",
            receipt.number,
            receipt.buyer,
            sender,
        )
        if box is not None:
            box.forged += 1
            # One forgery beside a true receipt must not delay that one.
            if box.forged > MOST_CANDIDATES:
                pause_s = pause_after(box.forged, FIRST_PAUSE_S, LONGEST_PAUSE_S)
                box.until_s = self._clock() + pause_s

    def _is_useless(self, receipt: Receipt) -> bool:
        """Say whether nothing is gained by it: an older one, or one for more than was bought."""
        key = _key(receipt)
        if receipt.drawn_milliwh <= self._passed.get(key, -1):
            return True
        bought_milliwh = self._orders.energy_milliwh.get(key) if self._orders is not None else None
        return bought_milliwh is not None and receipt.drawn_milliwh > bought_milliwh

    def _may_be(self, key: OrderKey) -> bool:
        """Say whether it is open, or our own of a later block than the one that was seen."""
        orders = self._orders
        if orders is None or key in orders.energy_milliwh:
            return True
        return key[0] == self._account and key[2] > orders.last_number

    def _forget_one(self) -> None:
        """Make room: who has the most waiting, or else was heard longest ago, goes."""
        others = (name for name in self._senders if name != RELAY)
        del self._senders[max(others, key=lambda name: len(self._senders[name].waiting))]


def _key(receipt: Receipt) -> OrderKey:
    return receipt.buyer, receipt.seller, receipt.number
