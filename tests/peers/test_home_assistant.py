"""A real Home Assistant finds a home by itself, at a broker with the installer's rules.

Chain, relay, broker, two neighbours and Home Assistant are processes; what the chips show is set
here. `make test-peers` runs it. The tests share one Home Assistant and stand each for itself.
"""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from os import kill
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client

from node.core.errors import Refused
from node.links.broker.once import read_retained
from tests.factories.mqtt import mqtt_settings
from tests.parts.installed_broker import BROKER, InstalledBroker
from tests.parts.neighbours import BUYER, REAL_TIME, SELLER, Neighbours, neighbours
from tests.parts.waiting import until
from tests.peers.home_assistant import HomeAssistant
from tests.peers.root import built_root
from village.chips.outfits import GAUGE_ADDRESS
from village.households import COMMUNITY, RELAY
from village.tcp import wait_for_port

pytestmark = pytest.mark.peers

FROZEN = Path(__file__).parent.parent / "node/home/outward/unique_ids.txt"
NOT_THE_BUYERS = ("auction", "delivery", "earned", "forecast", "as_the_last", "offer")
ROOT_TOPIC = f"peerwatt/{COMMUNITY}/{BUYER}"
DISCOVERY = f"homeassistant/device/{BUYER}/{COMMUNITY}/config"
CLASSES = ("device_class", "state_class", "unit_of_measurement", "options", "min", "max", "step")
HALF_A_MILLIWH = 0.5e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Hold what runs; entities are named by their keys."""

    street: Neighbours
    broker: InstalledBroker
    assistant: HomeAssistant

    def entity(self, key: str) -> dict[str, Any]:
        """Give a home's entity by its key, once it is there."""
        unique_id = f"peerwatt_{COMMUNITY}_{BUYER}_{key}"
        found = until(lambda: self.assistant.ask("entities").get(unique_id), f"{key} is there")
        assert found is not None
        return found

    def until(self, key: str, wanted: str) -> None:
        """Wait until an entity has a state."""
        self.assistant.until_state(self.entity(key)["entity_id"], wanted)

    def until_agreed(self, key: str, meter: str, register: str) -> float:
        """Wait until a register there is the node's own, and give it in kWh."""

        def agreed() -> float | None:
            try:
                own = self.street.status(BUYER).get(meter)
            except Refused:
                # It is about to listen.
                return None
            said = self.entity(key)["state"]
            if own is None or said in ("unknown", "unavailable"):
                return None
            return float(said) if round(float(said) * 1e6) == own[register] else None

        found = until(agreed, f"{key} is as the node has it")
        assert found is not None
        return found

    def restart_broker(self) -> None:
        """Kill it and start it again: it has forgotten all that was retained."""
        self.broker.process.kill()
        self.broker.process.wait(20)
        self.broker.process = subprocess.Popen([BROKER, "-c", str(self.broker.root / "here.conf")])
        wait_for_port(self.broker.port, 60)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A home that buys beside one that sells; Home Assistant is there before the home is."""
    folder = tmp_path_factory.mktemp("peers")
    names = f"community: {COMMUNITY}\nrelay:\n  name: {RELAY}\n"
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        broker = InstalledBroker(folder / "root", names)
        stack.callback(broker.close)
        password = broker.add("hass", BUYER, as_home_assistant=True)
        street = stack.enter_context(neighbours(folder, REAL_TIME, installed=broker))
        assistant = HomeAssistant(built_root(), folder / "hass", broker.port, "hass", password)
        stack.callback(assistant.stop)
        assistant.start()
        street.start(SELLER)
        street.start(BUYER)
        ready = House(street=street, broker=broker, assistant=assistant)
        ready.until("supply_mode", "own_source")
        yield ready


def test_every_entity_appears_with_its_class(house: House) -> None:
    password = house.broker.add("reader", BUYER, as_home_assistant=True)
    settings = mqtt_settings("reader", port=house.broker.port, user="reader", password=password)
    told = json.loads(read_retained(settings, (DISCOVERY,), 20.0)[DISCOVERY])["components"]
    frozen = FROZEN.read_text().replace("peerwatt_street_home1_", "").splitlines()
    wanted = {tuple(line.split()[::-1]) for line in frozen}
    wanted = {(key, kind) for key, kind in wanted if not key.startswith(NOT_THE_BUYERS)}
    found = house.assistant.ask("entities")
    prefix = f"peerwatt_{COMMUNITY}_{BUYER}_"

    assert wanted == {
        (unique_id.removeprefix(prefix), entity["entity_id"].split(".")[0])
        for unique_id, entity in found.items()
    }
    for key, config in told.items():
        entity = found[config["unique_id"]]
        attributes = entity["attributes"]
        assert attributes["friendly_name"] == f"{BUYER} {config['name']}"
        assert entity["entity_id"].split(".")[1].startswith(BUYER), key
        assert entity["category"] == config.get("entity_category"), key
        for name in CLASSES:
            assert attributes.get(name) == config.get(name), (key, name)
    house.until("soc_pct", "60.0")


def test_the_switch_keeps_the_home_on_its_own_source_and_lets_it_go(house: House) -> None:
    switch = house.entity("own_source")["entity_id"]
    for service, state, wish in (("turn_on", "on", True), ("turn_off", "off", False)):
        house.assistant.ask("call", domain="switch", service=service, data={"entity_id": switch})
        until(lambda: house.street.status(BUYER)["wants_own_source"] is wish, service)  # noqa: B023
        house.assistant.until_state(switch, state)


def test_a_purchase_is_told_with_its_price_and_its_reason(house: House) -> None:
    world = house.street.world
    world.soc_pct[BUYER] = 15.0
    house.until("supply_mode", "on_seller")
    until(
        lambda: house.entity("supply_event")["attributes"].get("event_type") == "on_seller",
        "the event is told",
    )
    reason = house.entity("supply_reason")
    price = house.entity("neighbours_price_per_kwh")
    until(lambda: float(house.entity("fed_by_neighbours_milliwh")["state"]) > 0, "it is fed")
    world.soc_pct[BUYER] = 60.0
    house.until("supply_mode", "own_source")

    assert reason["state"] == reason["attributes"]["sentence"]
    assert "from home2 at 0.16/kWh" in reason["state"]
    assert (price["state"], price["attributes"]["unit_of_measurement"]) == ("0.16", "tokens/kWh")


def test_unknown_is_unknown_and_never_zero(house: House) -> None:
    chips = house.street.buses[BUYER].chips
    gauge = chips.pop(GAUGE_ADDRESS)
    house.until("soc_pct", "unknown")
    house.until("faults", "on")
    faults = house.entity("faults")["attributes"]["faults"]
    chips[GAUGE_ADDRESS] = gauge
    house.until("soc_pct", "60.0")
    house.until("faults", "off")

    assert faults


def test_offline_is_unavailable_until_the_home_is_back(house: House) -> None:
    house.street.processes.stop(BUYER)
    for key in ("soc_pct", "load_import_milliwh", "supply_mode", "own_source"):
        house.until(key, "unavailable")
    house.street.start(BUYER)
    house.until("supply_mode", "own_source")
    house.until("soc_pct", "60.0")


def test_a_late_death_of_an_earlier_life_leaves_the_home_available(house: House) -> None:
    topic, heard = f"{ROOT_TOPIC}/availability", []
    answers: list[str] = []
    stranger: Client = house.broker.client("peerwatt-node", house.broker.password("node"), answers)
    until(lambda: answers == ["Success"], "let in")
    stranger.on_message = lambda _c, _u, message: heard.append(json.loads(message.payload))
    stranger.subscribe(topic, 1)
    until(lambda: heard, "the life is heard")
    stranger.publish(topic, '{"availability": "offline", "birth": 0}', 1, True)
    until(lambda: len(heard) == 3, "its death, and that it lives on")
    stranger.disconnect()
    stranger.loop_stop()

    assert [one["availability"] for one in heard] == ["online", "offline", "online"]
    house.until("soc_pct", "60.0")


def test_no_kwh_appears_or_is_lost_over_restarts(house: House) -> None:
    """Of the node, ended and killed; of the broker, which forgets all; and of Home Assistant."""
    keys = ("load_import_milliwh", "connection_import_milliwh", "fed_by_neighbours_milliwh")
    ids = {key: house.entity(key)["entity_id"] for key in keys}
    firsts = house.assistant.ask("first_states")
    price = house.entity("neighbours_price_per_kwh")["entity_id"]
    house.assistant.ask(
        "prefer",
        sources=[
            grid(ids["connection_import_milliwh"], price),
            grid(ids["fed_by_neighbours_milliwh"], price),
            {
                "type": "solar",
                "stat_energy_from": house.entity("generation_import_milliwh")["entity_id"],
                "config_entry_solar_forecast": None,
            },
        ],
        devices=[{"stat_consumption": ids["load_import_milliwh"]}],
    )
    before = house.until_agreed("load_import_milliwh", "load", "import_milliwh")

    house.street.processes.stop(BUYER)
    house.until("load_import_milliwh", "unavailable")
    house.street.start(BUYER)
    house.until_agreed("load_import_milliwh", "load", "import_milliwh")
    kill(house.street.processes.pid_of(BUYER), signal.SIGKILL)
    house.until("load_import_milliwh", "unavailable")
    house.street.start(BUYER)
    house.until_agreed("load_import_milliwh", "load", "import_milliwh")
    house.restart_broker()
    house.until_agreed("load_import_milliwh", "load", "import_milliwh")
    house.assistant.stop()
    house.assistant.start()
    for key, meter in zip(keys[:2], ("load", "connection"), strict=True):
        house.until_agreed(key, meter, "import_milliwh")
    house.assistant.ask("compile")
    sums = house.assistant.ask("sums", ids=list(ids.values()))

    for key, entity_id in ids.items():
        rows = sums[entity_id]
        grown = rows[-1]["state"] - float(firsts[entity_id])
        assert rows[-1]["sum"] == pytest.approx(grown, abs=HALF_A_MILLIWH), key
        assert rows[-1]["sum"] >= 0, key
    assert sums[ids["load_import_milliwh"]][-1]["state"] >= before
    assert problems(house.assistant.ask("validate")) == []
    assert len(house.assistant.ask("costs")) == 2


def test_a_number_is_changed_and_counts_and_a_refused_one_stays_as_it_was(house: House) -> None:
    """The limit is raised above the charge: the home buys, for it, and ends when it is let down."""

    def put(key: str, value: float) -> None:
        data = {"entity_id": house.entity(key)["entity_id"], "value": value}
        house.assistant.ask("call", domain="number", service="set_value", data=data)

    def numbers() -> dict[str, float]:
        found: dict[str, float] = house.street.status(BUYER)["numbers"]
        return found

    before = numbers()
    assert float(house.entity("limit")["state"]) == before["limit"]
    for key in ("resume", "sell_floor"):
        put(key, 90)
        house.until(key, "90.0")
    put("limit", 70)
    house.until("limit", "70.0")
    house.until("supply_mode", "on_seller")
    put("limit", 92)
    put("budget_max_price", 0.75)
    house.until("budget_max_price", "0.75")
    refused = numbers()
    for key in ("limit", "sell_floor", "resume", "budget_max_price"):
        put(key, before[key])
        house.until(key, str(before[key]))
    house.until("supply_mode", "own_source")

    assert (refused["limit"], refused["budget_max_price"]) == (70, 0.75)
    assert numbers() == before


def grid(energy: str, price: str) -> dict[str, Any]:
    """Give a grid source with a price, as the dashboard's form makes it."""
    flow = {
        "stat_energy_from": energy,
        "stat_cost": None,
        "entity_energy_price": price,
        "number_energy_price": None,
    }
    return {"type": "grid", "flow_from": [flow], "flow_to": [], "cost_adjustment_day": 0.0}


def problems(found: dict[str, Any]) -> list[object]:
    """Give what is complained of, of all sources and devices."""
    sources = found["energy_sources"] + found["device_consumption"]
    return [issue for source in sources for issue in source]
