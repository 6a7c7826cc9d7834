"""What stands around the Pi under test: the chain, its chips, and a neighbour that sells.

All of it runs on this host, as ordinary processes; the Pi (`home1`, with the street's relay,
broker and utility) buys from `home2`. Time is real: a block a second, the calendar's own pace.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from node.keys.account import create_account, new_password, write_private
from node.ledger.chain.asking import asked_now
from node.ledger.contracts.auction import AuctionContract
from node.ledger.operator.deploy import connect
from node.links.status import ask
from node.system.clock import Clock
from tests.faults.trading import Patience
from tests.parts.neighbours import BUYER, CHAIN_ID, INTERVAL_S, SELLER, World
from village.chain import Miner, anvil_command
from village.chips.bus import BusServer
from village.community import Community, found
from village.contacts import ContactFollower
from village.households import Places, write_home
from village.market.homes import auction_of
from village.plant.homes_data import Profile
from village.plant.street import Street, default_street
from village.processes import Processes
from village.tcp import wait_for_port

BLOCK_S = 1.0
FOUNDING_BLOCK_S = 0.1
DAY_S = 24 * 3600
GRID = "grid"
"""The utility's name."""
PATIENCE = Patience(deadline_s=480.0, credit_rests_s=30.0)
CONTACT_WITHIN_S = 180.0


class StreetOfPi:
    """Hold the running parts; the Pi itself is started by somebody else."""

    def __init__(self, directory: Path, sockets: Path, stack: ExitStack) -> None:
        self.world = World()
        self.street: Street = default_street(
            [Profile(load_mw=(0,) * 24, pv_mw=(0,) * 24)] * 2, hours=1
        )
        self.places = Places.on_free_ports(directory, sockets)
        self.accounts: dict[str, str] = {SELLER: self._open_account(SELLER)}
        self.community: Community
        self._processes = Processes(directory)
        stack.callback(self._processes.stop_all)
        now_s = float(int(time.time()))
        self._clock = Clock(speed=1.0, origin_real_s=now_s, origin_calendar_s=now_s)
        self._start_servers(stack)
        self._play_chips(stack)

    def found(self, home: str, utility: str, ask_pi: Callable[[], dict[str, Any]]) -> None:
        """Found the community with the Pi's accounts: contracts, tokens, gas and meters.

        All of it by the operator's own code; `ask_pi` gives the Pi's status.
        """
        self.accounts |= {BUYER: home}
        self._ask_pi = ask_pi
        founding = Miner(self.places.chain_port, self._clock, FOUNDING_BLOCK_S)
        founding.start()
        self.community = found(
            self.places,
            self.street,
            self.accounts,
            lambda line: None,
            INTERVAL_S,
            auction_of(utility),
        )
        # The books count the tokens of these two as well.
        self.accounts |= {GRID: utility, "auction": self.community.addresses["auction"]}
        founding.close()
        self._miner.start()

    def start_seller(self, password: str) -> None:
        """Start the neighbour, with its password for the Pi's broker."""
        write_private(self.places.home(SELLER) / "mqtt.password", password + "\n")
        self._write_seller()
        self.start(SELLER)

    def start(self, home: str) -> None:
        """Start the node of a home on this host."""
        path = str(self.parameters(home))
        run = [sys.executable, "-m", "node", "run", "--parameters", path]
        self._processes.start(home, run)

    def parameters(self, home: str) -> Path:
        """Give the parameters file of a home on this host."""
        return self.places.home(home) / "parameters.yml"

    def status(self, home: str) -> dict[str, Any]:
        """Ask a home what it is doing; raises Refused where none answers."""
        if home == BUYER:
            return self._ask_pi()
        answer = ask(self.places.home(home) / "state", {"do": "status"})
        assert isinstance(answer, dict)
        return answer

    def grid_balance(self) -> int:
        """Give what the utility keeps in the auction for the grid, in base units."""
        auction = AuctionContract(self.community.addresses["auction"])
        return asked_now(connect(self.places.rpc), auction.utility())[0]

    def log(self, home: str) -> str:
        """Read what a home on this host has logged."""
        return self._processes.log_of(home).read_text()

    def _open_account(self, home: str) -> str:
        folder = self.places.home(home)
        folder.mkdir(parents=True)
        password = new_password()
        write_private(folder / "password", password + "\n")
        return create_account(folder / "keystore.json", password).account

    def _start_servers(self, stack: ExitStack) -> None:
        places = self.places
        began_s = int(self._clock.origin_calendar_s)
        chain = anvil_command(places.chain_port, began_s - 2, CHAIN_ID, places.directory)
        self._processes.start("chain", chain)
        wait_for_port(places.chain_port, 20.0)
        self._miner = Miner(places.chain_port, self._clock, BLOCK_S)
        stack.callback(self._miner.close)

    def _play_chips(self, stack: ExitStack) -> None:
        buses = {self.places.bus(home): self.world.bus(home) for home in (BUYER, SELLER)}
        stack.enter_context(BusServer(buses))

        def moved(energised: frozenset[int]) -> None:
            self.world.energised = energised

        follower = ContactFollower(self.places.relay_port, moved)
        follower.start()
        stack.callback(follower.close)

    def _write_seller(self) -> None:
        (home,) = (home for home in self.street.homes if home.name == SELLER)
        path = write_home(
            self.places,
            self.street,
            home,
            self.accounts,
            self.community.meters[SELLER],
            self.community.addresses,
            self._clock,
            INTERVAL_S,
        )
        content = yaml.safe_load(path.read_text())
        # A Pi that boots again owes its receipts for as long as that takes, and its relay is away:
        # beyond a lease the seller would rightly give back what is not drawn.
        content["node"] |= {"consent_s": 60.0, "receipt_slack_wh": 5.0, "lease_s": 120.0}
        content["node"]["offer"] |= {"least_wh": 0.01, "valid_s": DAY_S, "duration_s": DAY_S}
        content["mqtt"] |= {
            "user": SELLER,
            "password_file": str(self.places.home(SELLER) / "mqtt.password"),
        }
        content["contract"] |= {"poll_s": 0.5, "max_age_s": 60}
        path.write_text(yaml.safe_dump(content))


@contextmanager
def street_of_pi(directory: Path) -> Iterator[StreetOfPi]:
    """Start what stands around a Pi, and stop it after."""
    with ExitStack() as stack:
        sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="peerwatt-")))
        yield StreetOfPi(directory, sockets, stack)
