"""Topics that look like a meter: other people's, as they are said, and what is none."""

import json

import pytest

from node.parameters import parse
from node.scan import paste
from node.scan.topics import Heard, judged


def found(**topics):
    return found_in({topic: payload for topic, payload in topics.items()})


def found_in(topics, is_retained=False):
    heard = {
        topic: Heard(
            payload=(payload if isinstance(payload, str) else json.dumps(payload)).encode(),
            is_retained=is_retained,
        )
        for topic, payload in topics.items()
    }
    return {one.where: one.lines[0] for one in judged(heard)}


@pytest.mark.parametrize(
    ("topic", "payload", "keys"),
    [
        ("evcc/site/homePower", "812", {"feeds": "load", "power": ""}),
        ("evcc/site/pvPower", "2210.5", {"feeds": "generation", "power": ""}),
        ("evcc/site/grid/power", "-1400", {"feeds": "connection", "power": ""}),
        ("evcc/site/batterySoc", "61", {"soc": ""}),
        ("kitchen/sensor/house_power/state", "360.5", {"feeds": "load", "power": ""}),
        (
            "N/c0/system/0/Ac/Grid/L1/Power",
            {"value": 9.5},
            {"feeds": "connection", "power": "/value"},
        ),
        ("N/c0/system/0/Dc/Battery/Soc", {"value": 71.5}, {"soc": "/value"}),
        (
            "tele/plug/SENSOR",
            {"Time": "2026-12-01T10:00:00", "ENERGY": {"Total": 3.1, "Power": 120}},
            {"feeds": "none", "power": "/ENERGY/Power", "time": "/Time"},
        ),
        (
            "shelly/status/em:0",
            {"total_act_power": 812.3, "a_voltage": 230.1},
            {"feeds": "none", "power": "/total_act_power"},
        ),
        (
            "zigbee2mqtt/solar",
            {"power": 9, "energy": 1.2},
            {"feeds": "generation", "power": "/power"},
        ),
        ("esp/mains_kw", "1.5 kW", {"feeds": "connection", "power": "", "unit": "kW"}),
    ],
)
def test_what_a_meter_says_becomes_the_keys_of_a_source(topic, payload, keys):
    line = found_in({topic: payload})[topic]

    assert dict(line.keys) == {"kind": "mqtt", "at": topic, **keys}


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("house/temperature", "21.5"),
        ("house/power_factor", "0.98"),
        ("house/power", "on"),
        ("house/power", "\xff"),
        ("evcc/site/batteryPower", "100"),
        ("cam/soc", "900"),
        ("peerwatt/street/home1/load/power_w", "12"),
        ("homeassistant/sensor/x/config", {"power": 12}),
        ("deep", "[" * 5000),
        ("", {}),
    ],
)
def test_what_is_no_meter_is_not_told(topic, payload):
    assert found_in({topic: payload}) == {}


def test_a_register_and_a_kept_value_are_told_beside_the_line():
    line = found_in({"zigbee2mqtt/plug": {"power": 9, "energy": 1.2}}, is_retained=True)

    why = line["zigbee2mqtt/plug"].why
    assert "/energy" in why and "once a second one comes" in why


def test_the_lines_are_a_parameters_file(tmp_path):
    topics = {
        "evcc/site/homePower": "812",
        'odd "name"/power': "1",
        "a/power": "1",
        "b/a/power": "2",
        "b/A/power": "3",
        "N/c0/system/0/Dc/Battery/Soc": {"value": 71.5},
    }
    text = "\n".join(paste.lines(found_in(topics).values(), None))

    read = parse(f"mqtt: {{host: broker}}\n{text}\n", "parameters.yml")

    assert sorted(one.at for one in read.node.sources.values()) == sorted(
        topic for topic in topics if " " not in topic
    )
