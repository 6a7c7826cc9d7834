"""A home's control loop: sample, freeze one picture, step the rules, carry the commands out.

A fact wakes the step at once; the tick is the longest wait, not the only one. Nothing here waits
for the chain, the broker or the disk.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from node.core import home
from node.core.commands import Command, GiveConsent, NoteSilence
from node.core.energy.meters import OWN_ORIGIN, MeterPicture, Origin
from node.core.energy.spool import Spools
from node.core.facts import ChainObserved, Fact
from node.core.forecast.records import Accuracy
from node.core.home import HomeSettings, HomeState
from node.core.observation import Observation
from node.core.records import MeterName
from node.core.supply.state import Mode
from node.core.wire.codec import Plain
from node.home.chronicle.chronicle import Chronicle
from node.home.inward.clock_steps import ClockSteps
from node.home.inward.earning import Earning
from node.home.inward.forecasting import Forecasting
from node.home.inward.measuring import Measuring
from node.home.inward.neighbours import FedByNeighbours
from node.home.inward.outside import Outside
from node.home.inward.raising import Raising
from node.home.inward.zeroing import all_open
from node.home.memory.memory import Memory
from node.home.memory.saving import Counts
from node.home.outward.broker_readings import BrokerReadings
from node.home.outward.chain_readings import ChainReadings
from node.home.outward.dispatch import Dispatch
from node.home.outward.publishing import Looker, Publishing
from node.home.snapshot import Seen, snapshot, values
from node.home.wish import KEEP_EVERY_S, Wish
from node.ports import Broker
from node.state.recorder import Cycle, Recorder
from node.system import service
from node.system.clock import Clock
from node.system.program import say_goodbye

MOST_FACTS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSettings:
    """Hold who this home is and how often it samples (monotonic seconds)."""

    name: str
    role: str
    account: str | None
    sample_period_s: float


class ControlLoop:
    """Run one home."""

    def __init__(
        self,
        *,
        settings: LoopSettings,
        home_settings: HomeSettings,
        clock: Clock,
        measuring: Measuring,
        outside: Outside,
        dispatch: Dispatch,
        chain_readings: ChainReadings,
        raising: Raising,
        broker_readings: BrokerReadings,
        forecasting: Forecasting | None,
        memory: Memory,
        chronicle: Chronicle,
        broker: Broker,
        lookers: Sequence[Looker],
        recorder: Recorder,
        numbers: Callable[[], Mapping[str, Plain]],
        on_step: Callable[[float], None],
        on_trouble: Callable[[], object],
    ) -> None:
        self._settings = settings
        self._home_settings = home_settings
        self._clock = clock
        self._measuring = measuring
        self._outside = outside
        self._dispatch = dispatch
        self._chain_readings = chain_readings
        self._raising = raising
        self._broker_readings = broker_readings
        self._forecasting = forecasting
        self._memory = memory
        self._chronicle = chronicle
        self._broker = broker
        self._publishing = Publishing(broker, lookers, on_trouble, self._note)
        self._recorder = recorder
        self._numbers = numbers
        self._on_step = on_step
        self._wake = asyncio.Event()
        self._stopping = False
        self._facts: deque[Fact] = deque(maxlen=MOST_FACTS)
        now_s = clock.monotonic_s()
        self._state: HomeState = home.initial(
            home_settings, now_s, memory.recall_spent(), was_drawing=memory.recall_drawing()
        )
        self._observation: Observation | None = None
        self._steps = ClockSteps(clock.speed, now_s, clock.calendar_s())
        self._wish = Wish(memory, clock.monotonic_s)
        self._neighbours = FedByNeighbours(memory.recall_fed_by_neighbours())
        self._earning = Earning(settings.account, memory.recall_earned())

    def post(self, fact: Fact) -> None:
        """Take a fact from a room; called on the loop's own thread."""
        now_s = self._clock.monotonic_s()
        self._outside.absorb(fact, now_s)
        self._broker_readings.absorb(fact, now_s)
        if isinstance(fact, ChainObserved):
            # What is outside has it as the rules need it; it would fill the flight recorder.
            fact = replace(fact, street=())
        self._facts.append(fact)
        self._wake.set()

    def wish(self, own_source: bool) -> None:
        """Take the person's wish to stay on the own source, or its end."""
        self._wish.take(own_source)
        self._wake.set()

    def settle(self, settings: HomeSettings) -> None:
        """Go on by other settings from the next cycle on."""
        self._home_settings = settings
        self._recorder.settle(settings)
        self._wake.set()

    def note_silence(self, command: NoteSilence) -> str:
        """Carry out what its person asks for; give the sentence of what was asked."""
        self._dispatch.carry_out((command,), self._kept)
        return f"asked to note that readings of interval {command.interval} are missing"

    @property
    def wants_own_source(self) -> bool:
        """Say what the person wishes."""
        return self._wish.own_source

    @property
    def is_all_open(self) -> bool:
        """Say whether it is known that no contact to this home is closed, in or out."""
        outside = self._outside
        lost = outside.relay_lost_at_s is not None
        return all_open(outside.relay, self._settings.account, is_lost=lost)

    def stop(self) -> None:
        """Ask the loop to end after the cycle under way."""
        self._stopping = True
        self._wake.set()

    def snapshot(self) -> dict[str, Plain]:
        """Picture the home as of the last cycle, with the person's wish of now."""
        if self._observation is None:
            return {"node": self._settings.name, "starting": True, "faults": [], "fault_names": []}
        # Whoever has just wished would else read back what it no longer is, until the next cycle.
        observation = replace(self._observation, wants_own_source=self.wants_own_source)
        return {"starting": self._publishing.is_starting} | snapshot(
            self._settings.name,
            self._settings.role,
            self._settings.account,
            self._seen(self._state, observation),
            self._measuring.metering,
            Spools(chain=self._chain_readings.spool, broker=self._broker_readings.spool),
        )

    def values(self) -> list[Plain]:
        """Give what is measured, a row each, as of the last cycle; none before the first."""
        seen = self._observation
        return [] if seen is None else values(self._seen(self._state, seen))

    async def run(self) -> None:
        """Run until `stop`, then leave every contact at rest."""
        if self._forecasting is not None:
            self._forecasting.start()
        next_sample_s = self._clock.monotonic_s()
        while not self._stopping:
            now_s = self._clock.monotonic_s()
            if now_s >= next_sample_s:
                self._on_step(now_s - next_sample_s)
                readings = await self._measuring.measure(self._origin())
                self._neighbours.look(self._measuring.metering)
                self._chain_readings.add(readings)
                self._broker_readings.add(readings)
                self._chronicle.add(readings, now_s)
                if self._forecasting is not None:
                    self._forecasting.add(readings)
                # Missed ticks are not made up for: a sample belongs to its own instant. But one
                # that passed in the round itself is due: nobody need wait for the tick after it.
                late = int((now_s - next_sample_s) / self._period_s)
                next_sample_s += self._period_s * (late + 1)
            self._cycle()
            wait_s = max(0.0, next_sample_s - self._clock.monotonic_s())
            try:
                await asyncio.wait_for(self._wake.wait(), wait_s)
            except TimeoutError:
                continue
        await say_goodbye(
            lambda: self._dispatch.carry_out(self._farewell(), self._kept),
            lambda: self._dispatch.carry_out(self._withdrawals(), self._kept),
            self._broker_readings.settle,
            self._forecasting.close if self._forecasting is not None else lambda: None,
            lambda: self._wish.keep(0.0),
            self._measuring.save,
            lambda: self._memory.save(float("inf"), self._counts()),
            lambda: self._chronicle.end(self._clock.calendar_s()),
        )

    @property
    def _period_s(self) -> float:
        return self._settings.sample_period_s

    def _cycle(self) -> None:
        self._wake.clear()
        facts = tuple(self._facts)
        self._facts.clear()
        self._chain_readings.absorb(facts, self._clock.monotonic_s())
        before, observation = self._state, self._observe(facts)
        self._state, commands = home.step(before, observation, self._home_settings)
        self._recorder.record(Cycle(state=before, observation=observation, commands=commands))
        self._observation = observation
        self._chronicle.look(self._state, observation, self._measuring.metering)
        self._earning.look(facts, observation.chain, observation.calendar_s)
        self._raising.look(observation.chain, observation.now_s, observation.calendar_s)
        report = self._chain_readings.due(observation)
        self._dispatch.carry_out((*commands, *report), self._kept)
        self._let_go(self._outside.take_closed())
        self._tell(before, facts)
        self._broker_readings.send(observation.now_s)
        self._wish.keep(KEEP_EVERY_S)
        self._memory.save(observation.now_s, self._counts())
        service.watchdog()

    def _kept(self, do: Callable[[], None]) -> None:
        self._memory.keep_before(self._clock.monotonic_s(), self._counts(), do)

    def _let_go(self, closed: tuple[tuple[str, int], ...]) -> None:
        """Forget orders that are closed, here and on the broker."""
        for seller, number in closed:
            self._broker.clear_receipt(seller, number)
        supply = self._state.supply
        if closed and supply is not None:
            drawn = {Origin(seller=draw.seller, number=draw.number) for draw in supply.draws}
            # Energy without an order is the own source's, or a pairing's.
            lasting = {found for found, _ in self._measuring.metering.by_origin if not found.number}
            self._measuring.keep_origins({OWN_ORIGIN, *lasting, *drawn})

    def _observe(self, facts: tuple[Fact, ...]) -> Observation:
        now_s, calendar_s = self._clock.monotonic_s(), self._clock.calendar_s()
        measuring, outside = self._measuring, self._outside
        observation = Observation(
            now_s=now_s,
            calendar_s=calendar_s,
            clock_speed=self._clock.speed,
            battery=measuring.battery(now_s),
            load=measuring.meter(MeterName.LOAD, now_s),
            connection=measuring.meter(MeterName.CONNECTION, now_s),
            chain=outside.chain,
            chain_problem=outside.chain_problem,
            chain_stood_at_s=outside.chain_stood_at_s,
            relay=outside.relay,
            relay_lost_at_s=outside.relay_lost_at_s,
            broker_problem=self._broker.problem,
            journal_problem=self._memory.problem,
            clock_problem=self._steps.look(now_s, calendar_s),
            sensor_problems=measuring.problems,
            receipts=outside.receipts,
            wants_own_source=self.wants_own_source,
            facts=facts,
            report_problem=self._chain_readings.problem or self._raising.problem,
        )
        observation = outside.with_auction(observation)
        if self._forecasting is None:
            return observation
        outlooks = self._forecasting.look(observation, measuring.metering)
        return replace(observation, outlooks=outlooks)

    @property
    def _accuracy(self) -> Accuracy | None:
        return self._forecasting.accuracy if self._forecasting is not None else None

    def _generation(self) -> MeterPicture | None:
        return self._measuring.meter(MeterName.GENERATION, self._clock.monotonic_s())

    def _origin(self) -> Origin:
        supply = self._state.supply
        if supply is None or supply.contact.closed_at_s is None:
            return OWN_ORIGIN
        seller = supply.contact.seller
        if supply.contact.paired is not None:
            # A pairing's energy has no order of the sale.
            return Origin(seller=seller, number=None)
        drawn = (d for d in supply.draws if d.seller == seller and d.remaining_milliwh)
        return Origin(seller=seller, number=next((draw.number for draw in drawn), None))

    def _counts(self) -> Counts:
        supply = self._state.supply
        return Counts(
            registers=self._measuring.registers,
            receipts=self._outside.receipts,
            spent=supply.spent if supply is not None else None,
            spools=Spools(chain=self._chain_readings.spool, broker=self._broker_readings.kept),
            # While the credit of an interrupted draw is still looked for, it counts as interrupted.
            drawing=(
                supply.mode is Mode.ON_SELLER or supply.resuming if supply is not None else None
            ),
            # Until the chain's word is known, what it may have more counts from the earlier run.
            calendar_s=int(self._clock.calendar_s()) if self._raising.is_done else None,
            fed_by_neighbours_milliwh=self._neighbours.milliwh if supply is not None else None,
            earned=self._earning.earned if self._state.delivery is not None else None,
        )

    def _farewell(self) -> tuple[Command, ...]:
        return home.farewell(self._state, self._clock.monotonic_s())

    def _withdrawals(self) -> tuple[GiveConsent, ...]:
        delivery = self._state.delivery
        given = delivery.consents if delivery is not None else ()
        return tuple(GiveConsent(connection=number, consent_s=0.0) for number, _at in given)

    def _note(self, part: str, state: str, sentence: str) -> None:
        self._chronicle.tell(part, state, sentence, self._clock.calendar_s())

    def _tell(self, before: HomeState, facts: tuple[Fact, ...]) -> None:
        observation, after = self._observation, self._state
        assert observation is not None
        changed = self._publishing.log_changes(before, after, facts, observation.now_s)
        self._publishing.publish(
            observation.now_s, changed, self.snapshot, lambda: self._seen(after, observation)
        )

    def _seen(self, state: HomeState, observation: Observation) -> Seen:
        return Seen(
            state=state,
            observation=observation,
            generation=self._generation(),
            accuracy=self._accuracy,
            fed_by_neighbours_milliwh=self._neighbours.milliwh,
            earned_today=self._earning.today(observation.calendar_s),
            numbers=self._numbers(),
            waiting_since_s=self._chain_readings.waiting_since_s(self._broker_readings.spool),
        )
