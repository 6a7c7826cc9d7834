"""Read the telegrams of a smart meter's P1 port (DSMR 5.0.2, P1 companion standard, 5 and 6).

A telegram is lines from "/" to "!", then four hexadecimal digits: CRC16 (polynomial 0xA001,
reflected, from 0) over all from "/" to "!" inclusive. Older meters (DSMR 2 and 3) have none, and
are not believed. Registers of both tariffs are added up.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from node.devices.sources.own_thread import OwnThread
from node.devices.sources.streamed import streamed
from node.devices.sources.surroundings import Surroundings
from node.devices.sources.told import Told
from node.parameters.sections.source import DataSource

BAUD = 115_200
PORT = 23
MOST_BYTES = 8_192
"""Section 6.2: a telegram with all that it may have, texts too, is far shorter."""
_TELEGRAM = re.compile(rb"(/[^/!]*!)([^\r\n]*)\r?\n", re.DOTALL)
_VALUE = re.compile(r"^(\d-\d:\d+\.\d+\.\d+)\(([^)*]*)(?:\*(\w+))?\)", re.MULTILINE)
_IMPORTS = ("1-0:1.8.0", "1-0:1.8.1", "1-0:1.8.2")
_EXPORTS = ("1-0:2.8.0", "1-0:2.8.1", "1-0:2.8.2")
_IMPORTED, _EXPORTED, _TIME = "1-0:1.7.0", "1-0:2.7.0", "0-0:1.0.0"
_BY_UNIT = {"W": 1.0, "kW": 1000.0, "Wh": 1.0, "kWh": 1000.0}
_ZONES = {"S": 2, "W": 1}
"""Summer and winter time of the meter's country: hours before UTC (section 6.4)."""


def make(name: str, source: DataSource, around: Surroundings) -> OwnThread:
    """Build it; nothing is opened before its first sample."""
    return streamed(name, source, around, Telegrams().feed, baud=BAUD, port=PORT)


class Telegrams:
    """Cut telegrams out of what comes, wherever it begins."""

    def __init__(self) -> None:
        self._waiting = b""

    def feed(self, piece: bytes) -> Iterator[Told]:
        """Take what came; give what each whole telegram tells.

        Raises:
            ValueError: a telegram is damaged, or lacks what it must tell.
        """
        self._waiting = (self._waiting + piece)[-MOST_BYTES:]
        while (found := _TELEGRAM.search(self._waiting)) is not None:
            self._waiting = self._waiting[found.end() :]
            yield read_telegram(found[1], found[2])


def crc16(octets: bytes) -> int:
    """Give the CRC16 of a telegram (section 5.2)."""
    crc = 0
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def read_telegram(telegram: bytes, check: bytes) -> Told:
    """Read one telegram, from "/" to "!", by its check.

    Raises:
        ValueError: the check is another one or missing, or there is no power in it.
    """
    if not check:
        raise ValueError("a telegram without a CRC16: the meter is of DSMR 2 or 3")
    if check.upper() != b"%04X" % crc16(telegram):
        raise ValueError("a telegram whose CRC16 does not fit: noise on the line")
    found = {
        known: (value, unit) for known, value, unit in _VALUE.findall(telegram.decode("ascii"))
    }
    imported_w, exported_w = _read(found, _IMPORTED), _read(found, _EXPORTED)
    if imported_w is None:
        raise ValueError(f"a telegram without {_IMPORTED}, the power")
    return Told(
        power_w=imported_w - (exported_w or 0.0),
        imported_wh=_sum(found, _IMPORTS),
        exported_wh=_sum(found, _EXPORTS),
        calendar_s=_instant(found[_TIME][0]) if _TIME in found else None,
    )


def _sum(found: dict[str, tuple[str, str]], names: tuple[str, ...]) -> float | None:
    """Give the whole register, or else add up those of the tariffs."""
    whole = _read(found, names[0])
    if whole is not None:
        return whole
    parts = [part for name in names[1:] if (part := _read(found, name)) is not None]
    return sum(parts) if parts else None


def _read(found: dict[str, tuple[str, str]], name: str) -> float | None:
    if name not in found:
        return None
    value, unit = found[name]
    if unit not in _BY_UNIT:
        raise ValueError(f"{name} in {unit!r}")
    return float(value) * _BY_UNIT[unit]


def _instant(written: str) -> float:
    """Read YYMMDDhhmmss and S or W for summer and winter time."""
    zone = timezone(timedelta(hours=_ZONES[written[-1:]])) if written[-1:] in _ZONES else None
    if zone is None:
        raise ValueError(f"{written!r} is no instant of a P1 telegram")
    return datetime.strptime(written[:-1], "%y%m%d%H%M%S").replace(tzinfo=zone).timestamp()
