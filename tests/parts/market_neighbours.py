"""Two neighbours at the auction, on real parts: chain, broker, relay server, utility and nodes.

Sixty calendar seconds pass in one; an interval of a quarter hour takes fifteen. The buyer's load
draws 10 W all day, the seller's panels bring 12 W by day and by night, and what both have kept of
the last weeks says so. Only the chips are played.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import yaml

from node.core.auction.clearing import Kind
from node.core.auction.settlement import Terms, deposit_up
from node.core.auction.tariff import Tariff
from node.core.trading.prices import new_memory
from node.core.units import JOULES_PER_MILLIWH
from node.home.inward.history import History
from node.keys.account import create_account, new_account, write_private
from node.ledger.chain.asking import asked, at_block
from node.ledger.contracts.artifacts import artifact
from node.ledger.contracts.ask import Ask
from node.ledger.contracts.auction import AuctionContract, Settled
from node.ledger.contracts.token import TokenContract
from node.ledger.operator import deploy as deployment
from node.state.journal import JOURNAL_NAME, Journal
from tests.parts.chain import ETHER, TOKEN
from tests.parts.neighbours import BUYER, SELLER, Neighbours, Pace, World, neighbours
from tests.parts.waiting import until
from village.households import COMMUNITY, RELAY
from village.plant.street import NOMINAL_V

Value = TypeVar("Value")
UTILITY = "utility"
PACE = Pace(speed=60.0, block_s=0.25, interval_s=900, waits=True)
LEAD_S = 300
"""Five seconds at least, in which the auction is cleared and paired on a busy machine, too."""
TARIFF = Tariff(feed_in_per_kwh=80_000, tick_size_per_kwh=3_000)
LOAD_W, PANELS_W = 10.0, 12.0
KEPT_DAYS = 16
_SHARE = 30 * TOKEN
_PASSWORD = "only for a test"


class MarketWorld(World):
    """Let the seller's panels bring energy, too."""

    def line(self, home: str, shunt: str) -> tuple[float, float]:
        """Give a shunt's voltage in V and current in A, positive into the home."""
        if shunt == "generation":
            return NOMINAL_V, PANELS_W / NOMINAL_V if home == SELLER else 0.0
        return super().line(home, shunt)


class MarketNeighbours:
    """Hold the two homes, their auction and their utility."""

    def __init__(self, street: Neighbours) -> None:
        self.street = street
        self.world = street.world
        self.directory = street.places.directory
        self._chain = street.places.rpc
        self.rpc = deployment.connect(self._chain)
        self._found_auction()
        for home in (BUYER, SELLER):
            self._change(home)
            self._keep_history(home)

    def start(self) -> None:
        """Start the utility and both homes."""
        self.start_utility()
        self.start_homes()

    def start_homes(self) -> None:
        """Start both homes."""
        for home in (SELLER, BUYER):
            self.street.start(home)

    def start_utility(self) -> None:
        """Start the utility."""
        path = str(self.directory / UTILITY / "parameters.yml")
        self.street.processes.start(
            UTILITY, [sys.executable, "-m", "node", "utility", "run", "--parameters", path]
        )

    def auction_of(self, home: str) -> dict[str, Any]:
        """Give a home's newest published picture of the auction."""
        return self.street.pictures.get(home, {}).get("auction") or {}

    def now_s(self) -> int:
        """Give the chain's time."""
        block = self.rpc.call("eth_getBlockByNumber", "latest", False)
        return int(block["timestamp"], 16)

    def filled(self, home: str, interval: int) -> int:
        """Give what a home says its order of an interval was filled with (mWh); 0 while unknown."""
        for order in self.auction_of(home).get("orders", ()):
            if order["interval"] == interval and order["filled_milliwh"] is not None:
                return int(sum(order["filled_milliwh"].values()))
        return 0

    def settled(self) -> list[Settled]:
        """Give every settlement that the chain has, oldest first."""
        wanted = {"fromBlock": "0x0", "address": self.auction.address}
        logs = self.rpc.call("eth_getLogs", wanted | {"topics": [self.auction.settled_topic]})
        return [self.auction.settled(log) for log in logs]

    def settled_of(self, home: str, interval: int) -> Settled | None:
        """Give how a home's order of an interval was settled; None while it is not."""
        mine = [s for s in self.settled() if s.meter_id == self.meter(home)]
        return next((s for s in mine if s.interval == interval), None)

    def meter(self, home: str) -> int:
        """Give a home's meter id."""
        return self.street.community.meters[home]

    def gain(self, home: str) -> int:
        """Give by how much a home has more now than it was given, in its hands or the auction's."""
        account, at = self.street.accounts[home], hex(self.rpc_block())
        auction = self.auction
        balance = self._ask(auction.balance_of(account), at)
        owed = self._ask(auction.owed_to(account), at)
        terms = Terms(unit_milliwh=1, margin_percent=20, tariff=TARIFF)
        last = self.now_s() // PACE.interval_s + 2
        asks = (auction.order_at(self.meter(home), n) for n in range(last - 40, last + 1))
        found = [self._ask(ask, at) for ask in asks]
        deposits = sum(deposit_up(one.placement.order, terms) for one in found if one is not None)
        return self.tokens(home, at) + balance + owed + deposits - self._given[home]

    def rpc_block(self) -> int:
        """Give the newest block's number."""
        return int(self.rpc.call("eth_blockNumber"), 16)

    def tokens(self, home: str, at: str = "latest") -> int:
        """Give the tokens in a home's own hands."""
        return self._ask(self._token.balance_of(self.street.accounts[home]), at)

    def command(self, word: str, home: str, *more: str) -> str:
        """Run `status` or `check` as a person would, and give what it prints."""
        command = [sys.executable, "-m", "node", word, *more, "--parameters"]
        done = subprocess.run(
            [*command, str(self.street.parameters(home))],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert not done.stderr, done.stderr
        return done.stdout

    def _ask(self, ask: Ask[Value], at: str) -> Value:
        (value,) = asked(self.rpc, at_block(ask, at))
        return value

    def _found_auction(self) -> None:
        folder = self.directory / UTILITY
        folder.mkdir()
        account = create_account(folder / "keystore.json", _PASSWORD)
        write_private(folder / "password", _PASSWORD + "\n")
        operator = new_account()
        for address in (operator.account, account.account):
            self.rpc.call("anvil_setBalance", address, hex(100 * ETHER))
        addresses = self.street.community.addresses
        auction = deployment.AuctionSettings(
            utility=account.account,
            tariff=TARIFF,
            unit_milliwh=1,
            least_units=10,
            gate_lead_s=LEAD_S,
            block_s=round(PACE.speed * PACE.block_s),
        )
        made = deployment.deploy(
            self._chain,
            operator,
            deployment.DeploySettings(interval_s=PACE.interval_s, auction=auction),
            known=addresses,
        )
        self.auction = AuctionContract(made["auction"])
        self._token = TokenContract(addresses["token"])
        for receiver in (account.account, self.street.accounts[SELLER]):
            self._give(receiver)
        self._given = {home: self.tokens(home) for home in (BUYER, SELLER)}
        self._write_utility(account.account)

    def _give(self, receiver: str) -> None:
        """Let the buyer, who was given all tokens, share them."""
        giver = self.street.accounts[BUYER]
        data = artifact("EnergyToken").call_data("transfer(address,uint256)", receiver, _SHARE)
        self.rpc.call("anvil_impersonateAccount", giver)
        before = self.tokens(BUYER)
        fields = {"from": giver, "to": self._token.address, "data": data, "gas": hex(100_000)}
        self.rpc.call("eth_sendTransaction", fields)
        until(lambda: self.tokens(BUYER) < before, "the tokens are given")
        self.rpc.call("anvil_stopImpersonatingAccount", giver)

    def _write_utility(self, account: str) -> None:
        places, folder = self.street.places, self.directory / UTILITY
        content = yaml.safe_load(self.street.parameters(BUYER).read_text())
        contract = {**content["contract"], "auction": self.auction.address}
        utility: Mapping[str, object] = {
            "address": account,
            "state_directory": str(folder / "state"),
            "keystore": str(folder / "keystore.json"),
            "password_file": str(folder / "password"),
        }
        written = {
            "community": COMMUNITY,
            "clock": content["clock"],
            "contract": contract,
            "relay": {"name": RELAY},
            "mqtt": {"host": "127.0.0.1", "port": places.broker_port},
            "utility": utility,
        }
        (folder / "parameters.yml").write_text(yaml.safe_dump(written))

    def _change(self, home: str) -> None:
        """Let a home take part: the file's section, and money for its first deposit."""
        path = self.street.parameters(home)
        content = yaml.safe_load(path.read_text())
        content["contract"]["auction"] = self.auction.address
        content["node"]["auction"] = {
            "sell": "solar" if home == SELLER else None,
            "least_gain": 0.000001,
        }
        path.write_text(yaml.safe_dump(content))

    def _keep_history(self, home: str) -> None:
        """Write down what the home would have seen of the last weeks."""
        state = self.street.places.home(home) / "state"
        state.mkdir(exist_ok=True)
        loads = {BUYER: LOAD_W, SELLER: 0.05 * NOMINAL_V}
        panels = {BUYER: 0.0, SELLER: PANELS_W}
        energies = tuple(
            round(watts[home] * PACE.interval_s / JOULES_PER_MILLIWH) for watts in (loads, panels)
        )
        slots = 86_400 // PACE.interval_s
        history = History(PACE.interval_s, {kind: new_memory(slots) for kind in Kind})
        now = int(self.street.clock.calendar_s() // PACE.interval_s)
        for interval in range(now - KEPT_DAYS * slots, now):
            history.add(interval, (energies[0], energies[1]))
        journal = Journal(state / JOURNAL_NAME)
        journal.open()
        for key, text in history.changed().items():
            journal.put(key, text, durable=False)
        journal.close()


@contextmanager
def market_neighbours(directory: Path) -> Iterator[MarketNeighbours]:
    """Start the surroundings of the two neighbours and their auction; no program of them runs."""
    with neighbours(directory, PACE, MarketWorld()) as street:
        yield MarketNeighbours(street)
