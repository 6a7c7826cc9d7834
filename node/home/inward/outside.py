"""Hold the newest of everything that was told, so that a cycle can freeze it into one picture."""

import logging
from dataclasses import replace

from node.core.auction.gate import LANES
from node.core.auction.market import HomeMarket
from node.core.auction.pairing import Pairing
from node.core.energy.interval import boundary_at_or_before
from node.core.facts import (
    ChainLost,
    ChainObserved,
    ChainStands,
    Fact,
    PairingHeard,
    ReceiptReceived,
    RelayLost,
    RelayReported,
    WiringHeard,
)
from node.core.observation import Observation
from node.core.records import ChainView, Receipt, RelayView
from node.home.inward.street import StreetPicture
from node.ports import Receipts

log = logging.getLogger(__name__)

MAX_UNVERIFIED = 256
"""Bounds what strangers on the broker can make us remember before the first block."""

MOST_PAIRINGS = 2 * LANES
"""Those of now, and as many that came while the chain was away and its time not known."""

OrderKey = tuple[str, str, int]


def key_of(receipt: Receipt) -> OrderKey:
    """Name the order that a receipt is for."""
    return receipt.buyer, receipt.seller, receipt.number


class Outside:
    """Keep the newest view of chain and relay, the newest verified receipt of each order, and
    the newest pairings: this home's own, and what the utility tells of them."""

    def __init__(
        self, account: str | None, receipts: Receipts, now_s: float, street: StreetPicture
    ) -> None:
        self._account = account
        self._receipts = receipts
        self._newest: dict[OrderKey, Receipt] = {}
        self._unverified: dict[OrderKey, Receipt] = {}
        self._recalled: set[OrderKey] = set()
        self._closed: list[tuple[str, int]] = []
        self._told: dict[int, tuple[Pairing, tuple[str, ...]]] = {}
        self.street = street
        self.chain: ChainView | None = None
        self.market: HomeMarket | None = None
        self.chain_problem: str | None = None
        self.chain_stood_at_s: float | None = None
        self.relay: RelayView | None = None
        # Never seen counts as lost since the start.
        self.relay_lost_at_s: float | None = now_s

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """Give the newest verified receipt of each order."""
        return tuple(self._newest.values())

    @property
    def pairings(self) -> tuple[Pairing, ...]:
        """Give the parts of the interval that is delivered now, and of the next.

        They are those that were worked out here; what was told counts only where none could be.
        """
        found = {k: pairing for k, (pairing, _) in self._told.items()} | self.street.pairings
        return tuple(found[interval] for interval in sorted(found) if self._is_of_now(interval))

    @property
    def pairing_unchecked(self) -> str:
        """Say why a pairing is followed as the utility tells it; empty where none is."""
        of_now = {interval for interval in self._told if self._is_of_now(interval)}
        unchecked = of_now - self.street.pairings.keys()
        problem = self.street.problem
        if not unchecked or not problem or not self.street.moves_contacts:
            return ""
        return f"the pairing is followed as the utility tells it: {problem}"

    @property
    def pairing_differs(self) -> str:
        """Say how the utility tells a pairing otherwise than it was worked out; empty if not."""
        told = (self._told[interval] for interval in sorted(self._told))
        return next(filter(None, (self.street.difference(*one) for one in told)), "")

    def with_auction(self, observation: Observation) -> Observation:
        """Give a picture of the home with what is known of the auction in it."""
        return replace(
            observation,
            market=self.market,
            pairings=self.pairings,
            pairing_unchecked=self.pairing_unchecked,
            pairing_differs=self.pairing_differs,
            wires_hash=self.street.wires_hash,
            turns=self.street.turns,
            largest_sellers=self.street.largest_sellers,
            unsold=self.street.unsold,
        )

    def absorb(self, fact: Fact, now_s: float) -> None:
        """Take one fact."""
        match fact:
            case ChainObserved(view=view, market=market):
                self.chain, self.market, self.chain_problem = view, market, None
                self.street.see(market, fact.street, view.block.timestamp_s)
                self._verify_waiting()
                self._forget_closed(view)
            case ChainStands():
                self.chain_problem, self.chain_stood_at_s = None, now_s
            case ChainLost(reason=reason):
                self.chain_problem = reason
            case RelayReported(view=view):
                self.relay, self.relay_lost_at_s = view, None
                self.street.hear(view.relay, view.connections, is_own=True)
            case WiringHeard(relay=relay, connections=connections):
                self.street.hear(relay, connections, is_own=False)
            case RelayLost():
                if self.relay_lost_at_s is None:
                    self.relay_lost_at_s = now_s
            case ReceiptReceived(receipt=receipt):
                self.keep(receipt)
            case PairingHeard():
                self._hear(fact)
            case _:
                pass

    def keep(self, receipt: Receipt) -> bool:
        """Keep a receipt if it is ours, newer, and its signature holds; say whether it was kept."""
        if self._account not in (receipt.buyer, receipt.seller):
            return False
        key = key_of(receipt)
        known = self._newest.get(key)
        is_older = known is not None and known.drawn_milliwh >= receipt.drawn_milliwh
        if is_older and key not in self._recalled:
            return False
        if self.chain is None:
            # The signature binds the chain's number, which is not known before its first block.
            if len(self._unverified) < MAX_UNVERIFIED:
                self._unverified[key] = receipt
            return False
        if self._is_excessive(receipt):
            return False
        if not self._receipts.verify(receipt):
            log.warning(
                "a receipt for order %d of %s is not signed by its buyer: ignored",
                receipt.number,
                receipt.buyer,
            )
            return False
        self._newest[key] = receipt
        return True

    def restore(self, receipt: Receipt) -> None:
        """Keep a receipt that this node has signed."""
        self._newest[key_of(receipt)] = receipt

    def recall(self, receipt: Receipt) -> None:
        """Keep a receipt of an earlier run; the first block tells whether the disk kept it well."""
        self._newest[key_of(receipt)] = receipt
        self._recalled.add(key_of(receipt))

    def take_closed(self) -> tuple[tuple[str, int], ...]:
        """Give, once, the seller and number of each order that closed and that receipts were of."""
        closed, self._closed = tuple(self._closed), []
        return closed

    def _hear(self, fact: PairingHeard) -> None:
        # What was heard last counts: a reorganisation may have changed an interval's fills.
        self._told.pop(fact.pairing.interval, None)
        self._told[fact.pairing.interval] = (fact.pairing, fact.relays)
        if len(self._told) > MOST_PAIRINGS:
            # One that seems to be of another time may be of now when the chain is seen again.
            others = (interval for interval in self._told if not self._is_of_now(interval))
            del self._told[next(others, next(iter(self._told)))]

    def _is_of_now(self, interval: int) -> bool:
        """Say whether it may be cleared and not over: the one delivered now, or the next."""
        if self.chain is None or self.market is None:
            return True
        now = boundary_at_or_before(self.chain.block.timestamp_s, self.market.rules.interval_s)
        return now <= interval < now + LANES

    def _is_excessive(self, receipt: Receipt) -> bool:
        # The contract refuses a receipt for more than was bought, so it must never take the place
        # of one that would be paid.
        orders = self.chain.orders if self.chain is not None else ()
        return any(
            (order.buyer, order.seller, order.number) == key_of(receipt)
            and receipt.drawn_milliwh > order.energy_milliwh
            for order in orders
        )

    def _verify_waiting(self) -> None:
        recalled, self._recalled = self._recalled, set()
        for key in recalled:
            if not self._receipts.verify(self._newest[key]):
                log.error("the kept receipt for order %d of %s is damaged: ignored", key[2], key[0])
                del self._newest[key]
        waiting, self._unverified = self._unverified, {}
        for receipt in waiting.values():
            self.keep(receipt)

    def _forget_closed(self, view: ChainView) -> None:
        open_keys = {(order.buyer, order.seller, order.number) for order in view.orders}
        # A receipt may be of an order that a later block than this view's has opened.
        newer = view.last_number
        kept = {
            key: receipt
            for key, receipt in self._newest.items()
            if (key in open_keys and not self._is_excessive(receipt))
            or (key[0] == self._account and key[2] > newer)
        }
        gone = self._newest.keys() - kept.keys() - open_keys
        self._closed += [(key[1], key[2]) for key in gone if key[0] == self._account]
        self._newest = kept
