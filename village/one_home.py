"""`python -m village chips`: play one home's sensors and sources, for a file of one's own.

A copy of the file names played things instead of the real ones, so that a node runs without any
hardware. What is played is told to nobody: the copy has no key, and no broker of the street's.
"""

import argparse
import copy
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from node.core.errors import ConfigError, NodeError
from node.core.records import MeterName
from node.parameters import load, parse
from node.parameters.scheme import Parameters
from node.parameters.sections.sensor import Sensor
from node.parameters.spelling import Unclear
from node.system.words import called, told
from village.broker import broker_command
from village.chips.acs712 import voltages
from village.chips.bus import BusServer, PlayedBus, Served
from village.chips.mcp3008 import PlayedMcp3008
from village.chips.of_home import chips_of
from village.chips.played import Voltage, Wired
from village.folder import taken_folder
from village.interrupts import Interrupts
from village.meters.players import PLAYERS, Player, Values
from village.plant.homes_data import FONTANA_CSV, read_profiles
from village.plant.physics import Plant, View
from village.plant.street import DEFAULT_DAY, DEFAULT_HOMES, default_street
from village.processes import Processes
from village.tcp import free_port, wait_for_port

FROM_HOUR = 10
"""There is sun then, and the first hours show the most."""
STEP_S = 1.0
TOLD_EVERY = 10
MAINS = 1000.0
"""The plant is a thousandth of the data's homes; what meters see is as large as those."""
FIRST_WH = 1_000_000.0
_BROKER_WITHIN_S = 30.0
_EX_CONFIG = 78


class Places:
    """Own the folder of the played things, and a broker if one is asked for."""

    def __init__(self, directory: Path, processes: Processes) -> None:
        self.directory = directory
        self._processes = processes
        self._port: int | None = None

    def broker(self) -> int:
        """Give the port of a broker of our own, started at the first question."""
        if self._port is None:
            self._port = free_port()
            self._processes.start("broker", broker_command(self._port, self.directory))
            wait_for_port(self._port, _BROKER_WITHIN_S)
        return self._port


class PlayedHome:
    """Own the physics of one home, from an hour of the day on, in real time."""

    def __init__(self, role: str) -> None:
        profiles = read_profiles(FONTANA_CSV, homes=DEFAULT_HOMES, first_day=DEFAULT_DAY)
        street = default_street(profiles.homes, hours=24)
        self._plant = Plant(street, profiles)
        home = street.homes[-1] if role in ("producer", "prosumer") else street.homes[0]
        self.name = home.name
        self._from_s = profiles.start_s + FROM_HOUR * 3600
        self._began_s = self._summed_at_s = time.monotonic()
        self._sums: dict[MeterName | None, tuple[float, float]] = {}
        self.step()

    def step(self) -> None:
        """Let the plant come up to now, and sum up what meters count."""
        now_s = time.monotonic()
        self._plant.advance(self._from_s + now_s - self._began_s)
        passed_h = (now_s - self._summed_at_s) / 3600
        self._summed_at_s = now_s
        for meter in (None, *MeterName):
            used, given = self._sums.get(meter, (FIRST_WH, FIRST_WH))
            energy_wh = self._power_w(meter) * passed_h
            self._sums[meter] = used + max(energy_wh, 0.0), given + max(-energy_wh, 0.0)

    @property
    def view(self) -> View:
        """Give what its chips see."""
        return self._plant.view(self.name)

    def values(self, meter: MeterName | None) -> Values:
        """Give what a meter of the house knows; one that feeds nothing sees the load."""
        imported_wh, exported_wh = self._sums[meter]
        return Values(
            at_s=time.time(),
            monotonic_s=time.monotonic(),
            power_w=self._power_w(meter),
            imported_wh=imported_wh,
            exported_wh=exported_wh,
            soc_pct=self.view.soc_pct,
        )

    def _power_w(self, meter: MeterName | None) -> float:
        seen = self.view
        if meter is MeterName.GENERATION:
            return seen.generation.power_w * MAINS
        if meter is MeterName.CONNECTION:
            return (seen.load.power_w - seen.generation.power_w) * MAINS
        return seen.load.power_w * MAINS

    def wired(self, named: Sensor) -> Wired:
        """Wire a sensor to the line of the meter that it feeds; a gauge to the battery."""

        def line() -> tuple[float, float]:
            if named.feeds is None:
                return 0.0, 0.0
            seen = getattr(self.view, named.feeds.value)
            return seen.voltage_v, seen.current_a

        def battery() -> tuple[float, float]:
            return self.view.soc_pct, self.view.cell_voltage_v

        return Wired(named=named, line=line, battery=battery)


def main(arguments: Sequence[str]) -> int:
    """Play until Ctrl-C; exit status 0, 1 if something is wrong and said, 78 the parameters."""
    options = _parser().parse_args(arguments)
    try:
        parameters = load(options.parameters)
        directory = options.directory.resolve()
        with taken_folder(directory), ExitStack() as ending:
            _play(parameters, directory, ending, options.seconds)
    except ConfigError as error:
        for problem in error.problems:
            print(f"{options.parameters}: {problem}", file=sys.stderr)
        return _EX_CONFIG
    except (NodeError, OSError, ValueError) as error:
        print(f"village chips: {told(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ended")
    return 0


def _play(
    parameters: Parameters, directory: Path, ending: ExitStack, seconds: float | None
) -> None:
    node = parameters.node
    if not node.feeders:
        raise ValueError("the file names neither node.sensors nor node.sources: nothing to play")
    home = PlayedHome(node.role)
    processes = Processes(directory)
    ending.callback(processes.stop_all)
    places = Places(directory, processes)
    buses = _buses(node.sensors, home, directory)
    ending.enter_context(BusServer(buses))
    players: dict[str, Player] = {}
    for name, source in node.sources.items():
        if source.kind in PLAYERS:
            players[name] = PLAYERS[source.kind](name, source, places)
            ending.callback(players[name].close)
        else:
            print(f"node.sources.{name}: {source.kind} is not played, and stays as it is")
    copied = directory / "parameters.yml"
    text = _copy(parameters, directory, players)
    parse(text, str(copied))
    copied.write_text(text, encoding="utf-8")
    print(f"played: {', '.join([*node.sensors, *players])}. Ctrl-C ends it. In another terminal:")
    for command in ("check", "run"):
        print(f"  {called('node', 'node')} {command} --parameters {copied}", flush=True)
    Interrupts().listen()
    ends_s = None if seconds is None else time.monotonic() + seconds
    step = 0
    while ends_s is None or time.monotonic() < ends_s:
        home.step()
        for name, player in players.items():
            player.tell(home.values(node.sources[name].feeds))
        if step % TOLD_EVERY == 0:
            seen = home.view
            print(
                f"load {seen.load.power_w:.2f} W, generation {seen.generation.power_w:.2f} W,"
                f" battery {seen.soc_pct:.1f} %; meters see {MAINS:g} times as much",
                flush=True,
            )
        step += 1
        time.sleep(STEP_S)


def _buses(sensors: Mapping[str, Sensor], home: PlayedHome, directory: Path) -> dict[Path, Served]:
    """Give the played I2C bus, and each played SPI device, by its socket."""
    on_i2c = {name: one for name, one in sensors.items() if isinstance(one.at, int)}
    wired = {name: home.wired(one) for name, one in on_i2c.items()}
    found: dict[Path, Served] = {directory / "home.i2c": PlayedBus(chips_of(home.name, wired))}
    for place in sorted({one.at for one in sensors.values() if isinstance(one.at, str)}):
        channels: dict[int, Voltage] = {}
        for number, one in enumerate(sensors.values()):
            if one.at == place:
                channels |= voltages(home.wired(one), number)
                assert one.analogue is not None
                reference_v = one.analogue.reference_v
        found[_spi_socket(directory, place)] = PlayedMcp3008(channels, reference_v)
    return found


def _spi_socket(directory: Path, place: str) -> Path:
    return directory / f"{Path(place).name}.spi"


def _copy(parameters: Parameters, directory: Path, players: Mapping[str, Player]) -> str:
    """Write the file's copy: played places, a state of its own, no key and no street's broker."""
    assert isinstance(parameters.content, dict)
    content: dict[str, Any] = copy.deepcopy(parameters.content)
    for section in ("include", "mqtt", "alerts"):
        content.pop(section, None)
    node: dict[str, Any] = content.setdefault("node", {})
    for key in ("keystore", "address", "password_file", "accountpswd"):
        node.pop(key, None)
    state = directory / "state"
    state.mkdir(mode=0o700, exist_ok=True)
    node |= {"state_directory": str(state), "i2c": f"unix:{directory / 'home.i2c'}"}
    for name, sensor in parameters.node.sensors.items():
        if isinstance(sensor.at, str):
            node["sensors"][name]["analogue"]["spi"] = f"unix:{_spi_socket(directory, sensor.at)}"
    for name, player in players.items():
        source = node["sources"][name]
        source["at"] = player.at
        for key in ("user", "password_file"):
            source.pop(key, None)
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False)


class _Dumper(yaml.SafeDumper):
    """Write what YAML may be read in two ways as the file has it."""


def _as_written(dumper: yaml.SafeDumper, unclear: Unclear) -> yaml.ScalarNode:
    return dumper.represent_scalar(f"tag:yaml.org,2002:{unclear.kind}", unclear.text)


_Dumper.add_representer(Unclear, _as_written)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{called('village', 'village')} chips",
        description="Play the sensors and sources that a home's parameters file names, so that it"
        " can be tried without hardware: a copy of the file, in --directory, names what is played."
        " It has no key and no broker of the street's, so nothing is bought or told to anybody.",
    )
    parser.add_argument("--parameters", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--directory",
        type=Path,
        default=Path(".run/home"),
        help="where the copy and its state go; a new or empty folder, or one of an earlier play,"
        " which is emptied first (default .run/home)",
    )
    parser.add_argument(
        "--seconds", type=float, metavar="N", help="end after so long (default: Ctrl-C)"
    )
    return parser
