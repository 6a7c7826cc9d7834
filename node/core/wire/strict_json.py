"""Read one JSON object from bytes, and refuse by name what a careless reader would let pass.

Duplicate members, NaN and infinities, numbers too large, deep nesting, bytes that are not UTF-8,
and members of a wrong type or out of range each have their refusal.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import NoReturn

from node.core.errors import Refused

# Far above what any line of ours needs, far below what would exhaust the parser.
MOST_BRACKETS = 640
MOST_DIGITS = 20
LONGEST_NAME = 64

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_OCTETS = re.compile(r"0x([0-9a-f]*)")


class Members:
    """Hand out the members of one object, each checked; `done` refuses those left over."""

    def __init__(self, members: Mapping[str, object], path: str) -> None:
        self._left = dict(members)
        self._path = path

    def has(self, name: str) -> bool:
        """Say whether a member is there and was not taken yet."""
        return name in self._left

    def is_given(self, name: str) -> bool:
        """Say whether a member is there and is not null."""
        return self._left.get(name) is not None

    def is_text(self, name: str) -> bool:
        """Say whether a member is there and is a text."""
        return isinstance(self._left.get(name), str)

    def text(self, name: str, longest: int = LONGEST_NAME) -> str:
        """Take a printable string."""
        value = self._take(name)
        if not isinstance(value, str) or len(value) > longest or not value.isprintable():
            self._refuse(name, f"printable text of at most {longest} characters")
        return value

    def whole(self, name: str, lowest: int, highest: int) -> int:
        """Take a whole number within its bounds."""
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            self._refuse(name, f"a whole number from {lowest} to {highest}")
        return value

    def number(self, name: str, lowest: float, highest: float) -> float:
        """Take a number within its bounds."""
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._refuse(name, "a number")
        if not lowest <= value <= highest:
            self._refuse(name, f"a number from {lowest:g} to {highest:g}")
        return float(value)

    def flag(self, name: str) -> bool:
        """Take true or false."""
        value = self._take(name)
        if not isinstance(value, bool):
            self._refuse(name, "true or false")
        return value

    def address(self, name: str) -> str:
        """Take an account's address, of any case."""
        value = self._take(name)
        if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
            self._refuse(name, "0x and 40 hexadecimal digits")
        return value

    def octets(self, name: str, length: int) -> bytes:
        """Take bytes, written as 0x and lower-case hexadecimal digits."""
        value = self._take(name)
        written = isinstance(value, str) and _OCTETS.fullmatch(value)
        if not written or len(written[1]) != 2 * length:
            self._refuse(name, f"0x and {2 * length} lower-case hexadecimal digits")
        return bytes.fromhex(written[1])

    def wholes(self, name: str, highest: int, most: int) -> tuple[int, ...]:
        """Take an array of rising whole numbers from 0."""
        values = self._array(name, most)
        wholes = [v for v in values if isinstance(v, int) and not isinstance(v, bool)]
        rising = all(a < b for a, b in zip([-1, *wholes], wholes, strict=False))
        if len(wholes) != len(values) or not rising or (wholes and wholes[-1] > highest):
            self._refuse(name, f"rising whole numbers from 0 to {highest}")
        return tuple(wholes)

    def texts(self, name: str, most: int) -> tuple[str, ...]:
        """Take an array of printable strings."""
        values = self._array(name, most)
        texts = [v for v in values if isinstance(v, str) and v.isprintable() and len(v) < 1024]
        if len(texts) != len(values):
            self._refuse(name, "printable texts")
        return tuple(texts)

    def within(self, name: str) -> "Members":
        """Take an object."""
        value = self._take(name)
        if not isinstance(value, dict):
            self._refuse(name, "an object")
        return Members(value, f"{self._path}{name}.")

    def each(self, name: str, most: int) -> Iterator["Members"]:
        """Take an array of objects."""
        for number, value in enumerate(self._array(name, most)):
            if not isinstance(value, dict):
                self._refuse(name, "an array of objects")
            yield Members(value, f"{self._path}{name}[{number}].")

    def done(self) -> None:
        """Refuse what nobody took."""
        if self._left:
            name = self._path + min(self._left)
            raise Refused("UnknownField", f"{name[:LONGEST_NAME]!a} is not a member of this line")

    def _take(self, name: str) -> object:
        if name not in self._left:
            raise Refused("MissingField", f"{self._path}{name} is missing")
        return self._left.pop(name)

    def _array(self, name: str, most: int) -> list[object]:
        value = self._take(name)
        if not isinstance(value, list) or len(value) > most:
            self._refuse(name, f"an array of at most {most}")
        return value

    def _refuse(self, name: str, bound: str) -> NoReturn:
        raise Refused("BadField", f"{self._path}{name} must be {bound}")


def read_object(line: bytes, longest: int) -> Members:
    """Read one object.

    Raises:
        Refused: LineTooLong, NotUtf8, TooDeep, NotFinite, NumberTooLarge, DuplicateKey, NotJson.
    """
    if len(line) > longest:
        raise Refused("LineTooLong", f"a line has at most {longest} bytes")
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise Refused("NotUtf8", f"byte {error.start} is not UTF-8") from error
    if text.count("[") + text.count("{") > MOST_BRACKETS:
        raise Refused("TooDeep", f"more than {MOST_BRACKETS} brackets")
    try:
        found = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_constant,
        )
    except ValueError as error:
        raise Refused("NotJson", f"not JSON: {error}"[:200]) from error
    if not isinstance(found, dict):
        raise Refused("NotJson", "not a JSON object")
    return Members(found, "")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("DuplicateKey", "an object names one of its members twice")
    return members


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise Refused("NumberTooLarge", f"a number has at most {MOST_DIGITS} digits")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Refused("NotFinite", "a number is beyond every bound")
    return value


def _constant(name: str) -> NoReturn:
    raise Refused("NotFinite", f"{name} is not a number")
