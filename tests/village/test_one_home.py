"""A home's own file without its hardware: a real node measures what is played for it."""

import re
import subprocess
import sys

import pytest
import yaml

from tests.parts.waiting import until
from village.processes import Processes

FILE = """
node:
  name: home1
  keystore: /etc/peerwatt/key.json
  sensors:
    gauge: {chip: max17048}
    load: {chip: ina226, address: 0x40, feeds: load}
    sun: {chip: acs712, channel: 0, feeds: generation, analogue: {range_a: 5, supply_channel: 1}}
  sources:
    house: {kind: mqtt, at: a/b, feeds: none, power: /p/w, time: /t}
    meter: {kind: p1, at: "serial:/dev/ttyUSB0", feeds: connection}
    page: {kind: http, at: "http://evcc.lan/x", feeds: none, user: me}
    kept: {kind: file, at: m/x.json, feeds: none, power: /w, unit: kW}
    pulses: {kind: s0, at: "gpio:17", feeds: none, pulses_per_kwh: 1000}
    other: {kind: sml, at: "tcp://10.0.0.4", feeds: none}
mqtt: {host: broker.of.the.street}
"""


@pytest.fixture
def played(tmp_path):
    """Play the file's things, and give where their folder is."""
    (tmp_path / "mine.yml").write_text(FILE)
    processes = Processes(tmp_path)
    processes.start(
        "village",
        [sys.executable, "-m", "village", "chips",
         "--parameters", str(tmp_path / "mine.yml"), "--directory", str(tmp_path / "home")],
    )  # fmt: skip
    log = processes.log_of("village")
    until(lambda: "battery" in log.read_text(), "it is played")
    yield tmp_path / "home"
    processes.stop_all()


def test_a_node_measures_with_a_copy_of_the_file_and_tells_nobody(played):
    copied = played / "parameters.yml"
    done = subprocess.run(
        [sys.executable, "-m", "node", "check", "--parameters", str(copied)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    well = set(re.findall(r"^well  (?:sensor|source) (\w+): ", done.stdout, re.MULTILINE))
    names = {"gauge", "load", "sun", "house", "meter", "page", "kept", "pulses", "other"}
    assert well == names, done.stdout
    content = yaml.safe_load(copied.read_text())
    assert "mqtt" not in content and "keystore" not in content["node"]
    assert content["node"]["state_directory"] == str(played / "state")
    power = re.search(r"source other: ([+-][\d.]+) W", done.stdout)
    load = re.search(r"sensor load: .* ([+-][\d.]+) W", done.stdout)
    assert float(power[1]) == pytest.approx(float(load[1]) * 1000, rel=0.1)


@pytest.mark.parametrize(
    ("text", "status", "sentence"),
    [
        ("node: {name: home1}", 1, "nothing to play"),
        ("node: {nome: home1}", 78, "node.nome"),
        (None, 78, "none.yml"),
    ],
)
def test_what_cannot_be_played_is_refused(tmp_path, text, status, sentence):
    path = tmp_path / "none.yml"
    if text is not None:
        path.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "village", "chips", "--parameters", str(path),
         "--directory", str(tmp_path / "home")],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip

    assert (done.returncode, sentence in done.stderr) == (status, True), done.stderr
