"""Read the ancestor's messages, and answer byte for byte as it did.

`ReadDATA|1, 0` asks for contacts; `{2: True, 3: True}` switches them. Messages have no line end,
so one is complete when its braces balance, at the end of a `ReadDATA` chunk, or after a silence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from node.core.errors import Refused

LONGEST_MESSAGE = 255
SILENCE_S = 0.1

_READ = "ReadDATA|"
_CHANNELS = re.compile(r" *\d{1,2} *(, *\d{1,2} *)*")
_SWITCHES = re.compile(r"\{ *(\d{1,2} *: *(True|False|true|false) *(, *(?=\d)|(?=\})))*\}")
_SWITCH = re.compile(r"(\d{1,2}) *: *([TtFf])")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadContacts:
    """Ask which of these channels are closed."""

    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchContacts:
    """Switch each channel: (channel, closed) pairs, each channel once."""

    switches: tuple[tuple[int, bool], ...]


def is_complete(message: bytes) -> bool:
    """Say whether a message needs no silence to be complete."""
    if message.startswith(_READ.encode()):
        return _CHANNELS.fullmatch(_text(message)[len(_READ) :].strip()) is not None
    opened = message.count(b"{")
    return opened > 0 and opened == message.count(b"}")


def read_message(message: bytes) -> ReadContacts | SwitchContacts:
    """Read a complete message.

    Raises:
        Refused: AncestorMalformed.
    """
    text = _text(message).strip()
    if len(message) <= LONGEST_MESSAGE and text.startswith(_READ):
        listed = text[len(_READ) :]
        if _CHANNELS.fullmatch(listed):
            channels = dict.fromkeys(int(number) for number in listed.split(","))
            return ReadContacts(channels=tuple(channels))
    elif len(message) <= LONGEST_MESSAGE and _SWITCHES.fullmatch(text):
        pairs = [(int(number), word in "Tt") for number, word in _SWITCH.findall(text)]
        if len(dict(pairs)) == len(pairs):
            return SwitchContacts(switches=tuple(pairs))
    raise Refused("AncestorMalformed", f"{message[:40]!r} is no message of an ancestor's")


def contacts_text(channels: Sequence[int], closed: frozenset[int]) -> bytes:
    """Answer a reading, in the order that was asked."""
    pairs = (f"{channel}: {channel in closed}" for channel in channels)
    return ("{" + ", ".join(pairs) + "}").encode()


def switched_text(done: bool) -> bytes:
    """Answer a switching."""
    return str(done).encode()


def _text(message: bytes) -> str:
    return message.decode("ascii", errors="replace")
