"""Listen to all that a broker tells this user for a while, and name what looks like a meter.

Nothing is published. A program that falls silent without a listener's word (Victron's) stays so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from node.core.wire.json_text import read_json
from node.devices.sources.values import number
from node.links.broker.once import hear
from node.links.broker.session import MqttSettings
from node.parameters.sections.source import KINDS
from node.scan.found import Found, Line, Value

OURS = "peerwatt/"
MOST_TOPICS = 5000
MOST_LEAVES = 200
_POWER = re.compile(r"(power|watts?|(^|_)p|_k?w|power_total)$")
_NO_POWER = re.compile(r"battery|reactive|apparent|factor|limit|max|min|rated|peak|voltage|socket")
_CHARGE = re.compile(r"(^|_|battery)(soc|state_of_charge)$")
_ENERGY = re.compile(r"(k?wh|energy|imported|exported|total_(in|out)|total)$")
_TIMES = re.compile(r"^(time|timestamp|ts|last_seen)$")
_NAMELESS = frozenset({"state", "value", "status", "sensor", "val"})
_FEEDS = (
    ("generation", re.compile(r"pv|solar|inverter|generat|panel|produc")),
    ("connection", re.compile(r"grid|mains|connection|meter|import|net(_|$)")),
    ("load", re.compile(r"home|house|load|consum|usage")),
)
_WHICH = "load, generation or connection; none = only shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Hold the newest that was said under a topic, and whether the broker had it kept."""

    payload: bytes
    is_retained: bool


def look(settings: MqttSettings, within_s: float) -> dict[str, Heard]:
    """Listen for so long, and give the newest of each topic.

    Raises:
        BrokerUnavailable: it does not let us in, and why.
        OSError: the certificate cannot be read.
    """
    heard: dict[str, Heard] = {}

    def take(topic: str, payload: bytes, is_retained: bool) -> bool:
        if topic in heard or len(heard) < MOST_TOPICS:
            heard[topic] = Heard(payload=payload, is_retained=is_retained)
        return False

    hear(settings, ("#",), within_s, take)
    return heard


def judged(heard: dict[str, Heard], broker: str = "") -> Iterator[Found]:
    """Give what looks like a meter or a battery; `broker` is mqtt://HOST:PORT of another one."""
    for topic, one in sorted(heard.items()):
        if topic.startswith(OURS) or topic.endswith("/config"):
            continue
        numbers = dict(_numbers(topic, one.payload))
        if not numbers:
            continue
        yield from _meter(topic, numbers, one, broker)


def _meter(topic: str, numbers: dict[str, float], one: Heard, broker: str) -> Iterator[Found]:
    words = {pointer: _words(topic, pointer) for pointer in numbers}
    powers = [p for p, w in words.items() if _POWER.search(w) and not _NO_POWER.search(w)]
    charges = [p for p, w in words.items() if _CHARGE.search(w) and 0 <= numbers[p] <= 101]
    if not powers and not charges:
        return
    at = f"{broker}/{topic}" if broker else topic
    if not KINDS["mqtt"].at.fullmatch(at):
        return
    keys: dict[str, Value] = {"kind": "mqtt", "at": at}
    said = []
    whole = f"{topic} {powers[0] if powers else ''}".lower()
    if powers:
        unit = "kW" if words[powers[0]].endswith("kw") else "W"
        keys |= {"feeds": _feeds(whole), "power": powers[0]} | (
            {"unit": unit} if unit != "W" else {}
        )
        said.append(f"{numbers[powers[0]]:g} {unit}")
    if charges:
        keys["soc"] = charges[0]
        said.append(f"{numbers[charges[0]]:g} %")
    times = [pointer for pointer in _pointers(one.payload) if _TIMES.match(_last(pointer))]
    if times:
        keys["time"] = times[0]
    notes = [_WHICH] if powers else []
    energies = [p for p, w in words.items() if _ENERGY.search(w) and p not in powers]
    if energies and powers:
        notes.append(f"a register, perhaps: {', '.join(energies[:3])} (imported, exported)")
    if one.is_retained and not times:
        notes.append("it was kept by the broker, and counts once a second one comes")
    name = re.sub(r"[^a-z0-9]+", "_", topic.lower()).strip("_")[-40:].strip("_")
    line = Line(section="sources", name=name or "meter", keys=keys, why="; ".join(notes))
    yield Found(where=topic, sentence=", ".join(said), lines=(line,))


def _numbers(topic: str, payload: bytes) -> Iterator[tuple[str, float]]:
    """Give each number in a payload, by its pointer; the whole payload's is ''."""
    for pointer, value in _leaves(payload).items():
        if isinstance(value, bool):
            continue
        try:
            found = number(value)
        except ValueError:
            continue
        if found is not None:
            yield pointer, found


def _pointers(payload: bytes) -> list[str]:
    return list(_leaves(payload))


def _leaves(payload: bytes) -> dict[str, object]:
    """Give what stands in a payload, by its pointer; a payload that is no JSON is one text."""
    try:
        text = payload.decode("utf-8-sig")
    except ValueError:
        return {}
    try:
        value = read_json(text)
    except ValueError:
        return {"": text}
    if not isinstance(value, dict | list):
        return {"": text}
    found: dict[str, object] = {}
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting and len(found) < MOST_LEAVES:
        at, one = waiting.pop(0)
        if isinstance(one, dict):
            waiting += [(f"{at}/{_escaped(name)}", each) for name, each in one.items()]
        elif isinstance(one, list):
            waiting += [(f"{at}/{place}", each) for place, each in enumerate(one)]
        else:
            found[at] = one
    return found


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _last(pointer: str) -> str:
    return pointer.rpartition("/")[2].lower()


def _words(topic: str, pointer: str) -> str:
    """Give the word that names a number: of its pointer, or of its topic, in one spelling."""
    parts = [part for part in f"{topic}{pointer}".split("/") if part and not part.isdecimal()]
    while len(parts) > 1 and parts[-1].lower() in _NAMELESS:
        parts.pop()
    word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", parts[-1] if parts else "")
    return re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_")


def _feeds(words: str) -> str:
    return next((feeds for feeds, known in _FEEDS if known.search(words)), "none")
