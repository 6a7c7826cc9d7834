"""What Home Assistant is told of a home: by names that stay, and as its energy dashboard wants."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from node.core.delivery.state import Delivery
from node.core.home import HomeState
from node.home.numbers import NUMBERS
from node.home.outward.homeassistant import ENTITIES, Device
from node.home.snapshot import VALUES, measurements
from node.parameters.wishes import range_in_file
from tests.factories.home import delivery_state_in, drawing, meter, supply_state_on_seller1
from tests.factories.seen import seen_of
from tests.factories.trading import trading
from tests.worlds.recording_ports import RecordingPorts

FROZEN = Path(__file__).parent / "unique_ids.txt"
"""Statistics, names and dashboards of people hang on each: lines may be added, none may go."""
WHOLE = HomeState(
    supply=supply_state_on_seller1(),
    delivery=delivery_state_in(Delivery.OFFERING),
    faults=(),
    trading=trading(),
)
NUMBERED = {number.name: 1.0 for number in NUMBERS}
PANEL = meter(0, 9_000, power_w=-45.0)
STATE_CLASSES = {
    "battery": {"measurement"},
    "power": {"measurement"},
    "voltage": {"measurement"},
    "energy": {"total", "total_increasing"},
    "energy_storage": {"measurement"},
}
"""Which state classes go with a device class, of what we use: homeassistant 2026.2.3, sensor."""


def announced(state=WHOLE, **changes):
    ports = RecordingPorts()
    device = Device(ports, "street", "home1", "prosumer", "1.2")
    seen = seen_of(state, drawing(), **({"generation": PANEL, "numbers": NUMBERED} | changes))
    device.announce(seen)
    device.announce(seen)
    ((_, topic, payload),) = ports.asked
    return topic, json.loads(payload)


def test_ids_are_those_that_were_told_once():
    _, told = announced()
    components = told["components"].values()
    ids = [f"{found['platform']} {found['unique_id']}" for found in components]

    assert sorted(ids) == FROZEN.read_text().splitlines()
    assert len(set(ids)) == len(VALUES) + len(ENTITIES)


def test_it_is_told_once_under_the_nodes_own_topic():
    topic, told = announced()

    assert topic == "homeassistant/device/home1/street/config"
    assert re.fullmatch(r"[a-zA-Z0-9_/-]+", topic)
    assert told["device"]["identifiers"] == ["peerwatt_street_home1"]
    assert set(told["origin"]) == {"name", "sw_version"}


def test_no_id_is_of_the_account_and_no_key_is_one_that_home_assistant_has_dropped():
    text = json.dumps(announced()[1])

    assert "0x" not in text
    for dropped in ("object_id", "via_hub", "expire_after"):
        assert dropped not in text


def test_every_topic_is_one_that_the_home_publishes_or_obeys():
    _, told = announced()
    published = {*measurements(seen_of(WHOLE, drawing(), generation=PANEL)), "state"}
    published |= {"availability", "event/supply", "event/delivery", "command/own_source"}
    published |= {f"command/{name}" for name in NUMBERED}
    topics = {
        found
        for config in told["components"].values()
        for key, found in config.items()
        if key.endswith("_topic")
    } | {one["topic"] for one in told["availability"]}

    assert {topic.removeprefix("peerwatt/street/home1/") for topic in topics} == published


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.name)
def test_classes_and_units_go_together(value):
    quantity = value.quantity
    allowed = STATE_CLASSES.get(quantity.device_class, {"measurement"})

    assert quantity.state_class in allowed
    if quantity.device_class == "energy":
        assert quantity.shown_unit == "kWh"
    if value.name.endswith("_per_kwh"):
        assert quantity.shown_unit.endswith("/kWh"), "else the energy dashboard takes no price"


@pytest.mark.parametrize(
    ("changes", "absent"),
    [
        ({"supply": None}, {"supply_mode", "credit_milliwh", "neighbours_price_per_kwh"}),
        ({"delivery": None}, {"delivery_mode", "delivery_event"}),
        ({"trading": None}, {"auction_reason", "auction_balance"}),
    ],
    ids=["does not buy", "does not sell", "is not at the auction"],
)
def test_a_home_tells_of_nothing_that_it_does_not_do(changes, absent):
    _, told = announced(replace(WHOLE, **changes))

    assert not absent & set(told["components"])
    assert "soc_pct" in told["components"]


def test_a_number_has_the_schemes_bounds_and_shows_what_is_in_force():
    components = announced()[1]["components"]

    for number in NUMBERS:
        held, told = range_in_file(number.key), components[number.name]
        assert (told["min"], told["max"]) == (held.low, held.high)
        assert told["step"] >= 0.001, "Home Assistant refuses a finer one, and with it the entity"
        assert told["value_template"] == f"{{{{ value_json.numbers.{number.name} }}}}"
    assert components["limit"]["unit_of_measurement"] == "%"
    assert components["budget_max_price"]["unit_of_measurement"] == "tokens/kWh"


def test_what_may_not_be_changed_over_the_broker_is_no_number_there():
    told = announced(numbers={"limit": 20.0})[1]["components"]

    assert [key for key, one in told.items() if one["platform"] == "number"] == ["limit"]


def test_without_a_panel_there_is_no_entity_of_one():
    _, told = announced(generation=None)

    assert not [key for key in told["components"] if key.startswith("generation")]
