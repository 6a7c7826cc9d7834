"""Every command of ours that a document names is run, where no hardware is needed.

Those of the village, the benches, and of an auction that has cleared have tests of their own.
"""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
import yaml

from tests.parts.brokers import running_broker
from tests.parts.first_hour import ROOT, Bench, at_the_first_purchase, on_the_table
from tests.parts.neighbours import BUYER
from tests.parts.waiting import until
from tests.test_readme import python_commands

PASSPHRASE = "a passphrase of many words"
BEFORE_AND_AFTER = {
    ("node", "account", "new"),
    ("node", "own-source", "on"),
    ("node", "run"),
    ("contracts", "mint"),
}
"""Run by following the guide itself, whose outcome its own test asserts."""
ONLY_NAMED = {("node",), ("contracts",), ("relay_server",), ("node", "utility"), ("node", "backup")}
"""Programs, not commands."""
PLAYED_ELSEWHERE = {
    ("node", "utility", "withdraw", "announce", "5"),
    ("node", "note-silence", "491234"),
    ("node", "setup"),
    ("node", "scan"),
    ("contracts", "grant", "installer"),
    ("contracts", "revoke", "installer"),
    ("contracts", "reporter"),
    ("contracts", "post-price"),
}
"""The first moves the grid's money, and so takes a utility that has some: `test_utility_silence`.
The second takes homes that trade: `test_market_neighbours`. The third begins a home:
`tests/node/home/test_setup.py`. The fourth is `test_scan`'s, the last `test_price_poster`'s. The
others change who may do what: `test_operator_powers`."""

Words = tuple[str, ...]


class Commands:
    """Run commands of the documents, and keep what came of each."""

    def __init__(self) -> None:
        self.done: dict[Words, subprocess.CompletedProcess[str]] = {}

    def run(self, *words: str, values: Words = (), options: Words = ()) -> str:
        """Run one, told by its documented words; `values` stand for its last ones."""
        called = (*words[: len(words) - len(values)], *values) if values else words
        done = subprocess.run(
            [sys.executable, "-m", *called, *options],
            cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False,
        )  # fmt: skip
        self.done[words] = done
        return done.stdout


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """Follow the guide, and run at its first purchase whatever else the documents name."""
    directory = tmp_path_factory.mktemp("documented")
    ran = Commands()
    with on_the_table(directory) as bench, at_the_first_purchase(bench):
        of_a_home(ran, bench)
        of_the_operator(ran, bench)
        of_the_relay(ran, bench)
        of_a_utility(ran, bench)
        giving_up(ran, bench)
    yield ran


def of_a_home(ran: Commands, bench: Bench) -> None:
    parameters = ("--parameters", str(bench.directory / f"{BUYER}.yml"))
    for words in (("status",), ("check",), ("own-source", "off"), ("account", "show"), ("keep",)):
        ran.run("node", *words, options=parameters)
    ran.run("node", "export", options=(*parameters, "--what", "events"))
    record = ran.run("node", "record", options=parameters).strip()
    ran.run("node", "replay", "FILE", values=(record,))
    secret = bench.directory / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    backup = str(bench.directory / "home1.backup")
    more = ("--passphrase-file", str(secret))
    ran.run("node", "backup", "FILE", values=(backup,), options=(*parameters, *more))


def of_the_operator(ran: Commands, bench: Bench) -> None:
    for command in ("deploy", "install-meter"):
        said = bench.call_of_guide(f".venv/bin/python -m contracts {command}")
        ran.done["contracts", command] = subprocess.CompletedProcess([], 0, said, "")
    for command in ("balances", "verify"):
        parameters = ("--parameters", str(bench.directory / "operator.yml"))
        ran.run("contracts", command, options=parameters)


def of_the_relay(ran: Commands, bench: Bench) -> None:
    parameters = ("--parameters", str(bench.directory / "relay.yml"))
    ran.run("relay_server", "check", options=parameters)
    other = yaml.safe_load((bench.directory / "relay.yml").read_text())
    other["relay"]["state_directory"] = str(bench.directory / "another")
    path = bench.directory / "another.yml"
    path.write_text(yaml.safe_dump(other))
    ran.run("relay_server", "rest", options=("--parameters", str(path)))


def of_a_utility(ran: Commands, bench: Bench) -> None:
    """Set one up as its page says; of an auction without orders there is nothing to audit."""
    path = bench.directory / "utility.yml"
    state = bench.directory / "utility"
    content = yaml.safe_load((bench.directory / "operator.yml").read_text())
    del content["node"]
    place = bench.directory / "broker"
    place.mkdir()
    with running_broker(place) as broker:
        content["mqtt"] = {"host": "127.0.0.1", "port": broker.port}
        content["utility"] = {
            "state_directory": str(state), "password_file": str(state / "password"), "relays": [],
        }  # fmt: skip
        path.write_text(yaml.safe_dump(content))
        parameters = ("--parameters", str(path))
        told = ran.run("node", "utility", "account", "new", options=parameters)
        bench.chain.fund(told.split("account ")[1].split()[0])
        tariff = ("--auction", "--feed-in", "0.08", "--retail", "0.269")
        # Each transaction has its block here: their distance says how busy the machine is.
        chain = ("--block-time", "2", "--allow-development-chain")
        bench.call("contracts", "deploy", *tariff, *parameters, *chain)
        running = subprocess.Popen(
            [sys.executable, "-m", "node", "utility", "run", *parameters], cwd=ROOT
        )
        try:
            until(
                lambda: (
                    ran.run("node", "utility", "status", "[--json]", values=("--json",),
                            options=parameters)
                ),
                "the utility answers", 120.0,
            )  # fmt: skip
        finally:
            running.terminate()
            status = running.wait(60)
        ran.done["node", "utility", "run"] = subprocess.CompletedProcess([], status, "", "")
        ran.run("node", "utility", "check", options=parameters)
        ran.run("node", "utility", "account", "show", options=parameters)
        ran.run("node", "utility", "audit", options=parameters)
        ran.run(
            "node", "utility", "audit", "[--interval", "N]",
            values=("--interval", "7"), options=parameters,
        )  # fmt: skip


def giving_up(ran: Commands, bench: Bench) -> None:
    """Let the sale take of the operator's tokens, and sweep the account: nobody runs with it."""
    file = bench.directory / "operator.yml"
    allowing = bench.directory / "allowing.yml"
    section = "contract:\n"
    allowing.write_text(file.read_text().replace(section, f"{section}  pays_by: allowance\n", 1))
    ran.run("node", "allow", "50", options=("--parameters", str(allowing)))
    parameters = ("--parameters", str(file), "--yes")
    to = bench.accounts[BUYER]
    ran.run("node", "sweep", "ADDRESS", values=(to,), options=parameters)


def test_every_documented_command_is_run_here_or_by_the_guide(commands: Commands) -> None:
    documented = {
        (module, *words)
        for module, words, _ in python_commands()
        if module in ("node", "contracts", "relay_server")
    }

    assert documented - commands.done.keys() == BEFORE_AND_AFTER | ONLY_NAMED | PLAYED_ELSEWHERE


def test_each_command_says_something_and_ends_well(commands: Commands) -> None:
    failed = {
        words: done.stdout + done.stderr
        for words, done in commands.done.items()
        if done.returncode != 0
    }

    audits = [said for words, said in failed.items() if "audit" in words]
    assert [said for said in audits if "nothing is published on" not in said] == []
    check = failed.get(("node", "utility", "check"), "")
    assert "FAIL  relays: none is believed" in check
    assert {words for words in failed if "audit" not in words} == {("node", "utility", "check")}


def test_what_they_say_is_what_the_documents_promise(commands: Commands) -> None:
    said = {words: done.stdout for words, done in commands.done.items()}

    assert "cycles replayed: the same commands" in said["node", "replay", "FILE"]
    assert "meter 1" in said["contracts", "install-meter"]
    assert "everything answers" in said["node", "check"]
    assert said["node", "export"].startswith("ended_utc,ended_local,")
    assert json.loads(said["node", "utility", "status", "[--json]"])["node"] == "utility"
