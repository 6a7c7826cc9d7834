"""`python -m node scan`: look everywhere in turn, and print what was found with its lines."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from node.core.errors import ConfigError, NodeError
from node.devices.bus.i2c import I2cBus
from node.links.broker.session import MqttSettings
from node.parameters import load, parse
from node.parameters.scheme import Parameters
from node.scan import i2c, paste, serial, spi, topics
from node.scan.found import Found, Line, said
from node.settings import mqtt_settings
from node.system.foreign_text import lines_of
from node.system.words import told

MOST_TOPICS_SHOWN = 40
_SOCKET_TIMEOUT_S = 2.0
_PORT = 1883


def scan(options: argparse.Namespace) -> int:
    """Print it; exit status 1 where something could not be looked at.

    Raises:
        ConfigError: the file that was named cannot be used.
    """
    parameters = _parameters(options.parameters)
    troubles: list[str] = []
    found: list[Line] = []
    buses = options.i2c or [parameters.node.i2c]
    for bus in buses:
        found += _printed(f"I2C {bus}", _on_i2c(bus, parameters), troubles)
    for device in options.spi:
        found += _printed(f"SPI {device}", _on_spi(device), troubles)
    for port in options.serial or [str(port) for port in serial.ports()]:
        _progress(f"listening to {port}, {3 * options.seconds:g} s at most")
        found += _printed(f"Serial {port}", _on_serial(port, options.seconds, parameters), troubles)
    broker = _broker(options, parameters)
    if broker is not None:
        where = f"{broker.host}:{broker.port}"
        _progress(f"listening to the broker for {options.seconds:g} s")
        other = f"mqtt://{where}" if options.broker else ""
        topics_found = _on_broker(broker, options.seconds, other, parameters)
        found += _printed(f"Broker {where}", topics_found, troubles)
    shown = list(paste.lines(found, buses[-1] if buses[-1] != parameters.node.i2c else None))
    if shown:
        print("\nFor the parameters, with what only you know put in:\n")
        print("\n".join(shown))
    return 1 if troubles else 0


def _parameters(path: Path) -> Parameters:
    """Read the file, or take what holds where there is none yet."""
    try:
        return load(path)
    except ConfigError:
        if path.exists():
            raise
    _progress(f"{path} is not there: looking where a new home's things are")
    return parse("{}", str(path))


def _printed(what: str, found: Iterable[Found], troubles: list[str]) -> list[Line]:
    print(f"{what}:", flush=True)
    lines: list[Line] = []
    is_any = False
    try:
        for one in found:
            is_any = True
            print(said(one), flush=True)
            lines += one.lines
    except (i2c.StuckBus, NodeError, OSError) as error:
        print(f"  cannot be looked at: {told(error)}", flush=True)
        troubles.append(what)
    else:
        if not is_any:
            print("  nothing", flush=True)
    return lines


def _on_i2c(place: str, parameters: Parameters) -> Iterator[Found]:
    bus = I2cBus(place, socket_timeout_s=_SOCKET_TIMEOUT_S)
    named = parameters.node.sensors if place == parameters.node.i2c else {}
    try:
        yield from i2c.look(bus, named)
    finally:
        bus.close()


def _on_spi(device: str) -> Iterator[Found]:
    yield spi.look(device)


def _on_serial(port: str, seconds: float, parameters: Parameters) -> Iterator[Found]:
    ours = [
        name
        for name, source in parameters.node.sources.items()
        if source.at.partition("@")[0] == f"serial:{port}"
    ]
    if ours:
        yield Found(where=port, sentence=f"left alone: it is the file's {' and '.join(ours)}")
    else:
        yield serial.look(port, seconds)


def _on_broker(
    settings: MqttSettings, seconds: float, other: str, parameters: Parameters
) -> Iterator[Found]:
    named = {source.at for source in parameters.node.sources.values()}
    heard = topics.look(settings, seconds)
    found = [one for one in topics.judged(heard, other) if one.lines[0].keys["at"] not in named]
    yield from found[:MOST_TOPICS_SHOWN]
    left = len(found) - MOST_TOPICS_SHOWN
    if left > 0:
        yield Found(where="and", sentence=f"{left} more topics that look like meters")
    elif not found:
        why = f"{len(heard)} topics heard, and none of them looks like a meter"
        yield Found(where="#", sentence=why if heard else "nothing heard: may this user read it?")


def _broker(options: argparse.Namespace, parameters: Parameters) -> MqttSettings | None:
    if options.broker is None:
        return mqtt_settings(parameters, parameters.node.name, None, birth=0)
    host, _, port = (
        options.broker.rpartition(":") if ":" in options.broker else (options.broker, "", "")
    )
    if port and not (port.isdecimal() and 0 < int(port) < 65_536):
        raise ValueError(f"--broker {options.broker}: {port} is no port, 1 to 65535")
    password = lines_of(Path(options.password_file))[0] if options.password_file else None
    return MqttSettings(
        host=host,
        port=int(port or _PORT),
        user=options.user,
        password=password,
        ca_file=None,
        client_id="peerwatt-scan",
        keepalive_s=30,
        community=parameters.community,
        node=parameters.node.name,
        account=None,
        birth=0,
    )


def _progress(sentence: str) -> None:
    print(f"({sentence})", file=sys.stderr, flush=True)
