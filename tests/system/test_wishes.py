"""A real home and its page: what is changed on the page counts in the home, and is kept."""

import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from node.core.errors import Refused
from node.links.status import ask
from tests.parts.page_host import PageHost
from tests.parts.waiting import until

ROOT = Path(__file__).parents[2]
FILE = """
node:
  name: home1
  role: prosumer
  limit: 20
  resume: 40
  battery_wh: 100
  state_directory: {state}
  offer: {{price: 0.2}}
relay: {{state_directory: {state}}}
"""


class Node:
    """A home without chips, chain, relay or broker: it rests, and can be asked."""

    def __init__(self, directory):
        self.state, self.file = directory / "home", directory / "parameters.yml"
        self.state.mkdir()
        self.file.write_text(FILE.format(state=self.state))
        self.log = directory / "node.log"

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "node", "run", "--parameters", str(self.file)],
                cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        until(self.status, "the home answers")

    def status(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            return ask(self.state, {"do": "status"})
        except Refused:
            return None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0, self.log.read_text()


@pytest.fixture
def node(tmp_path):
    node = Node(tmp_path)
    node.start()
    yield node
    if node.process.poll() is None:
        node.stop()


@pytest.fixture
def page(node, tmp_path):
    host = PageHost(tmp_path)
    host.open()
    yield host
    host.close()


def test_what_is_changed_on_the_page_counts_in_the_home_and_outlasts_its_restart(node, page):
    cookie = page.log_in()

    def send(**fields):
        form = "&".join(f"{name}={quote(value)}" for name, value in fields.items())
        return page.ask("POST", "/home/controls", form=form, Cookie=cookie)

    shown = page.ask("GET", "/home/controls", Cookie=cookie).text
    assert "node.limit: %, 0 to 95" in shown
    assert "node.auction" not in shown
    assert send(key="node.limit", value="30", do="set").headers["Location"] == "controls"
    assert node.status()["wishes"] == {"node.limit": "30"}
    assert "30 %" in node.log.read_text() or "node.limit is 30" in node.log.read_text()

    refused = send(key="node.limit", value='"><script>', do="set")
    assert refused.status == 422
    assert "&quot;&gt;&lt;script&gt;" in refused.text
    assert "<script>" not in refused.text.replace("<script src", "")
    above = send(key="node.limit", value="40", do="set")
    assert (above.status, "node.resume: 40" in above.text) == (422, True)
    assert send(key="node.role", value="producer", do="set").status == 422
    assert send(nothing="1").status == 400
    assert node.status()["wishes"] == {"node.limit": "30"}

    assert send(own_source="on").status == 303
    assert node.status()["wants_own_source"] is True
    assert "as was wished" in page.ask("GET", "/home/controls", Cookie=cookie).text

    node.stop()
    assert page.ask("GET", "/home/controls", Cookie=cookie).status == 422
    node.start()
    assert node.status()["wishes"] == {"node.limit": "30"}
    shown = page.ask("GET", "/home/controls", Cookie=cookie).text
    assert "by the page, from 127.0.0.1; the file says 20." in shown
    assert send(key="node.limit", do="back").status == 303
    assert node.status()["wishes"] == {}


def test_commands_tell_and_take_wishes_too(node):
    def said(*words):
        command = [sys.executable, "-m", "node", *words, "--parameters", str(node.file)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert "node.offer.price" in said("wish").stdout
    assert "0.2, wished 0.3 by a command" in said("wish", "node.offer.price", "0.3").stdout
    told = said("wish", "node.offer.price", "much")
    assert (told.returncode, "node.offer.price" in told.stderr) == (1, True)
    assert "wish             node.offer.price: 0.3" in said("status").stdout
    assert "note  node.offer.price: 0.3 is wished by a command" in said("check").stdout
    assert "wished" not in said("wish", "node.offer.price", "file").stdout


def test_a_command_of_the_broker_is_a_wish_too_and_one_that_was_retained_is_none(
    tmp_path, broker, ear
):
    node = Node(tmp_path)
    with node.file.open("a") as file:
        file.write(f"mqtt: {{host: 127.0.0.1, port: {broker.port}, user: home1}}\n")

    def numbers():
        return ear.newest.get("home1/state", {}).get("numbers", {})

    ear.say("home1/command/resume", "80", retain=True)
    node.start()
    until(lambda: numbers().get("limit") == 20, "the home tells its numbers")
    until(lambda: "a retained command is not obeyed" in node.log.read_text(), "it was heard")
    ear.say("home1/command/budget_max_price", "0.35")
    until(lambda: numbers()["budget_max_price"] == 0.35, "the number is in force, and told")
    status = node.status()
    node.stop()

    assert status["wishes"] == {"node.budget.max_price": "0.35"}
    assert status["numbers"] == numbers()
