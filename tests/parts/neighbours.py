"""Two neighbours on real parts; only their chips are played.

Chain, broker, relay server and nodes are processes. home1 buys and home2 sells, by handed-out time
(`clock.speed` 1, a block a second) unless a test sets another pace. What the chips show is set by
the test.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from node.links.status import ask
from node.system.clock import Clock
from tests.parts.installed_broker import InstalledBroker
from tests.parts.waiting import WITHIN_S, until
from village.broker import broker_command
from village.broker_ear import BrokerEar
from village.chain import Miner, anvil_command
from village.chips.bus import BusServer, PlayedBus
from village.chips.ina219 import PlayedIna219
from village.chips.max1704x import PlayedMax17048
from village.chips.outfits import GAUGE_ADDRESS, SHUNT_OHMS, SHUNTS
from village.community import Community, found, open_accounts
from village.contacts import ContactFollower
from village.households import Places, write_home, write_relay
from village.plant.homes_data import Profile
from village.plant.street import NOMINAL_V, Street, default_street
from village.processes import Processes
from village.tcp import wait_for_port
from village.time.parts import ChainPart, HomePart, IsRunning, RelayPart
from village.time.timekeeper import Part, Timekeeper

INTERVAL_S = 3600
CHAIN_ID = 720_720
BUYER, SELLER = "home1", "home2"
FOUNDING_S = 1800
"""The contracts are founded so long before the calendar begins, and the chain is not ahead then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Hold the calendar's speed, the real seconds of a block, the chain seconds of an interval.

    With `waits`, time is handed out as in a village: a busy machine makes it pass more slowly.
    """

    speed: float
    block_s: float
    interval_s: int
    waits: bool = False


REAL_TIME = Pace(speed=1.0, block_s=1.0, interval_s=INTERVAL_S)
STEADY = replace(REAL_TIME, waits=True)
"""As fast as that, unless the machine is busy: then nothing is late, and all of it is slower."""


class World:
    """Hold what the chips show: states of charge in %, the buyer's load in W, the contacts."""

    def __init__(self) -> None:
        self.soc_pct = {BUYER: 60.0, SELLER: 80.0}
        self.load_w = 10.0
        self.energised: frozenset[int] = frozenset()

    @property
    def closed(self) -> bool:
        """Tell whether the seller feeds the buyer."""
        return {0, 1} <= self.energised

    def line(self, home: str, shunt: str) -> tuple[float, float]:
        """Give a shunt's voltage in V and current in A, positive into the home."""
        current_a = self.load_w / NOMINAL_V
        if shunt == "load":
            return NOMINAL_V, current_a if home == BUYER else 0.05
        if shunt == "connection" and self.closed:
            return NOMINAL_V, current_a if home == BUYER else -current_a
        return NOMINAL_V, 0.0

    def bus(self, home: str, now: Callable[[], float] = time.monotonic) -> PlayedBus:
        """Put a home's chips on a bus, asked by a clock."""
        shunts = {
            address: PlayedIna219(
                line=lambda shunt=shunt: self.line(home, shunt), shunt_ohms=SHUNT_OHMS, seed=1
            )
            for shunt, address in SHUNTS.items()
        }
        gauge = PlayedMax17048(battery=lambda: (self.soc_pct[home], 3.9))
        return PlayedBus({**shunts, GAUGE_ADDRESS: gauge}, now)


class Neighbours:
    """Hold the running parts."""

    def __init__(
        self,
        directory: Path,
        sockets: Path,
        stack: ExitStack,
        pace: Pace,
        world: World,
        installed: InstalledBroker | None,
        began_s: int | None,
    ) -> None:
        self.world = world
        self.pace = pace
        self.street: Street = default_street(
            [Profile(load_mw=(0,) * 24, pv_mw=(0,) * 24)] * 2, hours=1
        )
        self.places = Places.on_free_ports(directory, sockets)
        self.installed = installed
        if installed is not None:
            self.places = replace(self.places, broker_port=installed.port)
        self.pictures: dict[str, dict[str, Any]] = {}
        self.receipts: list[dict[str, Any]] = []
        self.processes = Processes(directory)
        stack.callback(self.processes.stop_all)
        self._keeper: Timekeeper | None = None
        if pace.waits:
            self.places = replace(self.places, time=directory / "time")
            self._keeper = Timekeeper(directory / "time", pace=1.0, tell=print)
            stack.callback(self._keeper.close)
            self._keeper.start()
        followed = self._keeper.time if self._keeper is not None else None
        now_s = float(int(time.time()))
        self.clock = Clock(
            speed=pace.speed,
            origin_real_s=now_s if followed is None else followed.seconds(),
            origin_calendar_s=now_s if began_s is None else float(began_s),
            followed=followed,
        )
        self._start_servers(stack)
        self._follow(stack)

    def start(self, home: str, change: Callable[[dict[str, Any]], object] | None = None) -> None:
        """Start a home's node; `change` may alter its parameters first."""
        if change is not None:
            content = yaml.safe_load(self.parameters(home).read_text())
            change(content)
            self.parameters(home).write_text(yaml.safe_dump(content))
        self.run(home, "node", "run", "--parameters", str(self.parameters(home)))

    def run(self, name: str, module: str, *arguments: str) -> None:
        """Start one of our programs."""
        self.processes.start(name, [sys.executable, "-m", module, *arguments])

    def start_chain(self, chain_id: int = CHAIN_ID, state: str = "chain.json") -> None:
        """Start the chain from a state file, if there is one; stopped, it writes it."""
        began_s = int(self.clock.origin_calendar_s)
        places = self.places
        began_s -= FOUNDING_S
        command = anvil_command(places.chain_port, began_s, chain_id, places.directory)
        kept = str(places.directory / state)
        self.processes.start("chain", [*command, "--state", kept])

    def stop_blocks(self) -> None:
        """Let no block come until `resume_blocks`; may be called twice."""
        if self._keeper is not None:
            self._keeper.forget("chain")
        self._miner.close()

    def resume_blocks(self) -> None:
        """Let blocks come in the street's pace."""
        self._miner = Miner(self.places.chain_port, self.clock, self.pace.block_s)
        self._miner.start()
        if self._keeper is not None:
            is_there = partial(self.processes.is_running, "chain")
            self._keeper.watch([ChainPart(name="chain", miner=self._miner, is_running=is_there)])

    def now_s(self) -> float:
        """Read the clock that the programs here live by; it is not the calendar."""
        return self.clock.monotonic_s()

    def parameters(self, home: str) -> Path:
        """Give a home's parameters file."""
        return self.places.home(home) / "parameters.yml"

    def log(self, home: str) -> str:
        """Read what a home has logged."""
        return self.processes.log_of(home).read_text()

    def status(self, home: str) -> dict[str, Any]:
        """Ask a running node what it is doing."""
        answer = ask(self.places.home(home) / "state", {"do": "status"})
        assert isinstance(answer, dict)
        return answer

    def until(self, condition: Callable[[], Any], what: str, deadline_s: float = 40.0) -> Any:
        """Wait for a condition; a failure shows the homes' logs."""
        try:
            return until(condition, what, deadline_s)
        except AssertionError as error:
            logs = [f"--- {path.name}\n{path.read_text()[-3000:]}" for path in self._home_logs()]
            raise AssertionError(f"{error}\n{''.join(logs)}") from None

    def _home_logs(self) -> list[Path]:
        paths = [self.processes.log_of(home) for home in (BUYER, SELLER)]
        return [path for path in paths if path.exists()]

    def mode(self, home: str, part: str) -> str:
        """Give the newest published mode of a home's supply or delivery."""
        return str((self.pictures.get(home, {}).get(part) or {}).get("mode"))

    def _start_servers(self, stack: ExitStack) -> None:
        places = self.places
        self.start_chain()
        if self.installed is None:
            self.processes.start("broker", broker_command(places.broker_port, places.directory))
        self.accounts = open_accounts(places, self.street)
        relay = write_relay(places, self.street, self.accounts)
        self._let_in(relay, "peerwatt-relay")
        self.run("relay", "relay_server", "--parameters", str(relay))
        for port in (places.chain_port, places.broker_port, places.relay_port):
            wait_for_port(port, WITHIN_S)
        # Each of its blocks is a second after the one before, however many a busy machine makes.
        before = replace(self.clock, origin_calendar_s=self.clock.origin_calendar_s - FOUNDING_S)
        founding = Miner(places.chain_port, before, block_s=0.1)
        founding.start()
        self.community: Community = found(
            places, self.street, self.accounts, lambda line: None, self.pace.interval_s
        )
        founding.close()
        self.resume_blocks()
        stack.callback(self.stop_blocks)
        for home in self.street.homes:
            write_home(
                places,
                self.street,
                home,
                self.accounts,
                self.community.meters[home.name],
                self.community.addresses,
                self.clock,
                self.pace.interval_s,
            )
            self._let_in(self.parameters(home.name), home.name)

    def _let_in(self, parameters: Path, user: str) -> None:
        """Give a program its user at the installed broker, where there is that."""
        if self.installed is None:
            return
        of_host = user.startswith("peerwatt-")
        password = self.installed.password() if of_host else self.installed.add(user)
        file = parameters.with_name("broker.password")
        file.write_text(password)
        file.chmod(0o600)
        content = yaml.safe_load(parameters.read_text())
        content["mqtt"] |= {"user": user, "password_file": str(file)}
        parameters.write_text(yaml.safe_dump(content))

    def _follow(self, stack: ExitStack) -> None:
        now = self.clock.monotonic_s
        self.buses = {home: self.world.bus(home, now) for home in (BUYER, SELLER)}
        by_place = {self.places.bus(home): bus for home, bus in self.buses.items()}
        stack.enter_context(BusServer(by_place))

        def moved(energised: frozenset[int]) -> None:
            self.world.energised = energised

        asks = now if self._keeper is not None else None
        follower = ContactFollower(self.places.relay_port, moved, asks=asks)
        follower.start()
        if self._keeper is not None:
            self._keeper.watch(self._waited_for(follower))
        stack.callback(follower.close)
        ear = BrokerEar(
            self.places.broker_port,
            self.pictures.__setitem__,
            lambda _home, receipt: self.receipts.append(receipt),
            lambda _pairing: None,
        )
        ear.start()
        stack.callback(ear.close)

    def _waited_for(self, follower: ContactFollower) -> list[Part]:
        def is_running(name: str) -> IsRunning:
            return partial(self.processes.is_running, name)

        homes = [
            HomePart(name=home, bus=bus, is_running=is_running(home))
            for home, bus in self.buses.items()
        ]
        return [*homes, RelayPart(name="relay", follower=follower, is_running=is_running("relay"))]


@contextmanager
def neighbours(
    directory: Path,
    pace: Pace = STEADY,
    world: World | None = None,
    installed: InstalledBroker | None = None,
    began_s: int | None = None,
) -> Iterator[Neighbours]:
    """Start the two neighbours' surroundings, and stop everything after; no node runs yet.

    With a broker that is installed nothing is heard in `pictures` and `receipts`: nobody may.
    The calendar begins at `began_s`, or now.
    """
    with ExitStack() as stack:
        sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="peerwatt-")))
        yield Neighbours(directory, sockets, stack, pace, world or World(), installed, began_s)


def orders_of(log: str) -> int:
    """Count the purchases that a buyer's log shows as confirmed."""
    return log.count("OpenOrder confirmed")
