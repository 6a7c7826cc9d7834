"""Run a buyer and a seller for a bench: real processes all, only chips and batteries are played.

The chain makes a block each second of its own accord, calendar and wall clock are one, and every
parameter that a bench does not change has the product's default.
"""

import http.client
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import yaml

from bench.node.contact import ContactWatch
from bench.node.played import MOST_CURRENT_A, SHUNT_OHMS, PlayedHome
from node.ledger.chain.asking import asked_now
from node.ledger.contracts.sale import SaleContract
from node.ledger.operator.deploy import connect
from node.system.clock import Clock
from village.broker import broker_command
from village.chain import anvil_command, call
from village.chips.bus import BusServer
from village.community import Community, found, open_accounts
from village.households import Places, write_home, write_relay
from village.plant.street import Grid, Home, Role, Street, Wire
from village.processes import Processes
from village.tcp import wait_for_port

BUYER, SELLER = "buyer", "seller"
LIMIT_PCT, RESUME_PCT = 20, 30
LOW_PCT, HIGH_PCT = LIMIT_PCT - 5.0, RESUME_PCT + 5.0
"""States of charge at which the buyer surely wants energy, and surely wants none."""
BLOCK_S = 1
INTERVAL_S = 900
PRICE_PER_KWH = 1_000_000
"""A token: an order of any energy then costs whole base units, and may be as small as we like."""

POLL_S = 0.05
"""Asking the chain more often keeps this process from playing the chips on a busy machine."""

_CHAIN_ID = 720_721
_START_WITHIN_S = 30.0
_PLAYS_FAST = {
    "contract": ("poll_s", "max_age_s"),
    "node": (
        "min_dwell_s",
        "hold_off_s",
        "hold_off_max_s",
        "sample_period_s",
        "max_age_s",
        "lease_s",
        "consent_s",
        "receipt_period_s",
        "recorded_cycles",
    ),
}
"""What the village sets because its days run 720 times too fast; a bench takes the defaults."""

Changes = Mapping[str, Mapping[str, object]]
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSettings:
    """Hold what a bench changes in its homes' parameters, by section and key."""

    buyer: Changes
    seller: Changes


class BenchStreet:
    """Own the processes and the played homes; a context manager that leaves nothing running."""

    def __init__(self, settings: BenchSettings) -> None:
        self._settings = settings
        self._stack = ExitStack()
        self._street = _street()
        self.homes = {BUYER: PlayedHome(BUYER, 50.0), SELLER: PlayedHome(SELLER, 90.0)}

    def __enter__(self) -> "BenchStreet":
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def buyer(self) -> PlayedHome:
        """Give the buyer's played chips."""
        return self.homes[BUYER]

    @property
    def relay_port(self) -> int:
        """Give the port on which the relay listens."""
        return self._places.relay_port

    def start_home(self, name: str) -> None:
        """Start an ordinary node process."""
        self._start_python(name, "node", "run", "--parameters", str(self.parameters_of(name)))

    def start_watched_home(self, name: str) -> Path:
        """Start a node process that writes down its ticks' lateness; give the file."""
        ticks = self._places.home(name) / "ticks"
        self._start_python(
            name, "bench.node.node_process", str(self.parameters_of(name)), str(ticks)
        )
        return ticks

    def start_quiet_home(self, name: str) -> None:
        """Start a node process that keeps no log."""
        self._start_python(name, "bench.node.quiet_process", str(self.parameters_of(name)))

    def start_relay(self) -> None:
        """Start the relay server, and wait for its open port."""
        self._start_python("relay", "relay_server", "--parameters", str(self._relay))
        wait_for_port(self._places.relay_port, _START_WITHIN_S)

    def stop(self, name: str) -> None:
        """Stop a process by name."""
        self.processes.stop(name)

    def parameters_of(self, name: str) -> Path:
        """Give a home's parameters file."""
        return self._places.home(name) / "parameters.yml"

    def state_of(self, name: str) -> Path:
        """Give a home's state directory."""
        return self._places.home(name) / "state"

    def draw(self, current_a: float) -> None:
        """Let the buyer's load draw a current, from whichever source it is on."""
        self.buyer.load_a = current_a
        self._route()

    def last_order(self) -> int:
        """Give the buyer's newest order number on the chain."""
        sale = SaleContract(self._community.addresses["sale"])
        return asked_now(self._rpc, sale.last_number(self._accounts[BUYER]))

    def open_orders(self) -> int:
        """Count the buyer's orders that are open on the chain."""
        sale, pair = SaleContract(self._community.addresses["sale"]), self._pair
        return len(asked_now(self._rpc, sale.orders_of(*pair)))

    def block_number(self) -> int:
        """Give the chain's newest block."""
        return int(self._rpc.call("eth_blockNumber"), 16)

    @property
    def _pair(self) -> tuple[str, str]:
        return self._accounts[BUYER], self._accounts[SELLER]

    def _start(self) -> None:
        directory = Path(tempfile.mkdtemp(prefix="peerwatt-bench-"))
        self._stack.callback(lambda: shutil.rmtree(directory, ignore_errors=True))
        self._places = Places.on_free_ports(directory, directory)
        self.processes = Processes(directory)
        self._stack.callback(self.processes.stop_all)
        self._accounts = open_accounts(self._places, self._street)
        self._relay = write_relay(self._places, self._street, self._accounts)
        command = anvil_command(self._places.chain_port, int(time.time()), _CHAIN_ID, directory)
        self.processes.start("chain", command)
        broker = broker_command(self._places.broker_port, directory)
        self.processes.start("broker", broker)
        for port in (self._places.chain_port, self._places.broker_port):
            wait_for_port(port, _START_WITHIN_S)
        self.start_relay()
        self._rpc = connect(self._places.rpc)
        self._found()
        self._play()

    def _found(self) -> None:
        """Found the community at once, and then let the chain make its blocks by the clock."""
        chain = http.client.HTTPConnection("127.0.0.1", self._places.chain_port, timeout=10)
        call(chain, "evm_setAutomine", True)
        self._community: Community = found(
            self._places, self._street, self._accounts, lambda _line: None, INTERVAL_S
        )
        call(chain, "evm_setAutomine", False)
        call(chain, "evm_setIntervalMining", BLOCK_S)
        chain.close()
        now_s = time.time()
        clock = Clock(speed=1.0, origin_real_s=now_s, origin_calendar_s=now_s)
        changes = {BUYER: self._settings.buyer, SELLER: self._settings.seller}
        for home in self._street.homes:
            path = write_home(
                self._places,
                self._street,
                home,
                self._accounts,
                self._community.meters[home.name],
                self._community.addresses,
                clock,
                INTERVAL_S,
            )
            _rewrite(path, changes[home.name])

    def _play(self) -> None:
        buses = BusServer(
            {self._places.bus(name): played.bus() for name, played in self.homes.items()}
        )
        self._stack.callback(buses.close)
        self.contact = ContactWatch(self._places.relay_port, self._route)
        self._stack.callback(self.contact.close)

    def _route(self) -> None:
        """Let the current flow as the contact is: the buyer's import is the seller's export."""
        drawn_a = self.buyer.load_a if self.contact.is_closed else 0.0
        self.homes[BUYER].connection_a = drawn_a
        self.homes[SELLER].connection_a = -drawn_a

    def _start_python(self, name: str, module: str, *arguments: str) -> None:
        self.processes.start(name, [sys.executable, "-m", module, *arguments])


def until(condition: Callable[[], Found | None], what: str, deadline_s: float) -> Found:
    """Wait until a condition gives something true.

    Raises:
        TimeoutError: it did not within the deadline.
    """
    ends_s = time.monotonic() + deadline_s
    while time.monotonic() < ends_s:
        value = condition()
        if value:
            return value
        time.sleep(POLL_S)
    raise TimeoutError(f"not within {deadline_s:g} s: {what}")


def _street() -> Street:
    roles = {BUYER: Role.CONSUMER, SELLER: Role.PRODUCER}
    homes = tuple(
        Home(
            name=name,
            role=role,
            battery_milliwh=1_000_000 if role is Role.PRODUCER else 1_000,
            start_soc_pct=50,
            pv_scale=Fraction(1),
            grid=Grid.NONE,
            limit_pct=LIMIT_PCT,
            resume_pct=RESUME_PCT,
            sell_floor_pct=25,
            price_per_kwh=PRICE_PER_KWH,
        )
        for name, role in roles.items()
    )
    wire = Wire(load=BUYER, source=SELLER, channels=(0, 1))
    return Street(homes=homes, wires=(wire,), source_loads=1)


def _rewrite(path: Path, changes: Changes) -> None:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for section, keys in _PLAYS_FAST.items():
        for key in keys:
            content[section].pop(key, None)
    for sensor in content["node"]["sensors"].values():
        if sensor["chip"] == "ina219":
            sensor |= {"shunt_ohms": SHUNT_OHMS, "max_current_a": MOST_CURRENT_A}
    content["node"]["rated_current_a"] = MOST_CURRENT_A
    for section, values in changes.items():
        content[section] |= values
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
