"""Play the homes of a large street around a real utility: real chain, broker and relay host.

The first homes are wired by the real relay host, as many as one board has contacts for; for the
others the bench publishes what further relay hosts would announce. What the homes do goes to the
chain many transactions in a block; from then on a block comes each second.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from bench.chain.batched import BatchedChain
from node.core.auction.clearing import Order
from node.core.records import ConnectionView
from node.core.wire.announcement import AnnouncedConnection, Announcement, write_announcement
from node.core.wire.lines import BOOT_BYTES, NONCE_BYTES
from tests.parts.chain import ETHER, TOKEN
from tests.parts.market_books import Lived
from tests.parts.market_street import bid, offer, played_account
from tests.parts.utility_host import RELAY, UTILITY, UtilityHost, running_utility

INTERVAL_S = 900
BLOCK_S = 1
WITHIN_S = 300.0
PEAK_W_PER_HOME = 5_000
LEAST_UNITS, MOST_UNITS = 100, 2_000
_WIRES_OF_A_RELAY = 8
"""A board of sixteen channels, as they are sold; a relay may have more of them."""
_TARIFF = {"from": "00:00", "feed_in": 0.08, "retail": 0.269}


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """Hold what the utility's work in one interval took: real seconds, CPU seconds, gas.

    Clearing and pairing count from the gate, settling from the last home's readings. CPU time and
    gas are those of the whole interval, from its first order on; `parts` is how many the pairing
    has.
    """

    cleared_s: float
    told_s: float
    settled_s: float
    cpu_s: float
    resident_mb: float
    gas: int
    parts: int


class UtilityStreet:
    """Hold a street whose even homes buy and whose odd homes sell, each buyer wired to a seller."""

    def __init__(self, host: UtilityHost, homes: int, seed: int) -> None:
        self.host = host
        self._street = host.street
        self._chain = BatchedChain(host.chain.port)
        self._random = random.Random(seed)
        self._add_homes(homes)
        for number in range(1, relays_for(homes)):
            self._announce(number)
        host.chain.call("evm_setIntervalMining", BLOCK_S)
        host.start()
        buyers = homes // 2
        self._until(lambda: host.state().get("wired_homes") == buyers, "it knows the wires")
        self._until(
            lambda: host.state().get("grid_balance") and not host.state()["under_way"],
            "the grid is funded",
        )
        self._utility = psutil.Process(host.processes.pid_of(UTILITY))

    def play(self) -> Worked:
        """Play one interval, from the orders to the last settlement."""
        host, street = self.host, self._street
        interval = street.open_interval() + 1
        cpu_s, gas = self._cpu_s(), int(host.state()["gas_used"])
        street.reach_gate(interval - 1)
        lived = self._place(interval)
        self._until(lambda: host.state()["unsettled"] == len(lived), "the orders are seen")
        street.reach_gate(interval)
        gate_s = time.monotonic()
        self._until(lambda: self._newest() == interval, "it is cleared")
        cleared_s = time.monotonic() - gate_s
        pairing = self._until(lambda: host.paired(interval), "it is paired")
        accounts = {part[side] for part in pairing["parts"] for side in ("buyer", "seller")}
        self._until(lambda: all(self._is_told(one, interval) for one in accounts), "all are told")
        told_s = time.monotonic() - gate_s

        street.reach((interval + 1) * INTERVAL_S)
        self._report(lived)
        reported_s = time.monotonic()
        self._until(lambda: not host.state()["unsettled"], "it is settled")
        settled_s = time.monotonic() - reported_s
        self._until(lambda: not host.state()["under_way"], "nothing is under way")
        return Worked(
            cleared_s=cleared_s,
            told_s=told_s,
            settled_s=settled_s,
            cpu_s=self._cpu_s() - cpu_s,
            resident_mb=self._utility.memory_info().rss / 1e6,
            gas=int(host.state()["gas_used"]) - gas,
            parts=len(pairing["parts"]),
        )

    def _place(self, interval: int) -> list[Lived]:
        """Place an order of each home, and decide what its meter will count."""
        street, calls = self._street, []
        terms, lived = street.terms_in(interval), []
        for number, home in enumerate(street.homes):
            order = self._order(number)
            metered = round(order.energy_units * self._random.uniform(800, 1_200))
            both = (0, metered) if number % 2 else (metered, 0)
            lived.append(Lived(interval, number, order, both))
            calls.append(street.placing(home, interval, order, terms))
        self._chain.outcomes(calls)
        self.host.lived += lived
        return lived

    def _order(self, number: int) -> Order:
        units = self._random.randint(LEAST_UNITS, MOST_UNITS)
        if number % 2:
            return offer(units, tick=self._random.randint(0, 30))
        return bid(units, tick=self._random.randint(25, 60))

    def _report(self, lived: Sequence[Lived]) -> None:
        street, calls = self._street, []
        for one in lived:
            home = street.homes[one.home]
            before = home.reading(one.interval)
            home.count(*one.metered)
            calls.append(street.reporting(home, [before, home.reading(one.interval + 1)]))
        self._chain.outcomes(calls)

    def _add_homes(self, homes: int) -> None:
        """Give the homes after the first ones an account, tokens and a meter."""
        street = self._street
        street.chain.set_automine(False)
        numbers = range(len(street.homes) + 1, homes + 1)
        accounts = [played_account(number) for number in numbers]
        self._chain.ask([("anvil_setBalance", account, hex(100 * ETHER)) for account in accounts])
        calls = [call for account in accounts for call in street.joining(account)]
        installed = self._chain.outcomes(calls)[1::2]
        street.homes += map(street.joined, accounts, installed)

    def _announce(self, number: int) -> None:
        """Say what one more relay host would: its wires, of which each home has one."""
        first = number * _WIRES_OF_A_RELAY
        wires = _wires(len(self._street.homes))[first : first + _WIRES_OF_A_RELAY]
        connections = tuple(
            AnnouncedConnection(view=self._connection(at, *wire), standing=(), pending=False)
            for at, wire in enumerate(wires)
        )
        relay = _relay(number)
        said = Announcement(
            relay=relay,
            boot=bytes(BOOT_BYTES),
            nonce=bytes(NONCE_BYTES),
            serial=1,
            contacts=(),
            connections=connections,
            loads=(),
            sources=(),
            busy_sources=frozenset(),
            warnings=(),
        )
        self.host.ear.say(f"{relay}/state", write_announcement(said).decode(), retain=True)

    def _connection(self, at: int, load: int, source: int) -> ConnectionView:
        homes = self._street.homes
        return ConnectionView(
            connection=at,
            load=f"home{load}",
            source=f"home{source}",
            channels=(2 * at, 2 * at + 1),
            holder=homes[load].account,
            consents=(homes[source].account,),
            consents_stand=False,
            closed=False,
            lease_left_s=0.0,
            consent_left_s=0.0,
            barred_by=(),
        )

    def _newest(self) -> int | None:
        newest = self.host.state().get("newest")
        return None if newest is None else int(newest["interval"])

    def _is_told(self, account: str, interval: int) -> bool:
        said = self.host.ear.newest.get(f"{UTILITY}/pairing/{account}") or {"pairings": []}
        return any(pairing["interval"] == interval for pairing in said["pairings"])

    def _cpu_s(self) -> float:
        times = self._utility.cpu_times()
        return times.user + times.system

    def _until(self, condition: Callable[[], Any], what: str) -> Any:  # noqa: ANN401 - as its host's
        return self.host.until(condition, what)


@contextmanager
def utility_street(homes: int, seed: int) -> Iterator[UtilityStreet]:
    """Run a street of an even number of homes; end it afterwards.

    Raises:
        ValueError: it has an odd number of homes.
    """
    if homes % 2:
        raise ValueError(f"{homes} homes: each buyer has one seller")
    wires = _wires(homes)[:_WIRES_OF_A_RELAY]
    section = {
        "tariff": [_TARIFF],
        "peak_w": PEAK_W_PER_HOME * homes,
        "relays": [_relay(number) for number in range(relays_for(homes))],
    }
    with (
        TemporaryDirectory(prefix="peerwatt-bench-") as folder,
        running_utility(
            Path(folder),
            wires=wires,
            section=section,
            homes=2 * len(wires),
            interval_s=INTERVAL_S,
            utility_tokens=homes * TOKEN,
        ) as host,
    ):
        host.within_s = WITHIN_S
        yield UtilityStreet(host, homes, seed)


def relays_for(homes: int) -> int:
    """Give how many relay hosts have contacts for a street's wires."""
    return -(-(homes // 2) // _WIRES_OF_A_RELAY)


def _wires(homes: int) -> list[tuple[int, int]]:
    """Wire each buyer to the seller after it, by their places."""
    return [(buyer, buyer + 1) for buyer in range(0, homes, 2)]


def _relay(number: int) -> str:
    return RELAY if number == 0 else f"{RELAY}{number}"
