"""Registers over a real Modbus TCP connection: to watts and per cent, and what is not there."""

import re

import pytest

from node.devices.measured import made
from node.devices.trouble import SensorAbsent, SensorImplausible
from node.parameters.sections.source import DataSource
from tests.factories.sources import around
from village.meters.registers import PlayedRegisters, floats, sunspec
from village.tcp import free_port

INVERTER = (103, 50, {12: 4321, 13: -1, 22: 0x0001, 23: 0x0002, 24: 1})
"""W 432.1 W; WH 65,538 with a scale of 10: 655,380 Wh."""
METER = (203, 105, {16: -150, 20: 1, 36: 0, 37: 500, 44: 1, 45: 0, 52: 0})
"""W -1500 W; exported 500 Wh, imported 65,536 Wh."""
STORAGE = (124, 24, {6: 725, 20: -1})
"""ChaState 72.5 %."""


@pytest.fixture
def served():
    servers = []

    def serve(words):
        server = PlayedRegisters(words, free_port())
        servers.append(server)
        return server.port

    yield serve
    for server in servers:
        server.close()


def asked(kind, port, **keys):
    source = DataSource(kind=kind, at=f"tcp://127.0.0.1:{port}/1", every_s=0.2, **keys)
    return made("meter", source, around())


def is_told(got):
    return hasattr(got, "power_w")


def test_an_eastron_meter_is_read_by_its_manuals_registers(served, sampled):
    port = served({52: floats(-1234.5), 72: floats(100.25, 7.5)})
    source = asked(
        "modbus", port, feeds="connection", power="input:52:float32",
        imported="input:72:float32", exported="input:74:float32",
    )  # fmt: skip

    got = sampled(source, is_told, "it is read")

    assert got.power_w == -1234.5
    assert got.counted is not None


def test_a_lower_word_may_come_first(served, sampled):
    port = served({40: [0xF060, 0xFFFF]})
    source = asked("modbus", port, feeds="load", power="holding:40:int32_swapped", scale=0.1)

    assert sampled(source, is_told, "it is read").power_w == pytest.approx(-400.0)


def test_a_register_that_the_meter_has_not_is_refused_by_its_name(served, sampled):
    port = served({52: floats(1.0)})
    source = asked("modbus", port, feeds="load", power="input:500:float32")

    trouble = sampled(source, lambda got: "refuses" in str(got), "it refuses")

    assert isinstance(trouble, SensorImplausible)
    assert "input:500:float32" in str(trouble)


@pytest.mark.parametrize("kind", ["modbus", "sunspec"])
def test_nobody_there_is_absent(kind, sampled):
    picks = {"power": "input:52:float32"} if kind == "modbus" else {}
    source = asked(kind, free_port(), feeds="load", **picks)

    trouble = sampled(source, lambda got: "nothing told yet" not in str(got), "nobody answers")

    assert isinstance(trouble, SensorAbsent)


def test_a_meter_that_went_is_asked_again_until_it_is_back(served, sampled):
    port = free_port()
    first = PlayedRegisters({52: floats(10.0)}, port)
    source = asked("modbus", port, feeds="load", power="input:52:float32")
    sampled(source, is_told, "it is read")
    first.close()
    second = PlayedRegisters({52: floats(20.0)}, port)
    try:
        got = sampled(source, lambda got: getattr(got, "power_w", 0) == 20.0, "it is back")
    finally:
        second.close()

    assert got.power_w == 20.0


def test_a_sunspec_inverter_says_where_its_values_are(served, sampled):
    got = sampled(asked("sunspec", served(sunspec(INVERTER)), feeds="generation"), is_told, "read")

    assert got.power_w == pytest.approx(432.1)
    assert got.counted is not None


def test_a_sunspec_meter_comes_before_its_inverter(served, sampled):
    port = served(sunspec(INVERTER, METER))
    got = sampled(asked("sunspec", port, feeds="connection"), is_told, "read")

    assert got.power_w == pytest.approx(-1500)


def test_a_sunspec_battery_tells_its_charge(served, sampled):
    got = sampled(asked("sunspec", served(sunspec(STORAGE)), soc=""), is_told, "read")

    assert (got.soc_pct, got.power_w, got.counted) == (pytest.approx(72.5), None, None)


@pytest.mark.parametrize(
    ("model", "keys", "why"),
    [
        (STORAGE, {"feeds": "load"}, r"no meter and no inverter among its models \[124\]"),
        (INVERTER, {"soc": ""}, r"no battery among its models \[103\]"),
        (INVERTER, {"feeds": "load", "power": "701.W"}, r"it has no 701.W"),
    ],
)
def test_what_a_device_has_not_is_told_with_what_it_has(served, sampled, model, keys, why):
    source = asked("sunspec", served(sunspec(model)), **keys)

    trouble = sampled(source, lambda got: "nothing told yet" not in str(got), "a reason")

    assert isinstance(trouble, SensorImplausible)
    assert re.search(why, str(trouble))
