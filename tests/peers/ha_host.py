"""Run a real Home Assistant without its frontend, and do what is asked line by line, in JSON.

Runs inside the root that `root.py` builds, by its Python: `ha_host.py CONFIG BROKER_PORT USER
PASSWORD HTTP_PORT`. Each line of standard input is a request, each of standard output an answer.
"""

import asyncio
import json
import logging
import sys
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from homeassistant import auth, bootstrap, config_entries, loader
from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.energy.validate import async_validate
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.components.recorder.tasks import StatisticsTask
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import entity_registry
from homeassistant.helpers import recorder as recorder_helper
from homeassistant.setup import async_setup_component

SPAN = timedelta(minutes=5)


async def started(folder: str, broker: dict, http_port: int) -> HomeAssistant:
    """Start the core, the recorder, MQTT and the energy dashboard's side."""
    hass = HomeAssistant(folder)
    hass.config.skip_pip = True
    hass.config.time_zone = "UTC"
    loader.async_setup(hass)
    hass.config_entries = config_entries.ConfigEntries(hass, {})
    await bootstrap.async_load_base_functionality(hass)
    hass.auth = await auth.auth_manager_from_config(hass, [], [])
    recorder_helper.async_initialize_recorder(hass)
    config = {
        "homeassistant": {},
        "http": {"server_host": ["127.0.0.1"], "server_port": http_port},
        "recorder": {"commit_interval": 0},
    }
    for domain in ("homeassistant", "recorder"):
        assert await async_setup_component(hass, domain, config), domain
    if not hass.config_entries.async_entries("mqtt"):
        await hass.config_entries.async_add(entry_for(broker))
    for domain in ("http", "mqtt", "energy"):
        assert await async_setup_component(hass, domain, config), domain
    hass.set_state(CoreState.starting)
    await hass.async_start()
    await hass.async_block_till_done()
    return hass


def entry_for(broker: dict) -> config_entries.ConfigEntry:
    """Give what a person enters once for the broker; discovery is as it is by itself."""
    return config_entries.ConfigEntry(
        data=broker,
        discovery_keys=MappingProxyType({}),
        domain="mqtt",
        minor_version=1,
        options={},
        source="user",
        subentries_data=(),
        title="broker",
        unique_id=None,
        version=2,
    )


class Host:
    """Answer requests."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.firsts: dict[str, str] = {}
        hass.bus.async_listen("state_changed", self._note)

    def _note(self, event) -> None:
        state = event.data["new_state"]
        if state is not None and state.state not in ("unknown", "unavailable"):
            self.firsts.setdefault(state.entity_id, state.state)

    async def entities(self) -> dict:
        """Give each entity of MQTT by its unique id."""
        found = {}
        for entry in entity_registry.async_get(self.hass).entities.values():
            if entry.platform == "mqtt" and (state := self.hass.states.get(entry.entity_id)):
                found[entry.unique_id] = {
                    "entity_id": entry.entity_id,
                    "state": state.state,
                    "attributes": dict(state.attributes),
                    "category": entry.entity_category,
                }
        return found

    async def state(self, entity_id: str) -> dict | None:
        """Give any entity's state."""
        state = self.hass.states.get(entity_id)
        return state and {"state": state.state, "attributes": dict(state.attributes)}

    async def costs(self) -> list[str]:
        """Name the sensors of cost that the energy dashboard has made by itself."""
        return [one for one in self.hass.states.async_entity_ids("sensor") if one.endswith("_cost")]

    async def first_states(self) -> dict:
        """Give the first known state of each entity since this start."""
        return self.firsts

    async def call(self, domain: str, service: str, data: dict) -> None:
        """Call a service, as a person does."""
        await self.hass.services.async_call(domain, service, data, blocking=True)

    async def prefer(self, sources: list, devices: list) -> None:
        """Set up the energy dashboard."""
        manager = await async_get_manager(self.hass)
        await manager.async_update({"energy_sources": sources, "device_consumption": devices})
        await self.hass.async_block_till_done()

    async def validate(self) -> dict:
        """Give what the dashboard finds wrong."""
        return (await async_validate(self.hass)).as_dict()

    async def compile(self) -> None:
        """Compile the statistics up to now: the span that runs is counted as it is so far."""
        recorder = recorder_helper.get_instance(self.hass)
        await self.hass.async_block_till_done()
        await recorder.async_block_till_done()
        now = datetime.now(UTC)
        start = now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)
        recorder.queue_task(StatisticsTask(start - SPAN, False))
        recorder.queue_task(StatisticsTask(start, False))
        await recorder.async_block_till_done()

    async def sums(self, ids: list[str]) -> dict:
        """Give each statistic's rows of five minutes: sum and state."""
        recorder = recorder_helper.get_instance(self.hass)
        start = datetime.now(UTC) - timedelta(days=1)
        found = await recorder.async_add_executor_job(
            statistics_during_period,
            *(self.hass, start, None, set(ids), "5minute", None, {"sum", "state"}),
        )
        return {name: [dict(row) for row in rows] for name, rows in found.items()}


async def main() -> None:
    """Serve until the input ends, then stop as a person stops it."""
    folder, port, user, password, http_port = sys.argv[1:]
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    broker = {
        "broker": "127.0.0.1",
        "port": int(port),
        "username": user,
        "password": password,
        "protocol": "5",
        "discovery": True,
    }
    hass = await started(folder, broker, int(http_port))
    host = Host(hass)
    lines = asyncio.StreamReader(limit=2**20)
    reading = asyncio.StreamReaderProtocol(lines)
    await hass.loop.connect_read_pipe(lambda: reading, sys.stdin)
    print(json.dumps({"answer": "started"}), flush=True)
    while line := await lines.readline():
        request = json.loads(line)
        answer = await getattr(host, request.pop("do"))(**request)
        print(json.dumps({"answer": answer}, default=str), flush=True)
    await hass.async_stop()


asyncio.run(main())
