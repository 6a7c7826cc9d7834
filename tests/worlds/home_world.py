"""A rough world around one home, thrown by a seed: chain, relay, sensors and a person.

It keeps its own account of what is true, and after each step it says which rule was broken.
"""

import random
from dataclasses import replace

from node.core.commands import Command, GiveConsent, HoldContacts, OpenOrder, SignReceipt
from node.core.facts import Fact, IntentRefused, IntentResumed, IntentUndone
from node.core.faults import Severity, worst
from node.core.home import HomeState
from node.core.observation import Observation
from node.core.records import BlockStamp, Order, Receipt
from node.core.supply.state import Mode
from tests.factories.home import (
    BLOCK,
    CALENDAR_S,
    CHANNELS1,
    CHANNELS2,
    NOW_S,
    battery,
    chain_view,
    confirmed,
    connection,
    meter,
    observation,
    offer,
    relay_view,
)
from tests.factories.settings import HOME, SELLER1, SELLER2, settings
from tests.worlds.recorded_home import RecordedHome

SELLERS = {CHANNELS1: SELLER1, CHANNELS2: SELLER2}


class HomeWorld:
    """Play one home for a number of steps."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now_s, self.block = NOW_S, BLOCK
        self.soc_pct, self.imported = 25.0, 0.0
        self.orders: dict[int, Order] = {}
        self.flying: dict[int, OpenOrder] = {}
        self.confirmed: set[int] = set()
        self.asked: dict[int, tuple[int, int]] = {}
        self.receipts: dict[tuple[str, int], Receipt] = {}
        self.facts: list[Fact] = []
        self.later: list[Fact] = []
        self.held: tuple[int, ...] = ()
        self.lease_until_s = 0.0
        self.consents = {SELLER1: True, SELLER2: True}
        self.relay_lost_at_s: float | None = None
        self.wish, self.journal_problem = False, None
        self.home = RecordedHome(settings(), self.now_s)

    def happens(self, one_in: int) -> bool:
        """Throw a die."""
        return self.random.randrange(one_in) == 0

    def play(self) -> None:
        """Let time pass, let things happen, take one step, and check it."""
        self._pass_time()
        self._disturb()
        self._answer_orders()
        if self.happens(120):
            self._restart()
        seen, before = self._picture(), self.home.state
        for command in self.home.step(seen):
            self._check_command(command, before, seen)
        self._check_state(seen)

    def _pass_time(self) -> None:
        passed_s = self.random.choice((0.1, 1.0, 1.0, 1.0, 4.0, 30.0))
        seller = self._closed()
        self.now_s += passed_s
        self.block += int(passed_s) or self.happens(2)
        if self.now_s >= self.lease_until_s and self.held and self.happens(2):
            self.lease_until_s = 0.0
        if seller is not None and not self.happens(20):
            self.imported += 900.0 * passed_s / 3.6
        drift = 0.1 if seller is not None else -0.1
        self.soc_pct = min(60.0, max(3.0, self.soc_pct + passed_s * drift * self.random.random()))

    def _disturb(self) -> None:
        for seller in self.consents:
            if self.happens(40):
                self.consents[seller] = not self.consents[seller]
        if self.happens(60 if self.relay_lost_at_s is None else 6):
            self.relay_lost_at_s = self.now_s if self.relay_lost_at_s is None else None
        if self.happens(100 if not self.wish else 10):
            self.wish = not self.wish
        if self.happens(150 if self.journal_problem is None else 5):
            self.journal_problem = None if self.journal_problem else "the card is full"
        for number, order in list(self.orders.items()):
            over = order.expires_s + 3_600 < self._chain_s()
            if number in self.confirmed and (over or self.happens(200)):
                del self.orders[number]

    def _answer_orders(self) -> None:
        for number, order in list(self.flying.items()):
            if number not in self.orders and self.happens(3) and number > self._last_number():
                self.orders[number] = self._opened(order)
            elif number in self.orders and self.happens(2):
                self.facts.append(confirmed(order, self.now_s))
                self.confirmed.add(number)
                del self.flying[number]
            elif number not in self.orders and (self.happens(8) or self._last_number() > number):
                self.facts.append(IntentRefused(intent=order, name="Reverted", sentence="late"))
                del self.flying[number]
        newest = max(self.confirmed & set(self.orders), default=None)
        if newest is not None and newest == self._last_number() and self.happens(60):
            self._reorganise(newest)

    def _reorganise(self, number: int) -> None:
        gone = self.orders.pop(number)
        self.confirmed.discard(number)
        again = OpenOrder(
            seller=gone.seller,
            number=number,
            energy_milliwh=gone.energy_milliwh,
            max_price_per_kwh=gone.price_per_kwh,
            max_duration_s=3_600,
            max_cost=self.asked[number][1],
        )
        self.flying[number] = again
        # The view often comes a step before the ledger's own word.
        words = self.facts if self.happens(2) else self.later
        words.append(IntentUndone(intent=again, reason="the block is gone"))

    def _restart(self) -> None:
        self.home.start(self.now_s, self.home.state.supply.spent)
        self.held = ()
        self.facts = [f for f in self.facts if isinstance(f, IntentUndone)]
        self.facts += [IntentResumed(intent=order) for order in self.flying.values()]

    def _opened(self, order: OpenOrder) -> Order:
        return Order(
            buyer=HOME,
            seller=order.seller,
            number=order.number,
            energy_milliwh=order.energy_milliwh,
            drawn_milliwh=0,
            price_per_kwh=order.max_price_per_kwh,
            expires_s=int(self._chain_s()) + 3_600,
        )

    def _last_number(self) -> int:
        return max((*self.confirmed, *self.orders), default=0)

    def _chain_s(self) -> float:
        return CALENDAR_S + self.now_s - NOW_S

    def _closed(self) -> str | None:
        seller = SELLERS.get(self.held)
        stands = seller is not None and self.consents[seller] and self.now_s < self.lease_until_s
        return seller if stands else None

    def _picture(self) -> Observation:
        soc = self.random.choice((self.soc_pct,) * 30 + (None,))
        closed = self._closed()
        stamp = BlockStamp(number=self.block, hash="0x", timestamp_s=int(self._chain_s()))
        facts, self.facts, self.later = tuple(self.facts), list(self.later), []
        connections = [
            connection(number, consents_stand=self.consents[seller], closed=closed == seller)
            for number, seller in enumerate((SELLER1, SELLER2))
        ]
        view = chain_view(
            self.now_s,
            block=stamp,
            last_number=self._last_number(),
            orders=tuple(self.orders.values()),
            offers=tuple(offer(s, until_s=stamp.timestamp_s + 900) for s in SELLERS.values()),
        )
        return replace(
            observation(self.now_s, soc),
            battery=battery(soc, settled=not self.happens(15)),
            connection=meter(int(self.imported), power_w=900.0 if closed else 0.0),
            load=meter(power_w=900.0),
            chain=view,
            chain_problem="no answer" if self.happens(30) else None,
            relay=relay_view(*connections),
            relay_lost_at_s=self.relay_lost_at_s,
            journal_problem=self.journal_problem,
            wants_own_source=self.wish,
            receipts=tuple(self.receipts.values()),
            facts=facts,
        )

    def _check_command(self, command: Command, before: HomeState, seen: Observation) -> None:
        match command:
            case HoldContacts(contacts=contacts):
                self.held = contacts
                if self.relay_lost_at_s is None:
                    self.lease_until_s = self.now_s + 15.0 if contacts else 0.0
                if contacts:
                    self._check_credit(SELLERS[contacts])
            case OpenOrder():
                self._check_order(command, before, seen)
            case SignReceipt(number=number, drawn_milliwh=drawn):
                known = self.receipts.get((command.seller, number))
                assert known is None or drawn > known.drawn_milliwh, "a receipt fell"
                # One that a reorganisation has just taken away is under way again.
                bought = self.orders.get(number) or self.flying[number]
                assert drawn <= bought.energy_milliwh, "more signed than bought"
                self.receipts[command.seller, number] = Receipt(
                    buyer=HOME,
                    seller=command.seller,
                    number=number,
                    drawn_milliwh=drawn,
                    signature=bytes(65),
                )
            case GiveConsent(consent_s=consent_s):
                drawing = self.home.state.supply.mode in (Mode.PURCHASING, Mode.ON_SELLER)
                assert not (consent_s and drawing), "a chain of sources"

    def _check_credit(self, seller: str) -> None:
        open_orders = [
            order
            for number, order in self.orders.items()
            if order.seller == seller and number not in self.flying
        ]
        drawn = {d.number: d.drawn_milliwh for d in self.home.state.supply.draws}
        assert any(
            order.expires_s > self._chain_s() and drawn.get(order.number, 0) < order.energy_milliwh
            for order in open_orders
        ), "a contact was asked for without confirmed credit"

    def _check_order(self, order: OpenOrder, before: HomeState, seen: Observation) -> None:
        assert not self.flying, "two orders are under way"
        assert seen.chain is not None
        assert order.number - seen.chain.last_number in (1, 2), "a number steps too far"
        assert order.number not in self.orders, "a number is used again"
        is_drawing = before.supply.mode is Mode.ON_SELLER
        assert seen.battery.settled or is_drawing, "bought on an unsettled state of charge"
        limit_pct = 30.0 if is_drawing else 20.0
        assert seen.battery.soc_pct < limit_pct, "bought with a battery that is well"
        places = [o for o in self.orders.values() if o.seller == order.seller]
        assert all(o.number % 2 != order.number % 2 for o in places), "its place is taken"
        self.flying[order.number] = order
        day = int(seen.calendar_s // 86_400)
        self.asked[order.number] = (day, order.max_cost)
        spent = sum(cost for when, cost in self.asked.values() if when == day)
        refused = sum(
            self.asked[n][1]
            for n in self.asked
            if n not in self.confirmed and n not in self.flying and n not in self.orders
        )
        budget = self.home.settings.supply.purchase.budget_per_day
        assert spent - refused <= budget, "the budget is exceeded"

    def _check_state(self, seen: Observation) -> None:
        supply = self.home.state.supply
        if worst(self.home.state.faults) is Severity.REST or seen.wants_own_source:
            assert self.held == (), "not at rest"
        assert (supply.mode is Mode.ON_SELLER) or self.held == (), "a contact without a reason"
        for draw in supply.draws:
            assert 0 <= draw.drawn_milliwh <= draw.energy_milliwh
        sellers = [draw.seller for draw in supply.draws]
        assert all(sellers.count(seller) <= 2 for seller in sellers), "three orders with one seller"
