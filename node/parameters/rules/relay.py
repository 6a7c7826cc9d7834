"""What the relay's wiring owes its board: channels, names, voltages, currents and accounts."""

from collections.abc import Iterator

from node.core.relay.board import MOST_CHANNELS, MOST_CONNECTIONS, MOST_CONSENTS, VOLTAGE_TOLERANCE
from node.parameters.problems import Complaint
from node.parameters.scheme import Parameters
from node.parameters.sections.relay import Connection, Relay
from node.parameters.types import Place

_PINS: Place = ("relay", "pins")
_EXPANDERS: Place = ("relay", "expanders")
_LAST_PLAIN, _FIRST_OF_A = 0x27, 0x38
"""Addresses of both kinds, and of a PCF8574A."""
_LOADS: Place = ("relay", "loads")
_SOURCES: Place = ("relay", "sources")


def board(whole: Parameters) -> Iterator[Complaint]:
    """See that no pin is used twice, and that channels exist and part the connections."""
    relay = whole.relay
    if len(set(relay.pins)) < len(relay.pins):
        yield Complaint(place=_PINS, value=str(list(relay.pins)), bound="distinct numbers")
    yield from _feedback(relay)
    yield from _expanders(relay)
    if len(relay.connections) > MOST_CONNECTIONS:
        yield Complaint(
            place=("relay", "connections"),
            value=f"a list of {len(relay.connections)}",
            bound=f"at most {MOST_CONNECTIONS}",
        )
    for number, connection in enumerate(relay.connections):
        place = _place(number, "channels")
        if len(set(connection.channels)) < len(connection.channels):
            yield Complaint(
                place=place, value=str(list(connection.channels)), bound="distinct channels"
            )
        for channel in sorted(set(connection.channels)):
            if channel >= relay.channels:
                yield Complaint(
                    place=place,
                    value=f"channel {channel}",
                    bound=f"0 to {relay.channels - 1}, as {_has(relay)} {relay.channels}",
                    judged_by=(_PINS, _EXPANDERS),
                )
        yield from _shares(relay, number)


def _feedback(relay: Relay) -> Iterator[Complaint]:
    """See that each feedback pin is one of its own, and for a channel that is there."""
    place: Place = ("relay", "feedback_pins")
    given = [pin for pin in relay.feedback_pins if pin is not None]
    told = str(list(relay.feedback_pins))
    if len(relay.feedback_pins) > relay.channels:
        bound = f"at most {relay.channels}, as {_has(relay)}"
        yield Complaint(place=place, value=told, bound=bound, judged_by=(_PINS, _EXPANDERS))
    if len(set(given)) < len(given):
        yield Complaint(place=place, value=told, bound="distinct numbers")
    for pin in sorted(set(given) & set(relay.pins)):
        bound = "a pin of its own, which no coil has"
        yield Complaint(place=place, value=f"pin {pin}", bound=bound, taken_by=_PINS)


def _has(relay: Relay) -> str:
    return "relay.pins and relay.expanders have" if relay.expanders else "relay.pins has"


def _expanders(relay: Relay) -> Iterator[Complaint]:
    """See that expanders have addresses and reset pins of their own, and drive what they can."""
    if not 1 <= relay.channels <= MOST_CHANNELS:
        bound = f"1 to {MOST_CHANNELS}, with relay.expanders"
        yield Complaint(place=_PINS, value=f"{relay.channels} channels", bound=bound)
    used = {*relay.pins, *(pin for pin in relay.feedback_pins if pin is not None)}
    addresses = set[int]()
    for number, expander in enumerate(relay.expanders):
        place: Place = (*_EXPANDERS, number)
        is_its = expander.address <= _LAST_PLAIN or (
            expander.chip == "pcf8574" and expander.address >= _FIRST_OF_A
        )
        if not is_its or expander.address in addresses:
            bound = "one of its kind's (0x20 to 0x27, a PCF8574A 0x38 to 0x3F), of its own"
            value = f"0x{expander.address:02X}"
            yield Complaint(place=(*place, "address"), value=value, bound=bound)
        addresses.add(expander.address)
        if expander.chip == "pcf8574" and relay.active_high:
            bound = "active_high: false, as it begins with every output high"
            yield Complaint(place=(*place, "chip"), value="pcf8574", bound=bound)
        pin = expander.reset_pin
        if pin is not None and (pin in used or expander.chip == "pcf8574"):
            bound = "a pin of its own" if pin in used else "null: it has no reset"
            yield Complaint(place=(*place, "reset_pin"), value=f"pin {pin}", bound=bound)
        if pin is not None:
            used.add(pin)


def _shares(relay: Relay, number: int) -> Iterator[Complaint]:
    """See that a channel is shared only as an ancestor's home shares its own with two sellers."""
    connection = relay.connections[number]
    channels = set(connection.channels)
    for earlier, other in enumerate(relay.connections[:number]):
        others = set(other.channels)
        one_home = connection.load == other.load
        if channels & others and not (one_home and channels - others and others - channels):
            yield Complaint(
                place=_place(number, "channels"),
                value=f"channel {min(channels & others)}",
                bound="a channel of its own",
                judged_by=(_place(number, "load"), _place(earlier, "load")),
                taken_by=_place(earlier, "channels"),
            )


def ends(whole: Parameters) -> Iterator[Complaint]:
    """See that the two ends of each connection exist and fit each other."""
    relay = whole.relay
    for number, connection in enumerate(relay.connections):
        if connection.load == connection.source:
            yield Complaint(
                place=_place(number, "source"),
                value=connection.source,
                bound="another node than its load",
                judged_by=(_place(number, "load"),),
            )
        yield from _known(relay, connection, number)
        yield from _fits(relay, connection, number)


def _known(relay: Relay, connection: Connection, number: int) -> Iterator[Complaint]:
    rated = bool(relay.loads or relay.sources)
    if rated and connection.load not in relay.loads:
        yield Complaint(
            place=_place(number, "load"),
            value=connection.load,
            bound="a name in relay.loads",
            judged_by=(_LOADS,),
        )
    if rated and connection.source not in relay.sources:
        yield Complaint(
            place=_place(number, "source"),
            value=connection.source,
            bound="a name in relay.sources",
            judged_by=(_SOURCES,),
        )


def _fits(relay: Relay, connection: Connection, number: int) -> Iterator[Complaint]:
    load, source = relay.loads.get(connection.load), relay.sources.get(connection.source)
    if load is None or source is None:
        return
    load_at, source_at = (*_LOADS, connection.load), (*_SOURCES, connection.source)
    names = (_place(number, "load"), _place(number, "source"))
    larger = max(load.nominal_v, source.nominal_v)
    if abs(load.nominal_v - source.nominal_v) > larger * VOLTAGE_TOLERANCE:
        yield Complaint(
            place=_place(number),
            value=f"load {load.nominal_v:g} V, source {source.nominal_v:g} V",
            bound="nominal voltages at most 10 % apart",
            judged_by=(*names, (*load_at, "nominal_v"), (*source_at, "nominal_v")),
        )
    if load.rated_current_a > source.max_current_a:
        yield Complaint(
            place=_place(number),
            value=f"load {load.rated_current_a:g} A",
            bound=f"at most the source's max_current_a, {source.max_current_a:g} A",
            judged_by=(
                *names,
                (*load_at, "rated_current_a"),
                (*source_at, "rated_current_a"),
                (*source_at, "max_current_a"),
            ),
        )


def rights(whole: Parameters) -> Iterator[Complaint]:
    """See that whoever may close a connection is not who consents to it."""
    for number, connection in enumerate(whole.relay.connections):
        consents = connection.consents
        if connection.holder is not None and connection.holder in consents:
            yield Complaint(
                place=_place(number, "holder"),
                value=connection.holder,
                bound="another account than those that consent",
                judged_by=(_place(number, "consents"),),
            )
        if len(consents) > MOST_CONSENTS:
            yield Complaint(
                place=_place(number, "consents"),
                value=f"a list of {len(consents)}",
                bound=f"at most {MOST_CONSENTS}",
            )
        if len(set(consents)) < len(consents):
            yield Complaint(
                place=_place(number, "consents"),
                value=f"a list of {len(consents)}",
                bound="distinct accounts",
            )


def _place(number: int, *below: str) -> Place:
    return ("relay", "connections", number, *below)
