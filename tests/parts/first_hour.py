"""docs/first-hour.md, followed to its first purchase; only the chips and the pins are played.

`python -m tests.parts.first_hour` follows it, and writes what `check` and `status` said into the
page's samples; `--print` shows them and writes nothing.
"""

import argparse
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from node.core.errors import Refused
from node.links.status import ask
from tests.parts.chain import Chain
from tests.parts.neighbours import BUYER, SELLER, World
from tests.parts.waiting import until
from village.chips.bus import BusServer, PlayedBus
from village.chips.ina219 import PlayedIna219
from village.chips.max1704x import PlayedMax17048
from village.contacts import ContactFollower
from village.processes import Processes
from village.tcp import free_port

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/first-hour.md"
GUIDE = PAGE.read_text(encoding="utf-8")
CHECKED = "The lines of a home where all is well look like these:"
BOUGHT = "goes on shining, from the neighbour:"
"""The sentences after which the page has its samples."""
ENDPOINT = "http://192.168.1.10:8545"
OPERATORS_HOME = "/home/operator/peerwatt"


class Bench:
    """Hold what stands on the table: the guide's files and commands, in their places here."""

    def __init__(self, directory: Path, chain: Chain) -> None:
        self.directory, self.chain = directory, chain
        self.relay_port = free_port()
        self.files = dict(zip(("operator", BUYER, SELLER, "relay", "both"), files(), strict=True))
        self.accounts: dict[str, str] = {}

    def write(self, name: str) -> Path:
        """Write a file of the guide, with the places, keys and addresses of here."""
        content = self.files[name]
        state = str(self.directory / name)
        if "node" in content:
            content["contract"]["node"] = self.chain.url
            content["node"]["state_directory"] = state
            content["node"]["password_file"] = f"{state}/password"
        if name == "relay":
            content["relay"] |= {"board": "mock", "port": self.relay_port, "listen": "127.0.0.1"}
            content["relay"]["state_directory"] = state
        elif "relay" in content:
            content["relay"] |= {"host": "127.0.0.1", "port": self.relay_port}
        path = self.directory / f"{name}.yml"
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        return path

    def call(self, *words: str) -> str:
        """Carry out one of our commands."""
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, timeout=1200
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def call_of_guide(self, beginning: str) -> str:
        """Carry out the guide's command that begins so, with the option for a practice chain."""
        (command,) = [line for line in commands() if line.startswith(beginning)]
        places = {
            ENDPOINT: self.chain.url,
            OPERATORS_HOME: str(self.directory / "operator"),
            "operator.yml": str(self.directory / "operator.yml"),
            "HOME1": self.accounts.get(BUYER, ""),
            "HOME2": self.accounts.get(SELLER, ""),
        }
        for theirs, here in places.items():
            command = command.replace(theirs, here)
        return self.call(*shlex.split(command)[2:], "--allow-development-chain")

    def open_account(self, name: str) -> None:
        """Make an account as the guide says, and give it the chain's coin."""
        told = self.call("node", "account", "new", "--parameters", str(self.write(name)))
        self.accounts[name] = re.findall(r"0x[0-9a-fA-F]{40}", told)[0]
        self.chain.fund(self.accounts[name])

    def status(self, name: str) -> dict[str, Any]:
        """Ask a running node; nothing while it starts."""
        try:
            answer = ask(self.directory / name, {"do": "status"})
        except Refused:
            return {}
        assert isinstance(answer, dict)
        return answer


def files() -> list[dict[str, Any]]:
    """Give the guide's parameters files, in its order."""
    found = re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    return [yaml.safe_load(text) for text in found]


def commands() -> list[str]:
    """Give the commands that the guide has run in a checkout."""
    return re.findall(r"^\.venv/bin/python .*", GUIDE.replace("\\\n", ""), re.MULTILINE)


def chips(world: World, home: str, sensors: dict[str, dict[str, Any]]) -> PlayedBus:
    """Play the chips that a file of the guide names, at its addresses, wired as it draws them."""

    def line(name: str) -> tuple[float, float]:
        voltage_v, current_a = world.line(home, name)
        # IN+ faces the source, so that a seller's current out of its home is positive.
        return voltage_v, -current_a if home == SELLER else current_a

    by_address: dict[int, PlayedIna219 | PlayedMax17048] = {}
    for name, sensor in sensors.items():
        if sensor["chip"] == "ina219":
            by_address[sensor["address"]] = PlayedIna219(
                line=lambda name=name: line(name), shunt_ohms=0.1, seed=1
            )
        else:
            by_address[0x36] = PlayedMax17048(battery=lambda: (world.soc_pct[home], 3.9))
    return PlayedBus(by_address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Hold what the buyer's commands printed: `check` before it buys, `status` while it draws."""

    check: str
    status: str


@contextmanager
def on_the_table(directory: Path) -> Iterator[Bench]:
    """Give what stands on the table before the hour begins: a practice chain."""
    # A block for each transaction: the guide's every two seconds would only cost time.
    chain = Chain("--chain-id", "5150")
    try:
        yield Bench(directory, chain)
    finally:
        chain.close()


def follow(bench: Bench) -> Samples:
    """Do all that the guide says, up to the first purchase and back at rest."""
    with at_the_first_purchase(bench) as samples:
        return samples


@contextmanager
def at_the_first_purchase(bench: Bench) -> Iterator[Samples]:
    """Do what the guide says up to the first purchase; go back to rest, and stop all, after."""
    _put_up(bench)
    with ExitStack() as stack:
        world, processes = World(), Processes(bench.directory)
        sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="peerwatt-")))
        places = {home: sockets / f"{home}.i2c" for home in (BUYER, SELLER)}
        buses = {
            places[home]: chips(world, home, bench.files[home]["node"]["sensors"])
            for home in places
        }
        stack.enter_context(BusServer(buses))
        stack.callback(processes.stop_all)
        _start(processes, bench, "relay", "relay_server")
        follower = ContactFollower(bench.relay_port, lambda on: setattr(world, "energised", on))
        follower.start()
        stack.callback(follower.close)
        for home in (SELLER, BUYER):
            bench.files[home]["node"]["i2c"] = f"unix:{places[home]}"
        _start(processes, bench, SELLER, "node", "run")
        until(lambda: "offering" in str(bench.status(SELLER)), "home2 offers", 60.0)
        parameters = ("--parameters", str(bench.write(BUYER)))
        told: dict[str, str] = {}

        def is_well() -> bool:
            told["check"] = bench.call("node", "check", *parameters)
            return "seller home2: has an offer" in told["check"]

        until(is_well, "home1's check sees the offer", 60.0)
        bench.files[BUYER]["node"] |= {"limit": 90, "resume": 95}
        _start(processes, bench, BUYER, "node", "run")
        until(lambda: world.closed, "home2 feeds home1", 60.0)
        until(lambda: "drawn_milliwh" in str(bench.status(BUYER)), "home1 answers")
        status = bench.call("node", "status", *parameters)
        yield Samples(check=told["check"], status=status)
        bench.call("node", "own-source", "on", *parameters)
        until(lambda: not world.closed, "home1 is on its own source")


def _put_up(bench: Bench) -> None:
    """Deploy, make the accounts, and write each address where the guide asks for it."""
    bench.open_account("operator")
    bench.call_of_guide(".venv/bin/python -m contracts deploy")
    deployed = yaml.safe_load((bench.directory / "operator.yml").read_text())["contract"]
    for home in (BUYER, SELLER):
        bench.files[home]["contract"] = dict(deployed)
        bench.open_account(home)
    bench.files[BUYER]["sellers"][SELLER]["account"] = bench.accounts[SELLER]
    (connection,) = bench.files["relay"]["relay"]["connections"]
    connection |= {"holder": bench.accounts[BUYER], "consents": [bench.accounts[SELLER]]}
    bench.call_of_guide(".venv/bin/python -m contracts mint")


def _start(processes: Processes, bench: Bench, name: str, *words: str) -> None:
    parameters = ("--parameters", str(bench.write(name)))
    processes.start(name, [sys.executable, "-m", *words, *parameters])


def sample(after: str) -> str:
    """Give the block of the page that follows a sentence."""
    found = re.search(rf"{re.escape(after)}\n\n```\n(.*?)```\n", GUIDE, re.DOTALL)
    assert found is not None, f"the page has no sample after {after!r}"
    return found[1]


def words_of(said: str) -> str:
    """Give what is the same in each run: what was said without numbers and addresses."""
    said = re.sub(r"0x[0-9a-fA-F]+(\.\.\.[0-9a-fA-F]+)?", "ADDRESS", said)
    return re.sub(r"[-+]?\d+(\.\d+)?", "N", said)


def main() -> int:
    """Follow the guide, and write its samples anew."""
    parser = argparse.ArgumentParser(prog="python -m tests.parts.first_hour", description=__doc__)
    parser.add_argument("--print", action="store_true", help="show them, and write nothing")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="peerwatt-") as directory,
        on_the_table(Path(directory)) as bench,
    ):
        made = follow(bench)
    if options.print:
        print(f"{made.check}\n{made.status}", end="")
        return 0
    text = GUIDE.replace(sample(CHECKED), made.check).replace(sample(BOUGHT), made.status)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
