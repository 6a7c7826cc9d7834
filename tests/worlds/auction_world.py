"""A rough auction around one home, thrown by a seed: orders, results, pairings, and who disturbs.

The world keeps its own account of what is licensed, and after each step it says which rule was
broken. A quarter hour's parts take some minutes at the home's 2 kW.
"""

import random
from dataclasses import replace

from node.core.auction.pairing import Part
from node.core.budget import Spent
from node.core.commands import Command, GiveConsent, HoldContacts, OpenOrder, PlaceOrder
from node.core.facts import Fact, IntentResumed
from node.core.observation import Observation
from node.core.records import BlockStamp
from node.core.records import Order as SaleOrder
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
    order,
    reading,
    refused,
    relay_view,
)
from tests.factories.market import INTERVAL_S, RULES
from tests.factories.settings import HOME, NEIGHBOUR, SELLER1, SELLER2, settings
from tests.factories.trading import outlook, trading_settings
from tests.worlds.auction_truth import AuctionTruth
from tests.worlds.recorded_home import RecordedHome

SELLERS = {CHANNELS1: SELLER1, CHANNELS2: SELLER2}
MILLIWH_PER_S = 2_000_000 / 3_600
LONGEST_STEP_S = 30.0
TO_NEIGHBOUR = 5


class AuctionWorld:
    """Play one home in the auction for a number of steps."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.truth = AuctionTruth(self.random)
        self.now_s, self.block = NOW_S, BLOCK
        self.soc_pct, self.imported, self.exported = 50.0, 0.0, 0.0
        self.flying: PlaceOrder | None = None
        self.refusals: dict[int, float] = {}
        self.credit: dict[int, SaleOrder] = {}
        self.boundary: dict[int, int] = {}
        self.drawn: dict[tuple[int, str], float] = {}
        self.facts: list[Fact] = []
        self.held: tuple[int, ...] = ()
        self.wish, self.gauge_lost = False, False
        self.home = RecordedHome(settings(trading=trading_settings(least_gain=1)), self.now_s)
        self.seen = {"paired": 0, "placed": 0, "served": 0, "sale": 0}

    def happens(self, one_in: int) -> bool:
        """Throw a die."""
        return self.random.randrange(one_in) == 0

    @property
    def chain_s(self) -> float:
        """Give the chain's time now."""
        return CALENDAR_S + self.now_s - NOW_S

    @property
    def interval(self) -> int:
        """Give the interval that is delivered now."""
        return int(self.chain_s // INTERVAL_S)

    def play(self) -> None:
        """Let time pass, let things happen, take one step, and check it."""
        self._pass_time()
        self._answer()
        self.truth.move(self.chain_s, self.block)
        if self.happens(40):
            number = max((6, *self.credit)) + 1
            ends_s = int(self.chain_s) + 3_600
            self.credit = {number: order(number, energy_milliwh=60_000, expires_s=ends_s)}
        if self.happens(150):
            self._restart()
        for command in self.home.step(self._picture()):
            self._carry_out(command)
        self._check()

    def _pass_time(self) -> None:
        passed_s = self.random.choice((1.0, 1.0, 5.0, 10.0, LONGEST_STEP_S))
        left_s = (self.interval + 1) * INTERVAL_S - self.chain_s
        # A step never spans a boundary, so that each sample belongs to one interval.
        passed_s = min(passed_s, left_s)
        if self.held:
            energy = passed_s * MILLIWH_PER_S
            self.imported += energy
            key = (self.interval, SELLERS[self.held])
            self.drawn[key] = self.drawn.get(key, 0.0) + energy
        self.now_s += passed_s
        self.block += max(1, int(passed_s))
        if self.held and self.happens(60):
            self.held = ()
        self.boundary.setdefault(self.interval, int(self.imported))
        if self.happens(10 if self.wish else 200):
            self.wish = not self.wish
        self.gauge_lost = self.happens(60)
        self.soc_pct = min(95.0, max(5.0, self.soc_pct + self.random.uniform(-4.0, 4.0)))

    def _answer(self) -> None:
        if self.flying is None or not self.happens(2):
            return
        placing, self.flying = self.flying, None
        if self.chain_s >= RULES.gate_s(placing.interval) or self.happens(5):
            self.refusals[placing.interval] = self.now_s
            self.facts.append(refused(placing))
            return
        self.truth.place(placing)
        found = confirmed(placing, self.now_s)
        self.facts.append(replace(found, block=replace(found.block, number=self.block)))

    def _restart(self) -> None:
        self.home.start(self.now_s, Spent(day=0, amount=0))
        self.held, self.refusals = (), {}
        self.facts = [IntentResumed(intent=self.flying)] if self.flying is not None else []

    def _picture(self) -> Observation:
        stamp = BlockStamp(number=self.block, hash="0x", timestamp_s=int(self.chain_s))
        closed = SELLERS.get(self.held)
        lines = (
            connection(0, closed=closed == SELLER1, consents_stand=not self.happens(30)),
            connection(1, closed=closed == SELLER2, consents_stand=not self.happens(30)),
            connection(
                0,
                connection=TO_NEIGHBOUR,
                load="neighbour",
                source="home",
                channels=(4, 5),
                holder=NEIGHBOUR,
                consents=(HOME,),
            ),
        )
        expected = self.random.choice((100_000, 60_000, -80_000))
        read = reading(self.interval, self.boundary[self.interval])
        facts, self.facts = tuple(self.facts), []
        return replace(
            observation(self.now_s, None if self.gauge_lost else self.soc_pct),
            calendar_s=self.chain_s,
            battery=battery(None if self.gauge_lost else self.soc_pct),
            connection=meter(int(self.imported), power_w=2_000.0 if closed else 0.0),
            load=meter(power_w=2_000.0),
            chain=chain_view(
                self.now_s,
                block=stamp,
                orders=tuple(self.credit.values()),
                offers=(),
                last_number=max((6, *self.credit)),
                meter=None if self.happens(20) else read,
            ),
            relay=relay_view(*lines),
            wants_own_source=self.wish,
            facts=facts,
            market=self.truth.market(),
            pairings=tuple(self.truth.pairings.values()),
            outlooks=tuple(
                outlook((expected,) * 12, number)
                for number in (self.interval + 1, self.interval + 2)
            ),
        )

    def _is_barred(self) -> bool:
        return self.truth.is_barred(self.interval)

    def _parts(self) -> tuple[Part, ...]:
        return self.truth.parts(self.interval)

    def _carry_out(self, command: Command) -> None:
        match command:
            case HoldContacts(contacts=contacts):
                if contacts:
                    self._check_contact(SELLERS[contacts])
                self.held = contacts
            case OpenOrder():
                assert not self._is_barred(), "bought in an interval of the auction"
            case GiveConsent(consent_s=consent_s) if consent_s:
                assert not self.held, "a chain of sources"
                if self._is_barred():
                    buyers = {part.buyer for part in self._parts() if part.seller == HOME}
                    assert NEIGHBOUR in buyers, "a consent without a part"
                    self.seen["served"] += 1
            case PlaceOrder(interval=interval):
                assert self.flying is None, "two orders are under way"
                rested_s = self.now_s - self.refusals.get(interval, float("-inf"))
                assert rested_s >= self.home.settings.trading.hold_off_s, "repeated without a rest"
                assert self.chain_s < RULES.gate_s(interval), "after the gate"
                self.flying = command
                self.seen["placed"] += 1
            case _:
                pass

    def _check_contact(self, seller: str) -> None:
        assert not (self.wish or self.gauge_lost), "not at rest"
        if not self._is_barred():
            open_orders = [o for o in self.credit.values() if o.seller == seller]
            assert any(o.expires_s > self.chain_s for o in open_orders), "no confirmed credit"
            self.seen["sale"] += 1
            return
        most = sum(part.energy_milliwh for part in self._parts() if part.seller == seller)
        assert self.drawn.get((self.interval, seller), 0.0) < most, "no part is left"
        self.seen["paired"] += 1

    def _check(self) -> None:
        if self.wish or self.gauge_lost:
            assert self.held == (), "not at rest"
        if not self._is_barred():
            return
        if self.held:
            self._check_contact(SELLERS[self.held])
        for seller in SELLERS.values():
            drawn = self.drawn.get((self.interval, seller), 0.0)
            parts = [p for p in self._parts() if p.seller == seller and p.buyer == HOME]
            if parts:
                most = sum(part.energy_milliwh for part in parts)
                assert drawn <= most + LONGEST_STEP_S * MILLIWH_PER_S, "more than its part"
