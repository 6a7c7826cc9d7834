"""What the sensors' keys owe each other: each chip can be what it is said to be, in its place."""

from collections.abc import Iterator
from itertools import combinations

from node.parameters.problems import Complaint
from node.parameters.scheme import Parameters
from node.parameters.sections.analogue import MOST_SUPPLY_V
from node.parameters.sections.chips import CHIPS, Gives
from node.parameters.sections.home import Home
from node.parameters.sections.sensor import Sensor
from node.parameters.types import Place

_RANGES_A = (5, 20, 30)
"""The ACS712's types."""


def sensors(whole: Parameters) -> Iterator[Complaint]:
    """See that each chip can be what it is said to be, and that no two share an address."""
    home = whole.node
    for name, sensor in home.sensors.items():
        place: Place = ("node", "sensors", name)
        yield from _address(sensor, place)
        yield from _channel(sensor, place)
        yield from _analogue(sensor, place)
        match sensor.kind.gives:
            case Gives.POWER:
                yield from _power(home, sensor, place)
            case Gives.CHARGE:
                yield from _charge(sensor, place)
    for (first, one), (second, other) in combinations(home.sensors.items(), 2):
        if one.at != other.at or _share(one, other):
            continue
        is_line = bool(one.chip == other.chip and one.kind.channels)
        yield Complaint(
            place=("node", "sensors", second, "channel" if is_line else "address"),
            value=f"{other.line}" if is_line else f"0x{other.address:02x}",
            bound="a channel of its own" if is_line else "an address of its own",
            judged_by=(("node", "sensors", first), ("node", "sensors", second, "chip")),
            taken_by=("node", "sensors", first),
        )


def _share(one: Sensor, other: Sensor) -> bool:
    """Say whether two sensors are lines of one chip, each its own."""
    return bool(one.chip == other.chip and one.kind.channels and one.line != other.line)


def _as_shown(address: int) -> str:
    """Say how an address is written that was copied from a table of hexadecimal ones."""
    meant = int(str(address), 16)
    is_one = any(meant in kind.addresses for kind in CHIPS.values())
    return f"; {address} is decimal, and i2cdetect's {address} is 0x{address}" if is_one else ""


def _address(sensor: Sensor, place: Place) -> Iterator[Complaint]:
    kind = sensor.kind
    if sensor.address not in kind.addresses:
        first, last = (f"0x{address:02x}" for address in (kind.addresses[0], kind.addresses[-1]))
        bound = first if first == last else f"{first} to {last}"
        yield Complaint(
            place=(*place, "address"),
            value=f"0x{sensor.address:02x}",
            bound=f"{bound} for {kind.called}{_as_shown(sensor.address)}",
            judged_by=((*place, "chip"),),
        )


def _channel(sensor: Sensor, place: Place) -> Iterator[Complaint]:
    channels = sensor.kind.channels
    if sensor.channel is None or sensor.channel in channels:
        return
    bound = f"{channels[0]} to {channels[-1]}" if channels else "none"
    yield Complaint(
        place=(*place, "channel"),
        value=str(sensor.channel),
        bound=f"{bound} for {sensor.kind.called}",
        judged_by=((*place, "chip"),),
    )


def _analogue(sensor: Sensor, place: Place) -> Iterator[Complaint]:
    chip, found, called = (*place, "chip"), sensor.analogue, sensor.kind.called
    if (found is not None) is not sensor.kind.is_analogue:
        yield Complaint(
            place=(*place, "analogue"),
            value="missing" if found is None else "given",
            bound=f"needed for {called}" if found is None else f"not for {called}",
            judged_by=(chip,),
        )
    if found is None:
        return
    if found.range_a not in _RANGES_A:
        yield Complaint(
            place=(*place, "analogue", "range_a"), value=f"{found.range_a}", bound="5, 20 or 30"
        )
    if found.adc == "mcp3008" and found.divider * MOST_SUPPLY_V > found.reference_v * 1.000001:
        yield Complaint(
            place=(*place, "analogue", "divider"),
            value=f"{found.divider:.4g}",
            bound=f"at most {found.reference_v / MOST_SUPPLY_V:.4g}: {MOST_SUPPLY_V:g} V must stay"
            f" within the reference, {found.reference_v:g} V",
            judged_by=((*place, "analogue", "reference_v"), (*place, "analogue", "adc")),
        )
    last = 3 if found.adc == "ads1115" else 7
    lines = {"supply_channel": found.supply_channel, "voltage_channel": found.voltage_channel}
    taken = {sensor.line}
    for name, channel in lines.items():
        if channel is None:
            continue
        if channel > last or channel in taken:
            yield Complaint(
                place=(*place, "analogue", name),
                value=f"{channel}",
                bound=f"0 to {last}, and another than the sensor's other channels",
                judged_by=((*place, "channel"), (*place, "analogue", "adc")),
            )
        taken.add(channel)
    if sensor.line is not None and sensor.line > last:
        yield Complaint(
            place=(*place, "channel"),
            value=f"{sensor.line}",
            bound=f"0 to {last} for an {found.adc}",
            judged_by=((*place, "analogue", "adc"),),
        )


def _power(home: Home, sensor: Sensor, place: Place) -> Iterator[Complaint]:
    chip = (*place, "chip")
    if "feeds" not in sensor.model_fields_set:
        yield Complaint(
            place=(*place, "feeds"),
            value="missing",
            bound="load, generation, connection or none",
            judged_by=(chip,),
        )
    highest_v = sensor.kind.highest_shunt_v
    if highest_v and sensor.shunt_ohms * sensor.max_current_a > highest_v * 1.000001:
        yield Complaint(
            place=(*place, "max_current_a"),
            value=f"{sensor.max_current_a:g}",
            bound=f"at most {highest_v / sensor.shunt_ohms:g} A: {sensor.kind.called} sees"
            f" {highest_v:g} V over {sensor.shunt_ohms:g} ohm",
            judged_by=(chip, (*place, "shunt_ohms")),
        )
    unsure = home.role == "prosumer" and "positive" not in sensor.model_fields_set
    if unsure and sensor.feeds is not None and sensor.feeds.value == "connection":
        yield Complaint(
            place=(*place, "positive"),
            value="missing",
            bound="import or export: a prosumer's connection runs both ways",
            judged_by=(chip, (*place, "feeds"), ("node", "role")),
        )


def _charge(sensor: Sensor, place: Place) -> Iterator[Complaint]:
    chip = (*place, "chip")
    if sensor.feeds is not None:
        yield Complaint(
            place=(*place, "feeds"),
            value=sensor.feeds.value,
            bound=f"none: {sensor.kind.called} measures no power",
            judged_by=(chip,),
        )
