"""Let Home Assistant find a home by itself: one retained message says what its topics mean.

Device discovery: https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload. Ids are
made of community, node and key, never of the account: a new key orphans no statistics. A test
holds them to a file; one that has been told once is never told under another name.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from node.core.delivery.state import Delivery
from node.core.supply.state import Mode
from node.home.numbers import NUMBERS, Number
from node.home.snapshot import VALUES, Seen, Value
from node.parameters.wishes import range_in_file
from node.ports import Broker

MOST_LETTERS = 255
"""A longer state would be unknown there; the whole sentence stands among the attributes."""
_QOS = 1
"""Of each component: what stands at the device is not inherited by all versions."""
_STEPS = {"%": 1.0, "Wh": 1.0, "tokens": 0.001, "tokens per kWh": 0.001}
"""Of the arrows beside a number; it knows none below 0.001."""

Config = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Hold what Home Assistant shows beside the values; topics are below the node's own."""

    key: str
    title: str
    platform: str
    config: Config
    is_told: Callable[[Seen], bool] = lambda _: True


def _buys(seen: Seen) -> bool:
    return seen.state.supply is not None


def _sells(seen: Seen) -> bool:
    return seen.state.delivery is not None


def _trades(seen: Seen) -> bool:
    return seen.state.trading is not None


def _reason(part: str) -> Config:
    told = f"{{'sentence': value_json.{part}.reason, 'waiting': value_json.{part}.waiting}}"
    return {
        "state_topic": "state",
        "value_template": f"{{{{ value_json.{part}.reason[:{MOST_LETTERS}] }}}}",
        "json_attributes_topic": "state",
        "json_attributes_template": f"{{{{ {told} | tojson }}}}",
    }


def _mode(part: str, modes: type[Mode] | type[Delivery]) -> Config:
    return {
        "device_class": "enum",
        "options": [mode.value for mode in modes],
        "state_topic": "state",
        "value_template": f"{{{{ value_json.{part}.mode }}}}",
    }


def _event(part: str, modes: type[Mode] | type[Delivery]) -> Config:
    return {"event_types": [mode.value for mode in modes], "state_topic": f"event/{part}"}


def _number(number: Number) -> Entity:
    held = range_in_file(number.key)
    return Entity(
        key=number.name,
        title=number.title,
        platform="number",
        config={
            "command_topic": f"command/{number.name}",
            "state_topic": "state",
            "value_template": f"{{{{ value_json.numbers.{number.name} }}}}",
            "min": held.low,
            "max": held.high,
            "step": _STEPS[held.unit],
            "mode": "box",
            "unit_of_measurement": held.unit.replace(" per ", "/"),
            "entity_category": "config",
        },
        is_told=lambda seen: number.name in seen.numbers,
    )


ENTITIES = (
    Entity(
        key="own_source",
        title="Stay on my own source",
        platform="switch",
        config={
            "command_topic": "command/own_source",
            "state_topic": "state",
            "value_template": "{{ 'ON' if value_json.wants_own_source else 'OFF' }}",
        },
    ),
    Entity(
        key="faults",
        title="Faults",
        platform="binary_sensor",
        config={
            "device_class": "problem",
            "state_topic": "state",
            "value_template": "{{ 'ON' if value_json.faults else 'OFF' }}",
            "json_attributes_topic": "state",
            "json_attributes_template": "{{ {'faults': value_json.faults} | tojson }}",
        },
    ),
    Entity(
        key="supply_mode",
        title="Supply",
        platform="sensor",
        config=_mode("supply", Mode),
        is_told=_buys,
    ),
    Entity(
        key="supply_reason",
        title="Supply's reason",
        platform="sensor",
        config=_reason("supply"),
        is_told=_buys,
    ),
    Entity(
        key="supply_event",
        title="Supply's changes",
        platform="event",
        config=_event("supply", Mode),
        is_told=_buys,
    ),
    Entity(
        key="delivery_mode",
        title="Delivery",
        platform="sensor",
        config=_mode("delivery", Delivery),
        is_told=_sells,
    ),
    Entity(
        key="delivery_reason",
        title="Delivery's reason",
        platform="sensor",
        config=_reason("delivery"),
        is_told=_sells,
    ),
    Entity(
        key="delivery_event",
        title="Delivery's changes",
        platform="event",
        config=_event("delivery", Delivery),
        is_told=_sells,
    ),
    Entity(
        key="auction_reason",
        title="Auction's reason",
        platform="sensor",
        config=_reason("auction"),
        is_told=_trades,
    ),
    *map(_number, NUMBERS),
)
"""To add what is no value of `VALUES`: a row; a number's is in `NUMBERS`."""


class Device:
    """Tell Home Assistant of a home, once in its life."""

    def __init__(self, broker: Broker, community: str, name: str, role: str, version: str) -> None:
        self._broker = broker
        self._community = community
        self._name = name
        self._role = role
        self._version = version
        self._is_announced = False

    def announce(self, seen: Seen) -> None:
        """Publish which of the values and entities this home has."""
        if self._is_announced:
            return
        self._is_announced = True
        # A node is its broker's user, which a rule of the broker can name.
        topic = f"homeassistant/device/{self._name}/{self._community}/config"
        self._broker.announce(topic, json.dumps(self._whole(seen)))

    def _whole(self, seen: Seen) -> Config:
        identity = f"peerwatt_{self._community}_{self._name}"
        components = {value.name: _sensor(value) for value in VALUES if value.is_told(seen)}
        components |= {
            entity.key: {"platform": entity.platform, "name": entity.title, **entity.config}
            for entity in ENTITIES
            if entity.is_told(seen)
        }
        return {
            "device": {
                "identifiers": [identity],
                "name": self._name,
                "manufacturer": "Peerwatt",
                "model": self._role,
                "sw_version": self._version,
            },
            "origin": {"name": "Peerwatt", "sw_version": self._version},
            "availability": [
                {
                    "topic": f"{self._root}/availability",
                    "value_template": "{{ value_json.availability }}",
                }
            ],
            "components": {
                key: {"unique_id": f"{identity}_{key}", "qos": _QOS, **self._rooted(config)}
                for key, config in components.items()
            },
        }

    @property
    def _root(self) -> str:
        return f"peerwatt/{self._community}/{self._name}"

    def _rooted(self, config: Config) -> Config:
        return {
            key: f"{self._root}/{value}" if key.endswith("_topic") else value
            for key, value in config.items()
        }


def _sensor(value: Value) -> Config:
    quantity = value.quantity
    # Of null there is no quotient; as it is it makes the entity unknown, and never zero.
    shown = f"value_json.value / {quantity.divisor} if value_json.value is number else none"
    config: dict[str, object] = {
        "platform": "sensor",
        "name": value.title,
        "state_topic": f"measurement/{value.name}",
        "value_template": f"{{{{ {shown} }}}}",
        "unit_of_measurement": quantity.shown_unit,
        "state_class": quantity.state_class,
        "suggested_display_precision": quantity.precision,
    }
    if quantity.device_class is not None:
        config["device_class"] = quantity.device_class
    if value.is_detail:
        config["entity_category"] = "diagnostic"
    return config
