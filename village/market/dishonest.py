"""Run a utility that lies: `python -m village.market.dishonest --lie LIE --parameters FILE`.

It is made of the rooms of the shipped one, with its key, on the real chain and the real broker.
One room between them lies, so that it does with ease what no setting of the shipped one would.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from node.account.roles import role_files
from node.core.auction.pairing import Pairing, Part, Wires
from node.core.commands import ClearInterval, Intent, SettleOrders
from node.core.facts import Fact
from node.ledger.observing import utility_observer
from node.ledger.thread import Ledger
from node.links.broker.utility import UtilityLink
from node.parameters import load
from node.parameters.scheme import Parameters
from node.settings import clock_of
from node.state.history.keeper import HistoryKeeper
from node.state.journal import JOURNAL_NAME, Journal
from node.system.clock import Clock
from node.system.program import Program, carry_out
from node.system.terminal import run as run_command
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
from node.utility.tables import UTILITY_TABLES
from village.market.scenes import Lie

FALSE_MILLIWH = 1_000
"""What a pair that is none is said to exchange: as much as a played home may well trade."""
_TOLD_INTERVALS = 2


class SilentBroker:
    """Say nothing, though it is at the broker and seems to be well."""

    def __init__(self, link: UtilityLink) -> None:
        self._link = link

    @property
    def problem(self) -> str | None:
        """Say why the broker is away, or None while it answers."""
        return self._link.problem

    def publish(self, topic: str, payload: str) -> None:
        """Keep a value back."""

    def publish_pairing(self, pairing: Pairing, wires: Wires) -> None:
        """Keep a pairing back."""

    def publish_pairings(
        self, account: str, pairings: Sequence[Pairing], relays: Sequence[str]
    ) -> None:
        """Keep an account's parts back."""


class OppositeBroker:
    """Tell everybody the opposite of each pairing, both ends of a wire the same."""

    def __init__(self, link: UtilityLink) -> None:
        self._link = link
        self._false: dict[int, Pairing] = {}

    @property
    def problem(self) -> str | None:
        """Say why the broker is away, or None while it answers."""
        return self._link.problem

    def publish(self, topic: str, payload: str) -> None:
        """Publish all else as it is."""
        self._link.publish(topic, payload)

    def publish_pairing(self, pairing: Pairing, wires: Wires) -> None:
        """Publish the opposite of a pairing."""
        self._false[pairing.interval] = false = opposite(pairing, wires)
        for old in sorted(self._false)[:-_TOLD_INTERVALS]:
            del self._false[old]
        self._link.publish_pairing(false, wires)

    def publish_pairings(
        self, account: str, pairings: Sequence[Pairing], relays: Sequence[str]
    ) -> None:
        """Publish an account's parts of what is false, whatever is true of it."""
        told = [self._false[interval] for interval in sorted(self._false)]
        self._link.publish_pairings(account, told, relays)


class IdleLedger:
    """Send all but what clears and settles."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def submit(self, intent: Intent) -> None:
        """Take an intent, and leave those of the market undone."""
        if not isinstance(intent, ClearInterval | SettleOrders):
            self._ledger.submit(intent)


def opposite(pairing: Pairing, wires: Wires) -> Pairing:
    """Pair those who are wired and not paired, and nobody who is."""
    paired = {(part.buyer, part.seller) for part in pairing.parts}
    parts = tuple(
        Part(kind="solar", buyer=buyer, seller=seller, energy_milliwh=FALSE_MILLIWH)
        for buyer in sorted(wires)
        for seller in wires[buyer]
        if (buyer, seller) not in paired
    )
    return Pairing(interval=pairing.interval, wires_hash=pairing.wires_hash, parts=parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m village.market.dishonest", description=__doc__)
    parser.add_argument("--lie", type=Lie, required=True, help="|".join(lie.value for lie in Lie))
    parser.add_argument("--parameters", type=Path, required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    parameters = load(options.parameters)
    clock = clock_of(parameters)
    carry_out(_run(parameters, clock, options.lie), clock.followed)
    return 0


async def _run(parameters: Parameters, clock: Clock, lie: Lie) -> None:
    running, utility = asyncio.get_running_loop(), utility_of(parameters)
    account = role_files(parameters, "utility").open()
    utility.state_directory.mkdir(parents=True, exist_ok=True)
    journal = Journal(utility.state_directory / JOURNAL_NAME)
    journal.open()
    chain = utility_ledger_settings(parameters, read_only=False)
    at_broker = utility_mqtt_settings(parameters, account.account, birth=1)
    assert chain is not None and at_broker is not None, "the village writes both"

    def post(fact: Fact) -> None:
        program.from_thread(loop.post, fact)

    observer = utility_observer(utility.homes)
    ledger = Ledger(chain, journal, account, post, observer=observer)
    program = Program(lambda: ledger.failure)
    relays = relays_of(parameters)
    link = UtilityLink(at_broker, running, relays, lambda *heard: loop.hear_wiring(*heard), None)
    brokers: Mapping[Lie, SilentBroker | OppositeBroker] = {
        Lie.SILENT: SilentBroker(link),
        Lie.FALSE_PAIRINGS: OppositeBroker(link),
    }
    broker = brokers.get(lie, link)
    history = HistoryKeeper(
        utility.state_directory, UTILITY_TABLES, clock.monotonic_s, clock.calendar_s
    )
    loop = UtilityLoop(
        settings=UtilityLoopSettings(name=utility.name, account=account.account),
        rules=rules_of(utility),
        clock=clock,
        tariffs=tariffs_of(utility),
        pairings=Pairings(broker, relays, clock.monotonic_s()),
        ledger=IdleLedger(ledger) if lie is Lie.UNCLEARED else ledger,
        broker=broker,
        store=journal,
        history=history,
        on_step=lambda _seconds: program.stop_if_failed(loop),
    )
    await program.run(
        loop,
        opening=(link.start, ledger.start),
        closing=(ledger.close, link.close, history.close, journal.close),
    )


if __name__ == "__main__":
    sys.exit(run_command(main))
