"""The utility's composition root: which of its rooms is real, learnt from the file.

A missing chain, broker, relay, key or journal never stops the start: it is told, and waited for.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping

from node.account.roles import role_files
from node.away import AwayLedger, NoBroker, VolatileStore, open_journal
from node.core.errors import ConfigError, NodeError
from node.core.facts import Fact
from node.keys.account import Account, KeyRefused
from node.ledger.observing import utility_observer
from node.ledger.thread import Ledger
from node.links.broker.utility import UtilityLink
from node.links.status import Answer, StatusServer
from node.parameters.scheme import Parameters
from node.settings import clock_of
from node.state.copy import copy_beside
from node.state.history.keeper import HistoryKeeper
from node.system.clock import Clock
from node.system.program import Program, carry_out
from node.utility.loop import UtilityLoop, UtilityLoopSettings
from node.utility.pairings import Pairings
from node.utility.reworking import Reworking
from node.utility.settings import (
    relays_of,
    rules_of,
    tariffs_of,
    utility_ledger_settings,
    utility_mqtt_settings,
    utility_of,
)
from node.utility.tables import UTILITY_TABLES
from node.utility.withdrawing import withdrawal_of

log = logging.getLogger(__name__)

VIEWERS_MAY = ("status", "community", "history", "work_out")
"""What the page may ask, and whoever is in its group."""
_BIRTH_KEY = "birth"


def run_utility(parameters: Parameters, on_step: Callable[[float], None]) -> None:
    """Run the utility until it is told to stop; `on_step` is given each cycle's seconds."""
    clock = clock_of(parameters)
    carry_out(_run(parameters, clock, on_step), clock.followed)


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
        self._program = Program(self._failure)
        self._account = account
        self._address = account.account if account is not None else utility.address
        self._journal = open_journal(utility.state_directory)
        self._history = HistoryKeeper(
            utility.state_directory, UTILITY_TABLES, clock.monotonic_s, clock.calendar_s
        )
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
            history=self._history,
            on_step=self._step_taken,
        )
        self._status = StatusServer(utility.state_directory, self._answers(), VIEWERS_MAY)

    async def run(self) -> None:
        """Run until told to stop."""
        await self._program.run(
            self._loop,
            opening=(
                lambda: self._status.start_if_it_can("utility"),
                self._broker.start,
                self._ledger.start,
            ),
            closing=(
                self._status.close,
                self._ledger.close,
                self._broker.close,
                self._history.close,
                self._journal.close,
            ),
        )

    def _step_taken(self, seconds: float) -> None:
        self._on_step(seconds)
        self._program.stop_if_failed(self._loop)

    def _failure(self) -> BaseException | None:
        return self._ledger.failure if isinstance(self._ledger, Ledger) else None

    def _post_from_thread(self, fact: Fact) -> None:
        self._program.from_thread(self._loop.post, fact)

    def _make_ledger(self) -> Ledger | AwayLedger:
        try:
            settings = utility_ledger_settings(self._parameters, read_only=self._account is None)
        except ConfigError as error:
            log.error("no chain: %s", error)
            return AwayLedger(str(error), self._post_from_thread)
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
            observer=utility_observer(utility.homes),
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
            "community": lambda _request: self._loop.community(),
            "history": self._history.answer,
            "work_out": Reworking(self._history).answer,
            "copy_history": self._history.copy_beside,
            "withdraw": lambda request: self._loop.ask(withdrawal_of(request)),
            "copy_journal": lambda _request: copy_beside(
                self._journal, utility_of(self._parameters).state_directory
            ),
        }
