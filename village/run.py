"""Run the whole street: start every process, let the day pass, and close the books."""

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from node.core.errors import Refused
from node.core.units import format_wh
from node.links.status import ask
from village.books import Bookkeeper
from village.broker import broker_command
from village.broker_ear import BrokerEar
from village.chain import NEVER
from village.community import INTERVAL_S, Community, found, open_accounts
from village.contacts import ContactFollower
from village.folder import taken_folder
from village.households import (
    SAMPLE_CALENDAR_S,
    UTILITY,
    Places,
    short_folder,
    write_home,
    write_relay,
)
from village.lingering import ask_to_rest, wait_for_key
from village.market.homes import PAST_HOURS
from village.market.play import WARM_HOURS, MarketPlay
from village.page import NAME as PAGE
from village.page import make_page
from village.plant.homes_data import HOUR_S, Profiles, read_past, read_profiles
from village.plant.physics import Plant
from village.plant.stage import Stage
from village.plant.street import Street, contacts_of, default_street
from village.processes import Processes
from village.recording import Recording
from village.settings import RunSettings
from village.sheet.day import Sheet, close_books
from village.sheet.market import MarketSheet
from village.street_chain import chain_command, open_door
from village.tcp import wait_for_port
from village.time.lockstep import START_WITHIN_S, Lockstep
from village.view import View

CHAIN_ID = 720_720
FOLLOW_EVERY_S = 0.1
RECORD_WITHIN_S = 120.0
"""Real seconds; a home packs thousands of cycles, on a machine that may be busy."""
SETTLE_S = 3.0
"""Seconds of the village's time."""
EX_CONFIG = 78


def run(
    settings: RunSettings, show: Callable[[Sheet | MarketSheet], None] = lambda _: None
) -> Sheet | MarketSheet:
    """Play the street to its end; nothing is left running, whatever happens.

    `show` is given the sheet once the books are closed.
    """
    street, profiles, market = _described(settings)
    with ExitStack() as stack:
        village = _Village(settings, street, profiles, market, stack)
        try:
            village.found()
            village.start_homes()
            village.play()
            sheet = village.close_books()
            show(sheet)
            village.linger()
            return sheet
        except KeyboardInterrupt:
            # Before the day there are no books to close, and while they close it is a second wish.
            village.end_at_once()
            raise


def _described(settings: RunSettings) -> tuple[Street, Profiles, MarketPlay | None]:
    """Describe the street that is played, and its market if it has one."""
    data, homes, first_day = settings.data, settings.homes, settings.first_day
    profiles = read_profiles(data, homes=homes, first_day=first_day)
    if settings.market_hour is None:
        return default_street(profiles.homes, hours=settings.hours), profiles, None
    past = read_past(data, homes=homes, first_day=first_day, hours=PAST_HOURS)
    hour, hours = settings.market_hour, settings.hours
    market = MarketPlay(profiles, past, hour=hour, hours=hours, scene=settings.scene)
    return market.street, market.profiles, market


class _Village:
    """Hold the running parts; the stack takes them down in reverse."""

    def __init__(
        self,
        settings: RunSettings,
        street: Street,
        profiles: Profiles,
        market: MarketPlay | None,
        stack: ExitStack,
    ) -> None:
        self._settings = settings
        self._market = market
        self._street = street
        self._profiles = profiles
        self._stack = stack
        stack.enter_context(taken_folder(settings.directory))
        time_file = settings.directory / "time"
        self._places = Places.on_free_ports(
            settings.directory, stack.enter_context(short_folder()), time_file, settings.chain
        )
        self._processes = Processes(settings.directory)
        self._lockstep = Lockstep(
            time_file,
            speed=settings.speed,
            chain_port=self._places.chain_port,
            is_running=self._processes.is_running,
            tell=lambda line: self._view.tell(line),
            chain=settings.chain,
        )
        # Programs bid their goodbye by the village's time, so it passes until they are gone.
        stack.callback(self._lockstep.close)
        stack.callback(self._processes.stop_all)
        stack.callback(self._lockstep.wait_for_nobody)
        self._receipts: dict[tuple[str, str, int], int] = {}
        self._energised: frozenset[int] = frozenset()
        self._page_told = ""

    def found(self) -> None:
        """Start chain, broker and relay server, and found the community on them."""
        settings, places = self._settings, self._places
        # The community is founded in the hour before the played day begins, without its haste.
        origin_s = self._profiles.start_s - INTERVAL_S
        clock = self._lockstep.found(origin_s)
        names = tuple(home.name for home in self._street.homes)
        wires = [(wire.load, wire.source) for wire in self._street.wires]
        self._view = View(clock, names, wires, sys.stdout, settings.is_live)
        self._view.tell("starting chain, broker and relay server")
        self._start("chain", chain_command(places, origin_s - INTERVAL_S, CHAIN_ID))
        door = open_door(places)
        if door is not None:
            self._stack.callback(door.close)
        self._start("broker", broker_command(places.broker_port, settings.directory))
        accounts = open_accounts(places, self._street)
        relay = write_relay(places, self._street, accounts)
        self._start_python("relay", "relay_server", "--parameters", str(relay))
        for port in (places.chain_port, places.broker_port, places.relay_port):
            wait_for_port(port, START_WITHIN_S)
        self._lockstep.mine(clock)
        auction = self._market.found(places) if self._market is not None else None
        self._community: Community = found(
            places, self._street, accounts, self._view.tell, auction=auction
        )
        addresses = self._community.addresses
        others = {"utility": auction.utility, "auction": addresses["auction"]} if auction else {}
        self._bookkeeper = Bookkeeper(
            places.rpc, addresses["token"], addresses["sale"], accounts | others
        )

    def start_homes(self) -> None:
        """Start the plant and one ordinary node process per home, and wait until all speak."""
        chain_stands_s = self._market.chain_stands_s if self._market is not None else NEVER
        self._clock = clock = self._lockstep.hold(self._profiles.start_s, chain_stands_s)
        self._view.use(clock)
        self._plant = Plant(self._street, self._profiles, SAMPLE_CALENDAR_S)
        self._stage = Stage(
            self._street, self._plant, clock, self._places.sockets, self._settings.coils_cut
        )
        self._stack.callback(self._stage.close)
        follower = ContactFollower(
            self._places.relay_port,
            self._contacts_moved,
            self._lockstep.leases.see,
            clock.monotonic_s,
        )
        self._stack.callback(follower.close)
        paired = self._market.heard if self._market is not None else lambda _said: None
        ear = BrokerEar(self._places.broker_port, self._view.picture, self._receipt, paired)
        self._stack.callback(ear.close)
        if self._market is not None:
            words = self._market.begin(self._places, self._community, clock)
            self._start_python(UTILITY, *words)
        follower.start()
        ear.start()
        for home in self._street.homes:
            path = write_home(
                self._places,
                self._street,
                home,
                self._community.accounts,
                self._community.meters[home.name],
                self._community.addresses,
                clock,
                INTERVAL_S,
            )
            self._start_python(home.name, "node", "run", "--parameters", str(path))
        self._serve_page()
        self._lockstep.begin(self._stage, follower)

    def play(self) -> None:
        """Let the hours pass; with `keep`, until interrupted."""
        recording = Recording(self._settings.view_file)
        begins_s = self._profiles.start_s
        self._view.day(begins_s, begins_s + self._settings.hours * HOUR_S)
        try:
            self._view.tell("the day begins (Ctrl-C closes its books, a second ends all at once)")
            while self._settings.keep or not self._is_over():
                time.sleep(FOLLOW_EVERY_S)
                for sentence in self._bookkeeper.follow():
                    self._view.tell(sentence)
                for sentence in self._market.follow() if self._market is not None else ():
                    self._view.tell(sentence)
                self._view.redraw()
                recording.look(self._view)
                self._restart_killed()
        except KeyboardInterrupt:
            self._settings.interrupts.has_ended_early = True
            self._view.tell("interrupted: closing the books as of now")
        finally:
            self._view.leave()

    def close_books(self) -> Sheet | MarketSheet:
        """Let nothing flow any more, then stop the homes, then read every book."""
        tempo = self._lockstep.tempo(self._clock.calendar_s() - self._profiles.start_s)
        self._stage.end()
        # The last receipts and pictures come to what was drawn.
        settled_s = self._clock.monotonic_s() + SETTLE_S
        while self._clock.monotonic_s() < settled_s:
            time.sleep(FOLLOW_EVERY_S)
        pictures = self._view.pictures()
        for home in self._street.homes:
            self._keep_record(home.name)
            if not self._lingers:
                self._lockstep.forget(home.name)
                self._processes.stop(home.name)
        if self._lingers:
            self._rest()
        else:
            self._view.tell("the homes have stopped; every contact is at rest")
        books = self._bookkeeper.read()
        sheet = close_books(
            street=self._street,
            balance=self._plant.balance(),
            books=books,
            receipts=self._receipts,
            pictures=pictures,
            accounts=self._community.accounts,
            warm_hours=WARM_HOURS if self._market is not None else 0,
            tempo=tempo,
        )
        if self._market is None:
            return sheet
        return self._market.close(sheet, books, self._plant)

    def linger(self) -> None:
        """Let homes and page go on at rest, where somebody can look, until a key is pressed."""
        if self._lingers:
            told = "time is held, homes and page go on at rest until a key is pressed"
            self._view.tell(f"{told}; {self._page_told}")
            wait_for_key()

    def end_at_once(self) -> None:
        """End every process without its goodbye: somebody does not want to wait."""
        self._processes.kill_all()

    @property
    def _lingers(self) -> bool:
        return self._settings.lingers and not self._settings.interrupts.has_ended_early

    def _rest(self) -> None:
        """Have each home stay on its own source, and then let time stand still."""
        places = [self._places.home(home.name) / "state" for home in self._street.homes]
        ask_to_rest(places, lambda: not self._energised)
        self._lockstep.stand_still()
        self._view.tell("every contact is at rest")

    def _serve_page(self) -> None:
        """Start the page of all that can be asked, and say where it is."""
        if not self._settings.has_page:
            return
        names = [home.name for home in self._street.homes]
        with self._settings.interrupts.held():
            page = make_page(self._places, names if self._market is None else [*names, UTILITY])
        self._start(PAGE, page.command)
        self._page_told = page.told()
        self._view.tell(self._page_told)

    def _is_over(self) -> bool:
        if self._market is not None:
            return self._market.is_over()
        end_s = self._profiles.start_s + self._settings.hours * HOUR_S
        return self._clock.calendar_s() >= end_s

    def _keep_record(self, home: str) -> None:
        """Have a home write its flight record, so that its day can be replayed."""
        try:
            path = ask(self._places.home(home) / "state", {"do": "record"}, RECORD_WITHIN_S)
        except Refused as refusal:
            self._view.tell(f"{home} wrote no flight record: {refusal.sentence}")
        else:
            self._view.tell(f"{home} wrote its flight record: {path}")

    def _start_python(self, name: str, *words: str) -> None:
        self._start(name, [sys.executable, "-m", *words])

    def _start(self, name: str, command: Sequence[str]) -> None:
        with self._settings.interrupts.held():
            self._processes.start(name, command)

    def _restart_killed(self) -> None:
        """Start again what somebody has killed, as systemd would.

        Raises:
            ValueError: a process refuses its parameters.
        """
        for name, status in self._processes.ended().items():
            if status == EX_CONFIG:
                raise ValueError(f"{name} refuses its parameters: {self._processes.log_of(name)}")
            self._view.tell(f"{name} ended with status {status}: starting it again")
            with self._settings.interrupts.held():
                self._processes.restart(name)

    def _contacts_moved(self, channels: frozenset[int]) -> None:
        before, self._energised = self._energised, channels
        self._stage.energise(channels)
        was, now = contacts_of(self._street, before).closed, contacts_of(self._street, channels)
        self._view.fed(now.closed)
        if self._market is not None:
            self._market.moved(now)
        for load, source in sorted(now.closed - was):
            self._view.tell(f"contact closed: {load} is fed by {source}")
        for load, source in sorted(was - now.closed):
            self._view.tell(f"contact open: {load} is off {source}, on its own source")

    def _receipt(self, _home: str, said: dict[str, Any]) -> None:
        key = (said["buyer"], said["seller"], said["number"])
        before = self._receipts.get(key, 0)
        drawn = max(before, int(said["drawn_milliwh"]))
        if self._market is not None:
            self._market.receipted(key, drawn - before)
        if key not in self._receipts:
            names = {account: name for name, account in self._community.accounts.items()}
            self._view.tell(
                f"first receipt of {names[key[0]]} for order {key[2]}: {format_wh(drawn)} drawn"
            )
        self._receipts[key] = drawn
