"""One source in the parameters: a meter or a program that tells of energy, and what it feeds.

`KINDS` says what each kind is: its row here, and its file of that name in `devices.sources`, are
all that there is of one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator

from node.core.records import Register
from node.parameters.sections.sensor import Meter, Side
from node.parameters.types import AbsolutePath, Number, Section, Text, key

_HOST = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)"
_PORT = r"(:[0-9]{1,5})?"
_TOPIC = r"[^\s+#]+"
_POINTER = re.compile(r"(/.*)?")
"""A JSON pointer (RFC 6901); an empty one is the whole of what is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Hold what a kind of source is.

    `at` and `picks` are how the keys of that name and `power`, `imported`, `exported`, `soc` and
    `time` look, with `at_bound` and `picks_bound` for people; without `picks` the kind knows by
    itself what is what. `reads` are the further keys that it has a use for. `extra` is what of
    pyproject.toml it needs beside the program itself.
    """

    called: str
    at: re.Pattern[str]
    at_bound: str
    picks: re.Pattern[str] | None = None
    picks_bound: str = ""
    reads: frozenset[str] = frozenset()
    tells_charge: bool = False
    extra: str | None = None


_LINE = re.compile(rf"serial:/[^@\s]+(@[0-9]{{3,6}})?|tcp://{_HOST}{_PORT}")
_LINE_BOUND = "serial:/dev/ttyUSB0, with @BAUD behind it where that is another, or tcp://HOST:PORT"
_MODBUS = re.compile(rf"tcp://{_HOST}{_PORT}(/[0-9]{{1,3}})?")
_MODBUS_BOUND = "tcp://HOST:PORT/UNIT; port 502 and unit 1 where they are not named"
_ANY = frozenset({"unit", "energy_unit", "time"})

KINDS: Mapping[str, Kind] = {
    "mqtt": Kind(
        called="a topic of a broker",
        at=re.compile(rf"(mqtt://{_HOST}{_PORT}/)?{_TOPIC}"),
        at_bound="a topic without + and #; mqtt://HOST:PORT/TOPIC is another broker's",
        picks=_POINTER,
        picks_bound="a JSON pointer, as /battery/power; '' is the whole payload",
        reads=_ANY | {"keepalive", "user", "password_file"},
        tells_charge=True,
    ),
    "http": Kind(
        called="a page of a web server",
        at=re.compile(rf"https?://{_HOST}{_PORT}(/\S*)?"),
        at_bound="a URL of http or https",
        picks=_POINTER,
        picks_bound="a JSON pointer, as /value; '' is the whole page",
        reads=_ANY | {"user", "password_file"},
        tells_charge=True,
    ),
    "file": Kind(
        called="a file of another program",
        at=re.compile(r"(?!\.)[\w.-]+(/(?!\.)[\w.-]+)*"),
        at_bound="a path below node.state_directory, as meters/house.json",
        picks=_POINTER,
        picks_bound="a JSON pointer, as /power; '' is the whole file",
        reads=_ANY,
        tells_charge=True,
    ),
    "citizenwatt": Kind(
        called="a sensor of a CitizenWatt box",
        at=re.compile(rf"https?://{_HOST}{_PORT}/?"),
        at_bound="the box's URL",
        picks=re.compile(r"[0-9]{1,6}"),
        picks_bound="the sensor's id; '1' where it is not named",
        reads=frozenset({"user", "password_file"}),
    ),
    "citizenwatt_serial": Kind(
        called="CitizenWatt's Arduino",
        at=re.compile(r"serial:/[^@\s]+(@[0-9]{3,6})?"),
        at_bound="serial:/dev/ttyUSB0",
        reads=frozenset({"password_file"}),
    ),
    "p1": Kind(called="a smart meter's P1 port (DSMR 4 and 5)", at=_LINE, at_bound=_LINE_BOUND),
    "sml": Kind(
        called="a smart meter that speaks SML", at=_LINE, at_bound=_LINE_BOUND, extra="sml"
    ),
    "modbus": Kind(
        called="a meter's registers over Modbus TCP",
        at=_MODBUS,
        at_bound=_MODBUS_BOUND,
        picks=re.compile(
            r"(input|holding):[0-9]{1,5}:"
            r"(float32|float64|int16|uint16|int32|uint32|int64|uint64)(_swapped)?"
        ),
        picks_bound="TABLE:REGISTER:TYPE, as input:52:float32, the register counted from 0",
        reads=frozenset({"unit", "energy_unit"}),
        tells_charge=True,
        extra="modbus",
    ),
    "sunspec": Kind(
        called="a SunSpec inverter, meter or battery over Modbus TCP",
        at=_MODBUS,
        at_bound=_MODBUS_BOUND,
        picks=re.compile(r"([0-9]{3,5}\.\w+)?"),
        picks_bound="MODEL.POINT, as 701.W; '' is the usual one",
        tells_charge=True,
        extra="sunspec",
    ),
    "s0": Kind(
        called="a meter's S0 output on a pin",
        at=re.compile(r"gpio:[0-9]{1,2}(@[0-9]{1,2})?|unix:/\S+"),
        at_bound="gpio:17, by the number of BCM; gpio:17@4 is a line of /dev/gpiochip4",
        reads=frozenset({"pulses_per_kwh", "debounce_ms"}),
    ),
}


def _is_a_kind(found: str) -> str:
    if found not in KINDS:
        raise ValueError
    return found


PICKS = ("power", "imported", "exported", "soc")
"""What a source may tell, each by where it stands in what it says."""
FURTHER = (
    "time",
    "unit",
    "energy_unit",
    "pulses_per_kwh",
    "debounce_ms",
    "keepalive",
    "user",
    "password_file",
)
"""Keys for which not every kind has a use."""


class DataSource(Section):
    """Hold one source: where it is, what of it is told, and what that feeds."""

    kind: Annotated[Text, AfterValidator(_is_a_kind)] = key(
        ..., "what it is", bound=", ".join(KINDS)
    )
    at: Text = key(..., "where it is", bound="as its kind has it: docs/sources.md")
    feeds: Meter = key(
        None, "the meter that it feeds", bound="load, generation, connection or none"
    )
    positive: Register = key(
        "import",
        "the register that positive power feeds, and its own import; import = into the home",
        bound="import or export",
    )
    side: Side = key(
        "both", "the side of the contact that it sees, if there is one", bound="own, seller or both"
    )
    power: Text | None = key(
        None,
        "what of it is the power",
        bound="as its kind has it: docs/sources.md",
        told="null; the kind's own, or the whole payload where nothing else is named",
    )
    imported: Text | None = key(
        None,
        "what of it is a register of energy used, which then counts instead of the power",
        bound="as power",
        told="null; the kind's own",
    )
    exported: Text | None = key(
        None, "likewise of energy given", bound="as power", told="null; the kind's own"
    )
    soc: Text | None = key(None, "what of it is a battery's state of charge", bound="as power")
    time: Text | None = key(
        None,
        "what of it is the instant that it tells of: seconds since 1970, or ISO 8601",
        bound="as power",
    )
    unit: Literal["W", "kW", "mW"] = key("W", "the power's unit", bound="W, kW or mW")
    energy_unit: Literal["Wh", "kWh"] = key("kWh", "the registers' unit", bound="Wh or kWh")
    scale: Number = key(
        1,
        "what power and energy are multiplied by, or a charge that is all it tells",
        bound="a number other than 0, up to a million",
        low=-1_000_000,
        high=1_000_000,
    )
    pulses_per_kwh: Number | None = key(
        None, "the pulses of a kilowatt-hour, as the meter's plate has them", low=0.1, high=100_000
    )
    debounce_ms: Number | None = key(
        None,
        "what is shorter is no pulse, but the contact's bouncing or noise",
        "ms",
        low=1,
        high=25,
        told="null; 5",
    )
    most_w: Number = key(
        100_000, "more power than this, or energy at it, is implausible", "W", low=1, high=1e9
    )
    every_s: Number = key(5, "time between questions, where it is asked", "s", low=0.2, high=3600)
    max_age_s: Number = key(60, "what is told is stale when it is older", "s", low=0.5, high=3600)
    keepalive: Text | None = key(
        None,
        "a topic that is sent an empty message every 30 s, so that it goes on telling",
        bound="a topic without + and #",
    )
    user: Text | None = key(None, "the user to log in as; null = none", bound="text, in quotes")
    password_file: AbsolutePath | None = key(
        None, "a file of mode 0600 with the password, or the key", bound="an absolute path"
    )

    @property
    def row(self) -> Kind:
        """Give what its kind is."""
        return KINDS[self.kind]
