"""Pair each cleared interval over the wires, and tell the homes before its delivery begins.

What was told of an interval holds from the beginning of its delivery on: homes follow it, however
the wiring changes meanwhile. After a restart the same comes out, because it follows from the
chain and the relays' retained word alone.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from node.core.auction.clearing import Clearing
from node.core.auction.gate import next_gate
from node.core.auction.market import ClearedInterval, UtilityView, pairing_of
from node.core.auction.pairing import Pairing, Wires
from node.core.records import ConnectionView
from node.links.relay.boards import Boards
from node.ports import UtilityBroker

log = logging.getLogger(__name__)

WIRES_WITHIN_S = 10.0
"""Real seconds from the start for which a relay that has said nothing is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Hold what was told of an interval, what it came from, and the chain time at which."""

    clearing: Clearing
    pairing: Pairing
    wires: Wires
    at_s: int


class Pairings:
    """Hold the relays' wires and the pairings of the intervals that are not over."""

    def __init__(self, broker: UtilityBroker, relays: Sequence[str], now_s: float) -> None:
        self.told: dict[int, Told] = {}
        self.newest: Told | None = None
        self._broker = broker
        self._boards = Boards(relays)
        self._ready_at_s = now_s + WIRES_WITHIN_S
        self._seen: object = None
        self._accounts: set[str] = set()

    @property
    def silent(self) -> tuple[str, ...]:
        """Name the relays that have said nothing yet."""
        return self._boards.silent

    @property
    def wires(self) -> Wires:
        """Give the wires of now."""
        return self._boards.wires

    @property
    def connections(self) -> tuple[ConnectionView, ...]:
        """Give the relays' connections as of now."""
        return self._boards.connections

    def hear(self, relay: str, connections: Sequence[ConnectionView]) -> None:
        """Take a relay's wiring."""
        if self._boards.hear(relay, connections):
            log.info("%d homes are wired to a seller (%s has spoken)", len(self.wires), relay)

    def update(self, view: UtilityView, now_s: float) -> None:
        """Work out what is not told yet, or has changed, and tell it."""
        if self.silent and now_s < self._ready_at_s:
            return
        rules, chain_s = view.rules, view.block.timestamp_s
        due = [r for r in view.cleared if (r.interval + 1) * rules.interval_s > chain_s]
        open_interval = next_gate(chain_s, rules.interval_s, rules.gate_lead_s)
        for closed in range(chain_s // rules.interval_s, open_interval):
            # Kept from the first look after the gate on, whenever the interval is cleared.
            self._boards.at_gate(closed, is_closed=True)
        self._boards.forget_before(chain_s // rules.interval_s)
        seen = (view.orders, view.cleared, self.wires, [result.interval for result in due])
        if seen == self._seen:
            return
        self._seen = seen
        before = self.told
        self.told = {result.interval: self._of(view, result, chain_s) for result in due}
        if self.told != before:
            self._tell({placed.account for placed in view.orders})

    def _of(self, view: UtilityView, result: ClearedInterval, chain_s: int) -> Told:
        interval = result.interval
        told = self.told.get(interval)
        begun = chain_s >= interval * view.rules.interval_s
        if told is not None and told.clearing == result.clearing and begun:
            return told
        wires = self._boards.at_gate(interval, is_closed=True)
        pairing = pairing_of(view, interval, wires)
        assert pairing is not None
        fresh = Told(clearing=result.clearing, pairing=pairing, wires=wires, at_s=chain_s)
        if told is not None and replace(told, at_s=chain_s) == fresh:
            return told
        energy_milliwh = sum(part.energy_milliwh for part in pairing.parts)
        log.info("interval %d: %d parts, %d mWh", interval, len(pairing.parts), energy_milliwh)
        return fresh

    def _tell(self, traders: set[str]) -> None:
        pairings = [self.told[interval].pairing for interval in sorted(self.told)]
        if pairings:
            self.newest = newest = self.told[max(self.told)]
            self._broker.publish_pairing(newest.pairing, newest.wires)
        of_account: dict[str, list[Pairing]] = {a: [] for a in traders | self._accounts}
        for pairing in pairings:
            for account in sorted({a for p in pairing.parts for a in (p.buyer, p.seller)}):
                of_account.setdefault(account, []).append(pairing)
        for account, own in of_account.items():
            self._broker.publish_pairings(account, own, self._boards.relays)
        self._accounts = {account for account, own in of_account.items() if own}
