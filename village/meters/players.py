"""Play the sources of a parameters file, each kind over its own wire, by what it would say."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from node.core.records import Register
from node.devices.sources.values import WATT_HOURS, WATTS
from node.parameters.sections.source import DataSource
from village.meters.bridge import Bridge
from village.meters.frames import frame
from village.meters.pulses import PulseLine
from village.meters.telegrams import telegram
from village.meters.topics import TopicTeller
from village.meters.web import PlayedWeb


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Hold what a meter knows at a calendar instant: watts into the home, watt-hours, per cent.

    `monotonic_s` is that instant by the clock of the kernel's edges.
    """

    at_s: float
    monotonic_s: float
    power_w: float
    imported_wh: float
    exported_wh: float
    soc_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """Hold one played source: what a file names instead of the real one, and how it is told."""

    at: str
    tell: Callable[[Values], None]
    close: Callable[[], None]


class Places(Protocol):
    """Say where played things may stand."""

    directory: Path

    def broker(self) -> int:
        """Give the port of a broker of our own, started at the first question."""
        ...


Play = Callable[[str, DataSource, Places], Player]


def document(source: DataSource, values: Values) -> str:
    """Write what a program would say, with each value where the source's picks look for it."""
    sign = 1 if source.positive is Register.IMPORT else -1
    scale = source.scale if source.soc is None or source.power is not None else 1.0
    energy = WATT_HOURS[source.energy_unit] * abs(scale)
    said: dict[str, float] = {}
    power = source.power
    if power is None and source.imported is None and source.exported is None and source.soc is None:
        power = ""
    for pick, value in (
        (power, sign * values.power_w / (WATTS[source.unit] * scale)),
        (source.imported, values.imported_wh / energy),
        (source.exported, values.exported_wh / energy),
        (source.soc, values.soc_pct),
        (source.time, values.at_s),
    ):
        if pick is not None:
            said[pick] = value
    if set(said) == {""}:
        return f"{said['']:.3f}"
    whole: dict[str, object] = {}
    for pick, value in said.items():
        _put(whole, pick, value)
    return json.dumps(whole)


def _put(whole: dict[str, object], pointer: str, value: float) -> None:
    *steps, last = [
        step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:] or [""]
    ]
    for step in steps:
        inner = whole.setdefault(step, {})
        assert isinstance(inner, dict)
        whole = inner
    whole[last] = round(value, 6)


def _file(name: str, source: DataSource, places: Places) -> Player:
    path = places.directory / "state" / source.at

    def tell(values: Values) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.new")
        beside.write_text(document(source, values), encoding="utf-8")
        beside.replace(path)

    return Player(at=source.at, tell=tell, close=lambda: None)


def _http(name: str, source: DataSource, places: Places) -> Player:
    web = PlayedWeb()

    def tell(values: Values) -> None:
        said = document(source, values).encode()
        web.answer = lambda path, form: (200, said)

    path = "/" + source.at.split("/", 3)[3] if source.at.count("/") > 2 else ""
    return Player(at=web.url + path, tell=tell, close=web.close)


def _mqtt(name: str, source: DataSource, places: Places) -> Player:
    port = places.broker()
    topic = source.at.split("/", 3)[3] if source.at.startswith("mqtt://") else source.at
    teller = TopicTeller(port)
    return Player(
        at=f"mqtt://127.0.0.1:{port}/{topic}",
        tell=lambda values: teller.say(topic, document(source, values)),
        close=teller.close,
    )


def _p1(name: str, source: DataSource, places: Places) -> Player:
    def said(values: Values) -> bytes:
        return telegram(
            at_s=values.at_s,
            power_w=values.power_w,
            imported_kwh=(values.imported_wh / 1000, 0.0),
            exported_kwh=(values.exported_wh / 1000, 0.0),
        )

    return _streamed(said)


def _sml(name: str, source: DataSource, places: Places) -> Player:
    def said(values: Values) -> bytes:
        return frame(
            power_w=round(values.power_w),
            imported_wh=values.imported_wh,
            exported_wh=values.exported_wh,
        )

    return _streamed(said)


def _streamed(said: Callable[[Values], bytes]) -> Player:
    bridge = Bridge()
    return Player(
        at=f"tcp://127.0.0.1:{bridge.port}",
        tell=lambda values: bridge.say(said(values)),
        close=bridge.close,
    )


def _s0(name: str, source: DataSource, places: Places) -> Player:
    path = places.directory / f"{name}.s0"
    line = PulseLine(path)
    pulse_wh = 1000 / (source.pulses_per_kwh or 1000)
    before: tuple[int, float] | None = None

    def tell(values: Values) -> None:
        """Spread the pulses that have come due evenly over the time since the last word."""
        nonlocal before
        due, now_s = int(values.imported_wh / pulse_wh), values.monotonic_s
        count, from_s = (due, now_s) if before is None else before
        for number in range(due - count):
            line.pulse(from_s + (now_s - from_s) * (number + 1) / (due - count))
        before = due, now_s

    return Player(at=f"unix:{path}", tell=tell, close=line.close)


PLAYERS: Mapping[str, Play] = {
    "file": _file,
    "http": _http,
    "mqtt": _mqtt,
    "p1": _p1,
    "s0": _s0,
    "sml": _sml,
}
"""By the kind of source; a kind that is not here is not played."""
