"""`python -m node check`: touch everything the parameters name, one line each, and say what to do.

Nothing is switched, bought or published.
"""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from node.away import NoBroker
from node.checks.account import open_account
from node.checks.broker import ANSWER_WITHIN_S, broker, refused
from node.checks.clock import handed_out_time
from node.checks.relay import relay
from node.checks.secrets import secrets_in_file
from node.core.errors import ConfigError, DeviceError, NodeError
from node.core.records import BatterySample, MeterSample, PowerSample
from node.core.wire.json_text import read_json
from node.devices.measured import make_measured
from node.home.check_chain import chain
from node.home.wishes import wishes_in
from node.links.broker.once import read_retained
from node.mqtt.topics import TopicClient
from node.parameters.scheme import Parameters
from node.parameters.wishes import value_in
from node.settings import mqtt_settings
from node.system.clock import real_time_clock
from node.system.report import Finding, line, note, report
from node.system.words import own_command, told

SENSORS_WITHIN_S = 10.0
"""The first round opens every chip, which takes a busy Pi longer than a running home waits."""
SOURCES_WITHIN_S = 15.0
"""What tells by itself does so several times within it, or is told as too slow for a check."""
SETTLE_ROUNDS = 3
ROUND_PAUSE_S = 0.3


def check(parameters: Parameters, path: Path) -> int:
    """Print a line for each thing; exit status 1 if any failed."""
    return report(findings(parameters, path))


def findings(parameters: Parameters, path: Path) -> Iterator[Finding]:
    """Touch everything in turn."""
    for notice in parameters.notices:
        yield note(notice.key, notice.sentence, notice.command)
    yield from _wishes(parameters, path)
    yield from handed_out_time(parameters)
    yield from secrets_in_file(parameters, path)
    may_buy, sentence = parameters.may_buy
    if parameters.node.has_contacts and parameters.node.role != "producer":
        yield line("buying", sentence, "" if may_buy else "add a sensor for the whole load")
    yield from _sensors(parameters)
    opened, finding = open_account(parameters, "node", path)
    yield finding
    account = opened.account if opened is not None else None
    yield from chain(parameters, account, path)
    if parameters.node.has_contacts:
        yield from relay(parameters, account)
    yield from broker(parameters, account)
    yield from _utility_on_broker(parameters)


def _wishes(parameters: Parameters, path: Path) -> Iterator[Finding]:
    """Tell what is wished beside the file; it is all checked as the file has it."""
    try:
        kept = wishes_in(parameters.node.state_directory)
    except ConfigError as error:
        yield note("wishes", str(error), "remove that file: its wishes do not count")
        return
    for key, wish in kept.items():
        stands = value_in(parameters.content, key) == wish.replaces
        said = f"{wish.value} is wished by {wish.by} since {wish.at}"
        ended = "" if stands else ", and ends at the next start, as the file's value is new"
        remedy = f"write it into the file ({own_command('keep', path)}), or take it back"
        yield note(key, f"{said}{ended}", remedy)


def _sensors(parameters: Parameters) -> Iterator[Finding]:
    names = tuple(parameters.node.feeders)
    if not names:
        remedy = "name chips under node.sensors, or meters under node.sources"
        yield line("sensors", "none in the file", remedy)
        return
    street = _street(parameters)
    measured = make_measured(parameters, real_time_clock(), street or NoBroker(), SENSORS_WITHIN_S)
    told_by_s = time.monotonic() + (SOURCES_WITHIN_S if parameters.node.sources else 0.0)

    async def sample() -> list[object]:
        outcomes: list[object] = []
        rounds = 0
        while rounds < SETTLE_ROUNDS or time.monotonic() < told_by_s:
            outcomes = list(await measured.sample_all())
            if not any(isinstance(outcome, Exception) for outcome in outcomes):
                break
            await asyncio.sleep(ROUND_PAUSE_S)
            rounds += 1
        return outcomes

    try:
        if street is not None:
            street.start()
        outcomes = asyncio.run(sample())
    finally:
        measured.close()
        if street is not None:
            street.close()
    for name, outcome in zip(names, outcomes, strict=True):
        yield _sensor(parameters, name, outcome)


def _sensor(parameters: Parameters, name: str, outcome: object) -> Finding:
    what = f"sensor {name}"
    match outcome:
        case PowerSample():
            volts, amperes = outcome.bus_voltage_v, outcome.current_a
            return line(what, f"{volts:.2f} V, {amperes:+.3f} A, {outcome.power_w:+.3f} W")
        case BatterySample():
            return line(what, f"{outcome.soc_pct:.1f} %, cell {outcome.cell_voltage_v:.3f} V")
        case MeterSample():
            return line(f"source {name}", _as_told(outcome))
        case DeviceError() if name in parameters.node.sources:
            source = parameters.node.sources[name]
            remedy = f"see docs/sources.md for {source.kind}, and that {source.at} is there"
            return line(f"source {name}", told(outcome), remedy)
        case DeviceError():
            bus = parameters.node.i2c
            remedy = f"check the wiring and the address (i2cdetect -y {bus.rpartition('-')[2]})"
            return line(what, told(outcome), remedy)
        case _:
            return line(what, repr(outcome), "report this: it is a fault of ours")


def _as_told(sample: MeterSample) -> str:
    said = []
    if sample.power_w is not None:
        said.append(f"{sample.power_w:+.1f} W")
    if sample.counted is not None:
        said.append("its own registers count")
    if sample.soc_pct is not None:
        said.append(f"{sample.soc_pct:.1f} %")
    return ", ".join(said)


def _street(parameters: Parameters) -> TopicClient | None:
    """Give what hears the street's broker beside the running node; None where there is none."""
    try:
        settings = mqtt_settings(parameters, parameters.node.name, None, birth=0)
        if settings is None:
            return None
        client = TopicClient(f"{settings.client_id}-look", settings.host, settings.port)
        client.secure(settings.user, settings.password, settings.ca_file)
    except (NodeError, OSError):
        # The broker's own line says why.
        return None
    return client


def _utility_on_broker(parameters: Parameters) -> Iterator[Finding]:
    """Tell whether the utility is there that publishes the pairings."""
    terms = parameters.node.auction
    if terms is None or parameters.mqtt is None:
        return
    topic = f"peerwatt/{parameters.community}/{terms.utility}/availability"
    what = f"utility {terms.utility}"
    try:
        settings = mqtt_settings(parameters, parameters.node.name, None, birth=0)
        kept = read_retained(settings, [topic], ANSWER_WITHIN_S) if settings is not None else {}
    except (NodeError, OSError) as error:
        yield refused(error, what)
        return
    said = _availability(kept.get(topic, b""))
    if said == "online":
        yield line(what, "is there, and publishes pairings")
    else:
        sentence = f"is {said}" if said else "has said nothing on the broker"
        remedy = "ask who runs it, or set node.auction.utility to its name"
        yield note(what, f"{sentence}: meanwhile homes clear and pair by themselves", remedy)


def _availability(payload: bytes) -> str:
    try:
        said = read_json(payload)["availability"]
    except (ValueError, KeyError, TypeError):
        return ""
    return said if said in ("online", "offline") else ""
