"""The utility's composition root: which of its rooms is real, learnt from the file.

A missing chain, broker, relay, key or journal never stops the start: it is told, and waited for.
"""

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping

from node.account.roles import role_files
from node.away import AwayLedger, NoBroker, VolatileStore, open_journal
from node.core.errors import NodeError
from node.core.facts import Fact
from node.keys.account import Account, KeyRefused
from node.ledger.observing import utility_observer
from node.ledger.thread import Ledger
from node.links.broker.utility import UtilityLink
from node.links.status import Answer, StatusServer
from node.parameters.scheme import Parameters
from node.settings import clock_of
from node.state.copy import copy_beside
from node.system import event_loop, service
from node.system.clock import Clock
from node.system.footprint import keep_small
from node.system.goodbye import say_goodbye
from node.utility.loop import UtilityLoop, UtilityLoopSettings
from node.utility.pairings import Pairings
from node.utility.settings import (
    relays_of,
    rules_of,
    tariffs_of,
    utility_ledger_settings,
    utility_mqtt_settings,
    utility_of,
)
from node.utility.withdrawing import withdrawal_of

log = logging.getLogger(__name__)

_BIRTH_KEY = "birth"


def run_utility(parameters: Parameters, on_step: Callable[[float], None]) -> None:
    """Run the utility until it is told to stop; `on_step` is given each cycle's seconds."""
    service.keep_private()
    clock = clock_of(parameters)
    event_loop.run(_run(parameters, clock, on_step), clock.followed)


async def _run(parameters: Parameters, clock: Clock, on_step: Callable[[float], None]) -> None:
    account = None
    try:
        account = role_files(parameters, "utility").open()
    except KeyRefused as error:
        log.error("no key, so nothing is cleared or paid: %s", error)
    await _Utility(parameters, clock, account, on_step).run()


class _Utility:
    """Build the utility's rooms, run them, and take them down in order."""

    def __init__(
        self,
        parameters: Parameters,
        clock: Clock,
        account: Account | None,
        on_step: Callable[[float], None],
    ) -> None:
        utility = utility_of(parameters)
        self._parameters = parameters
        self._running = asyncio.get_running_loop()
        self._account = account
        self._address = account.account if account is not None else utility.address
        self._journal = open_journal(utility.state_directory)
        self._clock = clock
        self._ledger = self._make_ledger()
        self._broker = self._make_broker()
        self._on_step = on_step
        self._loop = UtilityLoop(
            settings=UtilityLoopSettings(name=utility.name, account=self._address),
            rules=rules_of(utility),
            clock=clock,
            tariffs=tariffs_of(utility),
            pairings=Pairings(self._broker, relays_of(parameters), clock.monotonic_s()),
            ledger=self._ledger,
            broker=self._broker,
            store=self._journal,
            on_step=self._step_taken,
        )
        self._status = StatusServer(utility.state_directory, self._answers())

    async def run(self) -> None:
        """Run until told to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self._running.add_signal_handler(number, self._loop.stop)
        tidying = asyncio.create_task(keep_small())
        try:
            await self._listen()
            self._broker.start()
            self._ledger.start()
            service.ready()
            await self._loop.run()
        finally:
            await say_goodbye(
                service.stopping,
                tidying.cancel,
                self._status.close,
                self._ledger.close,
                self._broker.close,
                self._journal.close,
            )
        # Not before: the ledger may fail after the last cycle.
        self._raise_failure()

    async def _listen(self) -> None:
        try:
            await self._status.start()
        except OSError as error:
            # A read-only card is a fault like others: told over MQTT, and no reason to be gone.
            log.error("nobody on this machine can ask this utility: %s", error)

    def _step_taken(self, seconds: float) -> None:
        self._on_step(seconds)
        if self._failure() is not None:
            self._loop.stop()

    def _failure(self) -> BaseException | None:
        return self._ledger.failure if isinstance(self._ledger, Ledger) else None

    def _raise_failure(self) -> None:
        """End the process after a fault of our own on another thread; systemd starts it again."""
        failure = self._failure()
        if failure is not None:
            raise failure

    def _post_from_thread(self, fact: Fact) -> None:
        try:
            self._running.call_soon_threadsafe(self._loop.post, fact)
        except RuntimeError:
            log.debug("a fact came after the end: %s", type(fact).__name__)

    def _make_ledger(self) -> Ledger | AwayLedger:
        settings = utility_ledger_settings(self._parameters, read_only=self._account is None)
        if settings is None:
            reason = "the parameters name no chain, no auction, or not all other contracts"
            return AwayLedger(reason, self._post_from_thread)
        utility = utility_of(self._parameters)
        if isinstance(self._journal, VolatileStore):
            return AwayLedger("nothing is sent without a journal", self._post_from_thread)
        return Ledger(
            settings,
            self._journal,
            self._account,
            self._post_from_thread,
            observer=utility_observer(fills_up=utility.gas_target_wei > 0, homes=utility.homes),
        )

    def _make_broker(self) -> UtilityLink | NoBroker:
        try:
            birth = int(self._journal.get(_BIRTH_KEY) or 0) + 1
            self._journal.put(_BIRTH_KEY, str(birth), durable=True)
            settings = utility_mqtt_settings(self._parameters, self._address, birth)
        except (OSError, ValueError, NodeError) as error:
            log.error("no broker: %s", error)
            settings = None
        if settings is None:
            return NoBroker()
        over_mqtt = utility_of(self._parameters).tariff_over_mqtt
        return UtilityLink(
            settings,
            self._running,
            relays_of(self._parameters),
            lambda relay, connections: self._loop.hear_wiring(relay, connections),
            (lambda tariff: self._loop.hear_tariff(tariff)) if over_mqtt else None,
        )

    def _answers(self) -> Mapping[str, Answer]:
        return {
            "status": lambda _request: self._loop.snapshot(),
            "withdraw": lambda request: self._loop.ask(withdrawal_of(request)),
            "copy_journal": lambda _request: copy_beside(
                self._journal, utility_of(self._parameters).state_directory
            ),
        }
