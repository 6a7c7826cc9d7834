"""The composition root: the one file that knows which room is real, and learns it from the file.

A missing sensor, chain, relay, broker, key or journal never stops the start: it is a fault.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial

from node.account.roles import role_files
from node.away import AwayLedger, AwayRelay, NoBroker, VolatileStore, open_journal
from node.core.errors import ConfigError, NodeError
from node.core.facts import ChainObserved, Fact, ReceiptReceived
from node.core.home import HomeSettings
from node.core.records import MeterName, Registers
from node.core.wire.codec import Plain
from node.home.chronicle.chronicle import Chronicle
from node.home.chronicle.tables import HOME_TABLES
from node.home.control import ControlLoop, LoopSettings
from node.home.inward.forecasting import Forecasting
from node.home.inward.measuring import Measuring
from node.home.inward.outside import Outside
from node.home.inward.raising import Raising
from node.home.inward.receipt_check import RELAY, ReceiptCheck
from node.home.memory.memory import Memory
from node.home.outward.alerting import Alerting
from node.home.outward.broker_readings import BrokerReadings
from node.home.outward.chain_readings import ChainReadings
from node.home.outward.dispatch import Dispatch
from node.home.outward.homeassistant import Device
from node.home.sensing import make_charging, make_sensors
from node.home.settings import (
    alert_senders,
    chronicle_settings,
    forecasting_settings,
    home_settings,
    measuring_settings,
    most_silent_s,
    other_relays,
    receipt_slack_milliwh,
    street_picture,
)
from node.home.wish import note_of
from node.home.wishes import Wishes
from node.keys.account import Account, KeyRefused
from node.keys.keccak import keccak256
from node.keys.receipts import ReceiptSigner
from node.ledger.thread import Ledger
from node.links.broker.home import MqttLink
from node.links.relay.link import RelayLink
from node.links.status import Answer, StatusServer
from node.parameters.scheme import Parameters
from node.settings import clock_of, ledger_settings, mqtt_settings
from node.state.copy import copy_beside
from node.state.history.keeper import HistoryKeeper
from node.state.recorder import Recorder
from node.state.records import FlightRecords
from node.system.clock import Clock
from node.system.program import Program, carry_out
from node.system.version import version

log = logging.getLogger(__name__)

GOODBYE_S = 1.0
"""How long the relay has to hear that the contacts are handed back."""
VIEWERS_MAY = ("status", "values", "history", "own_source", "wish", "wishes")
"""What the page may ask and say, and whoever is in its group."""


def run_home(parameters: Parameters, on_step: Callable[[float], None]) -> None:
    """Run a home until it is told to stop; `on_step` is given each tick's lateness in seconds."""
    for notice in parameters.notices:
        log.warning("%s: %s", notice.key, notice.sentence)
    clock = clock_of(parameters)
    carry_out(_run(parameters, clock, on_step), clock.followed)


async def _run(parameters: Parameters, clock: Clock, on_step: Callable[[float], None]) -> None:
    account = None
    try:
        account = role_files(parameters, "node").open()
    except KeyRefused as error:
        log.error("no key, so nothing is bought or sold: %s", error)
    await _Home(parameters, clock, account, on_step).run()


class _Home:
    """Build one home's rooms, run them, and take them down in order."""

    def __init__(
        self,
        parameters: Parameters,
        clock: Clock,
        account: Account | None,
        on_step: Callable[[float], None],
    ) -> None:
        self._wishes = Wishes(parameters)
        parameters = self._wishes.parameters
        node = parameters.node
        self._parameters = parameters
        self._running = asyncio.get_running_loop()
        self._program = Program(self._failure)
        self._clock = clock
        self._account = account
        self._address = account.account if account is not None else node.address
        self._journal = open_journal(node.state_directory)
        self._memory = Memory(self._journal, receipt_slack_milliwh(parameters))
        self._history = HistoryKeeper(
            node.state_directory, HOME_TABLES, clock.monotonic_s, clock.calendar_s
        )
        contract = parameters.contract
        self._signer = ReceiptSigner(account, contract.address, contract.chain_id)
        self._receipt_check = ReceiptCheck(
            self._address,
            self._signer.verify,
            lambda receipt: self.post_from_thread(ReceiptReceived(receipt=receipt)),
        )
        self._ledger = self._make_ledger()
        self._relay = self._make_relay()
        self._broker = self._make_broker()
        self._alerting = Alerting(
            alert_senders(parameters), self._memory, most_silent_s(parameters)
        )
        self._sensors = make_sensors(
            parameters, clock, self._broker, self._memory, lambda: self._loop.is_all_open
        )
        kept = self._memory.recall_registers()
        charging = make_charging(parameters, clock, self._memory)
        self._measuring = Measuring(
            measuring_settings(parameters), self._sensors, self._clock, kept, charging
        )
        self._raising = self._make_raising(kept.get(MeterName.CONNECTION))
        settings = self._settings_of(parameters)
        self._recorder = Recorder(settings, node.recorded_cycles)
        self._flights = FlightRecords(node.state_directory, self._recorder, self._running)
        self._on_step = on_step
        self._loop = self._make_loop(settings)
        self._wishes.on_change(lambda wished: self._loop.settle(self._settings_of(wished)))
        self._status = StatusServer(node.state_directory, self._answers(), VIEWERS_MAY)

    async def run(self) -> None:
        """Run until told to stop; then hand the contacts back before anything is taken down."""
        speaking = asyncio.create_task(self._relay.run())
        await self._program.run(
            self._loop,
            opening=(
                lambda: self._status.start_if_it_can("node"),
                self._receipt_check.start,
                self._broker.start,
                self._alerting.start,
                self._ledger.start,
            ),
            closing=(
                # The last lines to the relay leave on the loop before the conversation ends.
                lambda: asyncio.sleep(GOODBYE_S / 5),
                self._relay.close,
                lambda: asyncio.wait([speaking], timeout=GOODBYE_S),
                self._status.close,
                self._ledger.close,
                self._broker.close,
                self._alerting.close,
                self._receipt_check.close,
                self._sensors.close,
                self._memory.close,
                self._history.close,
                self._journal.close,
            ),
        )

    def _step_taken(self, late_s: float) -> None:
        self._on_step(late_s)
        self._program.stop_if_failed(self._loop)

    def _failure(self) -> BaseException | None:
        in_ledger = self._ledger.failure if isinstance(self._ledger, Ledger) else None
        return in_ledger or self._memory.failure

    def post(self, fact: Fact) -> None:
        """Take a fact on the loop's own thread."""
        if isinstance(fact, ChainObserved):
            self._signer.chain_id = fact.view.chain_id
            self._receipt_check.note(fact.view)
        self._loop.post(fact)

    def _post_relayed(self, fact: Fact) -> None:
        """Take a fact from the relay, where receipts are not verified."""
        if isinstance(fact, ReceiptReceived):
            self._receipt_check.take(RELAY, fact.receipt)
        else:
            self.post(fact)

    def post_from_thread(self, fact: Fact) -> None:
        """Take a fact on any thread."""
        self._program.from_thread(self.post, fact)

    def _make_raising(self, kept: Registers | None) -> Raising:
        contract, kept_at_s = self._parameters.contract, self._memory.recall_counted_at_s()
        raise_to = partial(self._measuring.raise_registers, MeterName.CONNECTION)
        return Raising(
            kept, kept_at_s, contract.interval_s, contract.confirmations, raise_to=raise_to
        )

    def _make_ledger(self) -> Ledger | AwayLedger:
        try:
            settings = ledger_settings(self._parameters, read_only=self._account is None)
        except ConfigError as error:
            log.error("no chain: %s", error)
            return AwayLedger(str(error), self.post_from_thread)
        if settings is None:
            reason = "the parameters name no chain, or not all its contracts"
            return AwayLedger(reason, self.post_from_thread)
        if isinstance(self._journal, VolatileStore):
            return AwayLedger("nothing is sent without a journal", self.post_from_thread)
        return Ledger(
            settings,
            self._journal,
            self._account,
            self.post_from_thread,
            self._clock.monotonic_s,
        )

    def _make_relay(self) -> RelayLink | AwayRelay:
        relay = self._parameters.relay
        if relay.host is None:
            return AwayRelay("the parameters name no relay (relay.host)", self.post_from_thread)
        if self._account is None:
            return AwayRelay("without a key no command is signed", self.post_from_thread)
        return RelayLink(
            relay.host,
            relay.port,
            self._account,
            keccak256,
            self._post_relayed,
            self._clock.monotonic_s,
            expected_relay=relay.name,
        )

    def _make_broker(self) -> MqttLink | NoBroker:
        try:
            birth = self._memory.next_birth()
            settings = mqtt_settings(
                self._parameters, self._parameters.node.name, self._address, birth
            )
        except (OSError, NodeError) as error:
            log.error("no broker: %s", error)
            settings = None
        if settings is None:
            return NoBroker()
        auction = self._parameters.node.auction
        return MqttLink(
            settings,
            self._running,
            self.post,
            lambda wish: self._loop.wish(wish),
            auction.utility if auction is not None else None,
            self._receipt_check.take,
            other_relays(self._parameters),
            self._wishes.commands(),
        )

    def _make_loop(self, settings: HomeSettings) -> ControlLoop:
        node, interval_s = self._parameters.node, self._parameters.contract.interval_s
        meter = node.report.meter if self._account is not None else None
        every = self._parameters.report_interval_s // interval_s
        chronicle = Chronicle(chronicle_settings(self._parameters, self._address), self._history)
        waited, learns = self._memory.recall_spools(), forecasting_settings(self._parameters)
        outside = Outside(
            self._address,
            self._signer,
            self._clock.monotonic_s(),
            street_picture(self._parameters, self._address),
        )
        for receipt in self._memory.recall_receipts():
            outside.recall(receipt)
        registers = self._measuring.registers
        chronicle.begin(self._clock.calendar_s(), registers, waited)
        dispatch = Dispatch(
            account=self._address,
            ledger=self._ledger,
            relay=self._relay,
            broker=self._broker,
            receipts=self._signer,
            outside=outside,
        )
        return ControlLoop(
            settings=LoopSettings(
                name=node.name,
                role=node.role,
                account=self._address,
                sample_period_s=node.sample_period_s,
            ),
            home_settings=settings,
            clock=self._clock,
            measuring=self._measuring,
            outside=outside,
            dispatch=dispatch,
            chain_readings=ChainReadings(meter, every, interval_s, waited.chain),
            raising=self._raising,
            broker_readings=BrokerReadings(
                self._broker, interval_s, waited.broker if self._parameters.mqtt else None
            ),
            forecasting=Forecasting(learns, self._memory) if learns is not None else None,
            memory=self._memory,
            chronicle=chronicle,
            broker=self._broker,
            lookers=(self._device().announce, self._alerting.look),
            recorder=self._recorder,
            numbers=self._wishes.numbers,
            on_step=self._step_taken,
            on_trouble=self._flights.write_soon,
        )

    def _device(self) -> Device:
        node = self._parameters.node
        return Device(self._broker, self._parameters.community, node.name, node.role, version())

    def _settings_of(self, parameters: Parameters) -> HomeSettings:
        return home_settings(parameters, self._address)

    def _told(self) -> dict[str, Plain]:
        wishes: dict[str, Plain] = dict(self._wishes.standing())
        return self._loop.snapshot() | {"wishes": wishes, "wish_notice": self._wishes.notice}

    def _answers(self) -> Mapping[str, Answer]:
        def own_source(request: Mapping[str, object]) -> object:
            self._loop.wish(request.get("on") is True)
            return "own source" if self._loop.wants_own_source else "automatic"

        return {
            "status": lambda _request: self._told(),
            "values": lambda _request: self._loop.values(),
            "wish": self._wishes.take,
            "wishes": lambda _request: self._wishes.told(),
            "wishes_kept": lambda _request: self._wishes.let_go(),
            "record": lambda _request: self._flights.write("asked", self._recorder.newest()),
            "history": self._history.answer,
            "copy_history": self._history.copy_beside,
            "own_source": own_source,
            "note_silence": lambda request: self._loop.note_silence(note_of(request)),
            "copy_journal": lambda _request: copy_beside(
                self._journal, self._parameters.node.state_directory
            ),
        }
