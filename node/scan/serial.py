"""Listen to serial ports for a meter's words, at the speeds that meters have.

A port that another program holds is left alone: two listeners would each get half of the words.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from node.devices.sources import citizenwatt_serial, p1
from node.devices.sources.streamed import opened, piece_of
from node.scan.found import Found, Line

_SML_BAUD = 9600
_SML_START = bytes.fromhex("1b1b1b1b01010101")
_MOST_BYTES = 65_536
_METER = "connection"

Ear = Callable[[list[bytes]], str]
"""Say what was heard, of its pieces between two silences; nothing where that is no meter."""


def ports() -> list[Path]:
    """Give the ports of this machine on USB, where meters' cables are."""
    return sorted(path for kind in ("USB", "ACM") for path in Path("/dev").glob(f"tty{kind}*"))


def look(port: str, within_s: float) -> Found:
    """Listen at each speed for so long at most; raises OSError where the port is not ours."""
    held_by = holders(port)
    if held_by:
        return Found(where=port, sentence=f"left alone: {', '.join(held_by)} listens there")
    heard_any = False
    for kind, baud, ear in _EARS:
        pieces: list[bytes] = []
        for pieces in _heard(port, baud, within_s):
            told = ear(pieces)
            if told:
                name = f"meter_{Path(port).name}".lower()
                keys = {"kind": kind, "at": f"serial:{port}", "feeds": "none"}
                why = "load, generation or connection; none = only shown"
                line = Line(section="sources", name=name, keys=keys, why=why)
                return Found(where=port, sentence=told, lines=(line,))
        heard_any = heard_any or any(pieces)
    if heard_any:
        return Found(where=port, sentence="something is said, but by no meter of ours")
    return Found(where=port, sentence="nothing is said")


def holders(port: str) -> list[str]:
    """Give the programs that have a port open, as far as this user may see them."""
    found, real = [], str(Path(port).resolve())
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(str(link.readlink()) == real for link in (process / "fd").iterdir()):
                found.append((process / "comm").read_text().strip() + f" ({process.name})")
    return found


def _heard(port: str, baud: int, within_s: float) -> Iterator[list[bytes]]:
    """Give what was heard so far, parted by silences, each time that more of it is there."""
    pieces = [b""]
    ends_s = time.monotonic() + within_s
    with opened(f"serial:{port}@{baud}", baud, 0) as line:
        while time.monotonic() < ends_s and sum(map(len, pieces)) < _MOST_BYTES:
            piece = piece_of(line)
            if piece:
                pieces[-1] += piece
            elif pieces[-1]:
                pieces.append(b"")
            yield pieces


def _p1(pieces: list[bytes]) -> str:
    try:
        is_one = any(True for _ in p1.Telegrams().feed(b"".join(pieces)))
    except ValueError as error:
        return f"a P1 port, perhaps: {error}" if b"1-0:1.7.0" in b"".join(pieces) else ""
    return "a smart meter's P1 port" if is_one else ""


def _sml(pieces: list[bytes]) -> str:
    return "a meter that speaks SML" if _SML_START in b"".join(pieces) else ""


def _citizenwatt(pieces: list[bytes]) -> str:
    """Know it by its packets: what lies between two silences is as long as one."""
    between = pieces[1:-1]
    is_one = bool(between) and all(len(one) == citizenwatt_serial.PACKET.size for one in between)
    return "CitizenWatt's Arduino, perhaps: packets of 16 bytes" if is_one else ""


_EARS: tuple[tuple[str, int, Ear], ...] = (
    ("p1", p1.BAUD, _p1),
    ("sml", _SML_BAUD, _sml),
    ("citizenwatt_serial", citizenwatt_serial.BAUD, _citizenwatt),
)
