"""Run the utility as its person would: a process with a real chain, broker and relay server."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from node.core.auction.clearing import Order
from node.keys.account import create_account, write_private
from tests.parts.chain import Chain, running_chain
from tests.parts.community_ear import CommunityEar
from tests.parts.market_books import Lived, check_books
from tests.parts.market_street import MarketStreet
from tests.parts.waiting import until
from village.broker import broker_command
from village.households import contracts_at
from village.processes import Processes
from village.tcp import free_port, wait_for_port

COMMUNITY = "street"
UTILITY = "utility"
RELAY = "relay"
WITHIN_S = 600.0
_PASSWORD = "only for a test"


class UtilityHost:
    """Hold the chain's street, a broker, a relay host, and one or more utilities."""

    def __init__(
        self,
        chain: Chain,
        directory: Path,
        *,
        wires: Sequence[tuple[int, int]] = ((0, 1),),
        section: Mapping[str, object] | None = None,
        **street: Any,
    ) -> None:
        self.directory = directory
        self.lived: list[Lived] = []
        self.within_s = WITHIN_S
        self.chain = chain
        account = create_account(self._folder(UTILITY) / "keystore.json", _PASSWORD)
        write_private(self._folder(UTILITY) / "password", _PASSWORD + "\n")
        chain.fund(account.account)
        self.street = MarketStreet(chain, account, **street)
        self.processes = Processes(directory)
        self.broker_port, self.relay_port = free_port(), free_port()
        self.processes.start("broker", broker_command(self.broker_port, directory))
        wait_for_port(self.broker_port, WITHIN_S)
        self.processes.start(RELAY, _program("relay_server", self._write_relay(wires)))
        self.ear = CommunityEar(self.broker_port, COMMUNITY)
        assert self.ear.is_listening.wait(WITHIN_S)
        self.write_utility(UTILITY, section or {})

    def write_utility(
        self, name: str, section: Mapping[str, object], rpc: str | None = None
    ) -> Path:
        """Write a utility's parameters file; every one has the same account."""
        folder, keys = self._folder(name), self._folder(UTILITY)
        addresses, street = self.street.addresses, self.street
        if name != UTILITY:
            # A lock holds a keystore for one process, so that each has a copy of it.
            text = (keys / "keystore.json").read_text(encoding="utf-8")
            write_private(folder / "keystore.json", text)
        content = {
            "community": COMMUNITY,
            "contract": {
                "node": rpc or self.chain.url,
                **contracts_at(addresses),
                "interval_s": street.interval_s,
                "poll_s": 0.1,
            },
            "relay": {"name": RELAY},
            "mqtt": {"host": "127.0.0.1", "port": self.broker_port, "keepalive_s": 5},
            "utility": {
                "name": name,
                "state_directory": str(folder),
                "password_file": str(keys / "password"),
                **section,
            },
        }
        return _write(folder / "parameters.yml", content)

    def start(self, name: str = UTILITY) -> None:
        """Start a utility."""
        path = self._folder(name) / "parameters.yml"
        self.processes.start(
            name, [sys.executable, "-m", "node", "utility", "run", "--parameters", str(path)]
        )

    def begin(self, name: str = UTILITY) -> None:
        """Start a utility, and wait until it sees the chain and the wires."""
        self.start(name)
        self.until_it_sees(name)

    def kill(self, name: str = UTILITY) -> None:
        """End a utility as a power loss does."""
        os.kill(self.processes.pid_of(name), signal.SIGKILL)
        self.processes.stop(name)

    def command(self, *words: str, name: str = UTILITY) -> "subprocess.CompletedProcess[str]":
        """Run one of the utility's other commands."""
        path = self._folder(name) / "parameters.yml"
        return subprocess.run(
            [sys.executable, "-m", "node", "utility", *words, "--parameters", str(path)],
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )

    def state(self, name: str = UTILITY) -> dict[str, Any]:
        """Give the utility's newest picture on the broker."""
        return self.ear.newest.get(f"{name}/state") or {}

    def until(self, condition: Any, what: str) -> Any:
        """Wait for a condition, with the utility's last words if it never comes."""
        try:
            return until(condition, what, self.within_s)
        except AssertionError as error:
            words = self.log()[-3000:]
            raise AssertionError(f"{error}; {self.state()}; its log ends:\n{words}") from error

    def until_it_sees(self, name: str = UTILITY) -> None:
        """Wait until a utility knows the chain and the wires."""
        self.until(
            lambda: self.state(name).get("block") and self.state(name).get("wired_homes"),
            f"{name} sees",
        )

    def until_it_has_looked(self) -> None:
        """Wait until the utility has seen the chain as it is now."""
        self.until(lambda: self.state().get("block") == self.chain.number(), "it has looked")

    def log(self, name: str = UTILITY) -> str:
        """Give what a process has written."""
        return self.processes.log_of(name).read_text(encoding="utf-8")

    def close(self) -> None:
        """End everything that was started here; may be called twice."""
        self.ear.close()
        self.processes.stop_all()
        self.street.close()

    def live_through(
        self,
        orders: Mapping[int, Order],
        metered: Mapping[int, tuple[int, int]],
        utilities: Sequence[str] = (UTILITY,),
    ) -> int:
        """Play the homes through the next interval while the utilities do their work; give it.

        Homes are told by their place; `metered` is import and export in milliwatt-hours. Delivery
        waits for each of `utilities`: whoever sees the chain only after it tells no pairing.
        """
        street, interval = self.street, self.place(orders, metered)
        street.reach_gate(interval)
        self.until(lambda: street.is_cleared(interval), f"interval {interval} is cleared")
        for name in utilities:
            self.until(partial(self.paired, interval, name), f"{name} has paired {interval}")
        assert street.now_s() < interval * street.interval_s, "paired after delivery has begun"
        self.deliver(interval)
        return interval

    def place(self, orders: Mapping[int, Order], metered: Mapping[int, tuple[int, int]]) -> int:
        """Place the homes' orders in the interval whose gate is next; give it."""
        interval = self.street.open_interval()
        self.street.place_all(interval, orders)
        self.lived += [
            Lived(interval, number, order, metered[number]) for number, order in orders.items()
        ]
        return interval

    def deliver(self, interval: int) -> None:
        """Play the homes' readings of an interval, and wait until it is settled."""
        street, lived = self.street, [one for one in self.lived if one.interval == interval]
        homes = [street.homes[one.home] for one in lived]
        street.reach(interval * street.interval_s)
        for home in homes:
            if interval not in home.reported:
                street.report(home, interval)
        street.reach((interval + 1) * street.interval_s)
        for home, one in zip(homes, lived, strict=True):
            imported, exported = one.metered
            street.report(home, interval + 1, imported=imported, exported=exported)
        self.until(
            lambda: not any(street.is_open(home, interval) for home in homes),
            f"interval {interval} is settled",
        )

    def check_books(self) -> None:
        """See that each home has what its intervals are worth; see `market_books`."""
        check_books(self.street, self.lived)

    def paired(self, interval: int, name: str = UTILITY) -> dict[str, Any] | None:
        """Give a utility's published pairing of an interval, None while it is not the newest."""
        found = self.ear.newest.get(f"{name}/pairing")
        return found if found is not None and found["interval"] == interval else None

    def _folder(self, name: str) -> Path:
        folder = self.directory / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _write_relay(self, wires: Sequence[tuple[int, int]]) -> Path:
        rated = {"nominal_v": 12.8, "rated_current_a": 3}
        homes = self.street.homes
        content = {
            "community": COMMUNITY,
            "relay": {
                "name": RELAY,
                "listen": "127.0.0.1",
                "port": self.relay_port,
                "board": "mock",
                "pins": list(range(2 * len(wires))),
                "state_directory": str(self._folder(RELAY) / "state"),
                "loads": {f"home{load}": rated for load, _ in wires},
                "sources": {f"home{source}": {**rated, "max_loads": 4} for _, source in wires},
                "connections": [
                    {
                        "load": f"home{load}",
                        "source": f"home{source}",
                        "channels": [2 * number, 2 * number + 1],
                        "holder": homes[load].account,
                        "consents": [homes[source].account],
                    }
                    for number, (load, source) in enumerate(wires)
                ],
            },
            "mqtt": {"host": "127.0.0.1", "port": self.broker_port},
        }
        return _write(self._folder(RELAY) / "parameters.yml", content)


@contextmanager
def running_utility(
    directory: Path, began_s: int | None = None, **options: Any
) -> Iterator[UtilityHost]:
    """Run a host on a chain of its own for a while; `options` are the host's and its street's.

    The chain's time begins now, or at an instant.
    """
    began = () if began_s is None else ("--timestamp", str(began_s))
    with running_chain("--auto-impersonate", *began) as chain:
        host = UtilityHost(chain, directory, **options)
        try:
            yield host
        finally:
            host.close()


def _program(name: str, parameters: Path) -> list[str]:
    return [sys.executable, "-m", name, "--parameters", str(parameters)]


def _write(path: Path, content: Mapping[str, object]) -> Path:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path
