"""Play a buyer, its relay and its meter in real time, and know what truly flowed from whom.

The contacts obey what the relay hears, and fall open with their lease; what the home sees of them
is late, or nothing. The meter is read once a sample. Two orders stand from the start, and one of
them goes and comes back with its block.
"""

import random
from collections import Counter
from dataclasses import dataclass, replace

from node.core.commands import HoldContacts, SignReceipt
from node.core.facts import Fact, IntentConfirmed, IntentUndone, LeaseRefused
from node.core.faults import Fault, Severity
from node.core.observation import Observation
from node.core.records import Receipt, RelayView
from node.core.supply import step as supply
from tests.factories.home import (
    CHANNELS1,
    CHANNELS2,
    NOW_S,
    chain_view,
    connection,
    fault,
    meter,
    observation,
    open_order,
    order,
    relay_view,
    stamp,
    supply_state_at_rest,
)
from tests.factories.settings import HOME, SELLER1, SELLER2, supply_settings

TICK_S = 0.1
TICKS_A_SAMPLE = 10
LEASE_S = 15.0
MILLIWH_A_SAMPLE = 100
POWER_W = 360.0
SELLERS = {CHANNELS1: SELLER1, CHANNELS2: SELLER2}
NUMBERS = {SELLER1: 7, SELLER2: 8}
BOUGHT_MILLIWH = 10_000_000
REACTIONS_S = (0.1, 0.3, 0.4)
"""How long a word takes to the relay, with what it does, or back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Say what the meter sees: the contact alone, what the own source gives too, or the load."""

    sees_own_source: bool
    from_load: bool


LINES = {
    "islanded": Line(sees_own_source=False, from_load=False),
    "grid": Line(sees_own_source=True, from_load=False),
    "load": Line(sees_own_source=True, from_load=True),
}


class ContactTruth:
    """Play one buyer; `flowed` and `signed` are in milliwatt-hours by seller."""

    def __init__(self, seed: int, line: str, *, loses_relay: bool) -> None:
        self.random = random.Random(seed)
        self.line, self.loses_relay = LINES[line], loses_relay
        self.settings = supply_settings(draws_from_load=self.line.from_load)
        self.now_s, self.ticks = NOW_S, 0
        self.state = supply_state_at_rest()
        self.register, self.read = 0, 0
        self.soc_pct, self.wish, self.is_undone = 15.0, False, False
        self.consents = {SELLER1: True, SELLER2: True}
        self.closed: str | None = None
        self.lease_until_s = 0.0
        self.wishes: list[tuple[float, HoldContacts]] = []
        self.views: list[tuple[float, RelayView]] = []
        self.lost_at_s: float | None = None
        self.seen: RelayView = self._view()
        self.facts: list[Fact] = []
        self.outages = 0
        self.flowed: Counter[str] = Counter()
        self.signed: Counter[str] = Counter()
        self.closings: Counter[str] = Counter()

    def play(self, span_s: float) -> None:
        """Let things happen."""
        for _ in range(round(span_s / TICK_S)):
            self._disturb()
            self._tick()

    def rest(self, span_s: float = 60.0) -> None:
        """Let all come back, and the home to its own source."""
        self.wish = True
        if self.lost_at_s is not None:
            self._turn_link()
        if self.is_undone:
            self._reorganise()
        for _ in range(round(span_s / TICK_S)):
            self._tick()

    def _happens(self, every_s: float) -> bool:
        return self.random.random() < TICK_S / every_s

    def _disturb(self) -> None:
        if self._happens(20):
            self.wish = not self.wish
        if self._happens(30):
            self.soc_pct = self.random.choice((10.0, 15.0, 25.0, 50.0))
        for seller, stands in self.consents.items():
            if self._happens(20 if not stands else 60):
                self.consents[seller] = not stands
                if self.closed == seller:
                    self._set(None)
        if self.loses_relay and self._happens(40 if self.lost_at_s is None else 10):
            self._turn_link()
        if self._happens(60):
            self._reorganise()
        if self.closed is not None and self._happens(60):
            self._set(None)

    def _reorganise(self) -> None:
        self.is_undone = not self.is_undone
        intent = open_order(NUMBERS[SELLER1], energy_milliwh=BOUGHT_MILLIWH)
        self.facts.append(
            IntentUndone(intent=intent, reason="the block is gone")
            if self.is_undone
            else IntentConfirmed(
                intent=intent, block=stamp(self.now_s), transaction="0x01", gas_used=1
            )
        )

    def _turn_link(self) -> None:
        self.wishes.clear()
        self.views.clear()
        if self.lost_at_s is None:
            self.lost_at_s = self.now_s
            self.outages += 1
        else:
            self.lost_at_s = None
            self.seen = self._view()

    def _tick(self) -> None:
        self.ticks += 1
        self.now_s = NOW_S + self.ticks * TICK_S
        if self.closed is not None:
            self.flowed[self.closed] += MILLIWH_A_SAMPLE // TICKS_A_SAMPLE
        if self.closed is not None or self.line.sees_own_source:
            self.register += MILLIWH_A_SAMPLE // TICKS_A_SAMPLE
        self._move_contacts()
        is_due = bool(self.facts)
        if self.ticks % TICKS_A_SAMPLE == 0:
            self.read, is_due = self.register, True
        while self.views and self.views[0][0] <= self.now_s:
            self.seen = replace(self.views.pop(0)[1], received_at_s=self.now_s)
            is_due = True
        if is_due:
            self._step()

    def _move_contacts(self) -> None:
        while self.wishes and self.wishes[0][0] <= self.now_s:
            wish = self.wishes.pop(0)[1]
            seller = SELLERS.get(wish.contacts)
            if seller is not None and not self.consents[seller]:
                self._refuse(wish, "NoConsent")
                continue
            self.lease_until_s = self.now_s + LEASE_S
            if seller != self.closed:
                self._set(seller)
        if self.closed is not None and self.now_s >= self.lease_until_s:
            self._set(None)

    def _set(self, seller: str | None) -> None:
        self.closed = seller
        if seller is not None:
            self.closings[seller] += 1
        if self.lost_at_s is None:
            self.views.append((self.now_s + self.random.choice(REACTIONS_S), self._view()))

    def _view(self) -> RelayView:
        connections = [
            connection(number, consents_stand=self.consents[seller], closed=self.closed == seller)
            for number, seller in enumerate(NUMBERS)
        ]
        return relay_view(*connections, received_at_s=self.now_s)

    def _refuse(self, wish: HoldContacts, name: str) -> None:
        self.facts.append(LeaseRefused(contacts=wish.contacts, name=name, sentence="as it is"))

    def _step(self) -> None:
        facts, self.facts = tuple(self.facts), []
        self.state, commands = supply.step(
            self.state, self._picture(facts), self._faults(), self.settings
        )
        for command in commands:
            match command:
                case HoldContacts() if self.lost_at_s is not None:
                    self._refuse(command, "RelayAway")
                case HoldContacts():
                    after_s = self.random.choice(REACTIONS_S)
                    self.wishes.append((self.now_s + after_s, command))
                case SignReceipt(seller=seller, drawn_milliwh=drawn):
                    assert drawn > self.signed[seller], "a receipt fell"
                    self.signed[seller] = drawn

    def _faults(self) -> tuple[Fault, ...]:
        if self.lost_at_s is None:
            return ()
        is_long = self.now_s - self.lost_at_s >= LEASE_S
        return (fault(Severity.REST if is_long else Severity.NO_PURCHASE),)

    def _picture(self, facts: tuple[Fact, ...]) -> Observation:
        orders = tuple(
            order(number, seller=seller, energy_milliwh=BOUGHT_MILLIWH)
            for seller, number in NUMBERS.items()
            if not (self.is_undone and seller == SELLER1)
        )
        receipts = tuple(
            Receipt(
                buyer=HOME,
                seller=seller,
                number=NUMBERS[seller],
                drawn_milliwh=drawn,
                signature=bytes(65),
            )
            for seller, drawn in self.signed.items()
            if drawn
        )
        metered = meter(self.read, power_w=POWER_W)
        return replace(
            observation(self.now_s, self.soc_pct),
            load=metered if self.line.from_load else meter(power_w=POWER_W),
            connection=None if self.line.from_load else metered,
            chain=chain_view(self.now_s, orders=orders, last_number=8, offers=()),
            relay=self.seen,
            relay_lost_at_s=self.lost_at_s,
            wants_own_source=self.wish,
            receipts=receipts,
            facts=facts,
        )
