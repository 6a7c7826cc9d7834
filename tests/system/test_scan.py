"""`python -m node scan`: what a person sees of a bus and a broker, beside a home that runs."""

import subprocess
import sys

import pytest
import yaml

from node.parameters import parse
from tests.parts.metered_home import metered_home
from village.chips.bus import BusServer
from village.chips.of_home import bus_of_home
from village.chips.outfits import OUTFITS
from village.meters.topics import TopicTeller
from village.plant.physics import Line, View


def scanned(*words):
    done = subprocess.run(
        [sys.executable, "-m", "node", "scan", *words],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def pasted(said):
    return "node:" + said.partition("\nnode:")[2]


@pytest.fixture
def teller(broker):
    teller = TopicTeller(broker.port)
    yield teller
    teller.close()


def test_a_scan_beside_a_running_home_finds_its_things_and_disturbs_nothing(
    broker, teller, tmp_path
):
    teller.say("house/solar/power", "812", retain=True)
    source = {"kind": "mqtt", "at": "house/meter", "feeds": "load", "power": "/power"}
    with metered_home(tmp_path, broker.port, house=source) as home:
        home.until(
            lambda seen: (
                teller.say("house/meter", {"power": 360}) or seen["load"]["power_w"] == 360
            ),
            "it measures",
        )
        status, said, _ = scanned(
            "--parameters", str(home.path), "--i2c", "unix:/nowhere", "--seconds", "2"
        )
        after = home.until(lambda seen: seen["load"]["power_w"] == 360, "it goes on")

    assert status == 1 and "cannot be looked at: bus unix:/nowhere" in said
    assert "house/solar/power: 812 W" in said
    # What the file has already is not offered again.
    assert "house/meter" not in said
    read = parse(f"mqtt: {{host: broker}}\n{pasted(said)}", "parameters.yml")
    assert [one.feeds.value for one in read.node.sources.values()] == ["generation"]
    assert "sensor_failed" not in after["fault_names"]


def test_a_full_bus_becomes_lines_that_a_home_can_use(tmp_path):
    sees = View(
        load=Line(voltage_v=12.0, current_a=1.0),
        generation=Line(voltage_v=12.0, current_a=2.0),
        connection=Line(voltage_v=0.0, current_a=0.0),
        grid=Line(voltage_v=0.0, current_a=0.0),
        is_dark=False,
        soc_pct=50.0,
        cell_voltage_v=3.7,
    )
    path = tmp_path / "bus.i2c"
    with BusServer({path: bus_of_home(lambda: sees, "home1", lambda: 0.0, OUTFITS["ina226"])}):
        status, said, told = scanned(
            "--parameters", str(tmp_path / "none.yml"), "--i2c", f"unix:{path}", "--serial", "/x"
        )

    assert "none.yml is not there" in told
    assert status == 1 and "/x" in said
    text = pasted(said)
    read = parse(text, "parameters.yml")
    assert read.node.i2c == f"unix:{path}"
    assert {one.chip for one in read.node.sensors.values()} == {"max17043", "ina226"}
    assert sorted(one.address for one in read.node.sensors.values()) == [0x36, 0x40, 0x41, 0x44]
    assert list(yaml.safe_load(text)) == ["node"]


def test_a_broker_that_lets_nobody_in_is_told(tmp_path):
    status, said, _ = scanned(
        "--parameters", str(tmp_path / "none.yml"), "--i2c", "unix:/nowhere",
        "--broker", "127.0.0.1:1", "--seconds", "1",
    )  # fmt: skip

    assert status == 1
    assert "Broker 127.0.0.1:1:\n  cannot be looked at: " in said


def test_words_that_cannot_be_are_refused(tmp_path):
    status, _, told = scanned("--seconds", "0")
    assert (status, "1 to 600" in told) == (2, True)

    none = ("--parameters", str(tmp_path / "none.yml"), "--i2c", "unix:/nowhere")
    status, _, told = scanned(*none, "--broker", "host:port")
    assert (status, "port is no port" in told) == (1, True)
