"""Take out of a broker's packet what is needed, and pass over the rest of what MQTT allows.

Properties are skipped by their lengths and never read as text: any text is allowed in them, and a
neighbour chooses it. Knows bytes alone.
"""

from dataclasses import dataclass

CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 0x20, 0x30, 0x40, 0x50, 0x60, 0x70
SUBACK, UNSUBACK, DISCONNECT = 0x90, 0xB0, 0xE0
UNSUPPORTED_VERSION = 0x84

_SERVER_KEEP_ALIVE, _MAXIMUM_QOS = 19, 36
_SIZES = {
    1: 1, 2: 4, _SERVER_KEEP_ALIVE: 2, 17: 4, 23: 1, 24: 4, 25: 1, 33: 2, 34: 2, 35: 2,
    _MAXIMUM_QOS: 1, 37: 1, 39: 4, 40: 1, 41: 1, 42: 1,
}  # fmt: skip
"""How many bytes the value of a property has, where that is fixed."""
_TEXTS = {3: 1, 8: 1, 9: 1, 18: 1, 21: 1, 22: 1, 26: 1, 28: 1, 31: 1, 38: 2}
"""How many counted texts or octets the value of a property has."""
OLDER_REFUSALS = {1: UNSUPPORTED_VERSION, 2: 0x85, 3: 0x88, 4: 0x86, 5: 0x87}
"""What a broker of MQTT 3.1.1 answers a CONNECT with, in the codes of MQTT 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Hold a message of the broker's; `payload` is None where it was too long, or unreadable."""

    topic: str | None
    number: int
    payload: bytes | None


def read_published(flags: int, body: bytes, *, has_properties: bool, is_whole: bool) -> Published:
    """Read a PUBLISH: what cannot be used of it is None, so that it can still be acknowledged.

    Raises:
        ValueError: not even its number can be read.
    """
    end = 2 + int.from_bytes(body[:2])
    needed = end + (2 if flags & 0x06 else 0)
    if len(body) < max(2, needed):
        raise ValueError("a message ends within its topic")
    number = int.from_bytes(body[end:needed])
    try:
        topic: str | None = body[2:end].decode() or None
    except UnicodeDecodeError:
        topic = None
    if not is_whole:
        return Published(topic=topic, number=number, payload=None)
    try:
        begin = _end_of_properties(body, needed) if has_properties else needed
    except ValueError:
        return Published(topic=topic, number=number, payload=None)
    return Published(topic=topic, number=number, payload=body[begin:])


def plain(kind: int, body: bytes) -> bytes:
    """Give another packet of MQTT 5 without its properties, but for two numbers of a CONNACK.

    Raises:
        ValueError: it is no packet of MQTT.
    """
    if kind == CONNACK:
        return _plain_connack(body)
    if kind == DISCONNECT:
        return body[:1]
    if kind in (PUBACK, PUBREC, PUBREL, PUBCOMP):
        return body[:3]
    if kind in (SUBACK, UNSUBACK):
        return body[:2] + b"\0" + body[_end_of_properties(body, 2) :]
    return body


def _plain_connack(body: bytes) -> bytes:
    if len(body) == 2 and body[1] in OLDER_REFUSALS:
        return bytes((body[0], OLDER_REFUSALS[body[1]], 0))
    kept = b""
    at, end = _properties(body, 2)
    seen = set()
    while at < end:
        known, value, after = _property(body, at, end)
        if known in (_SERVER_KEEP_ALIVE, _MAXIMUM_QOS) and known not in seen:
            seen.add(known)
            kept += bytes((known,)) + body[value:after]
        at = after
    return body[:2] + bytes((len(kept),)) + kept


def _property(body: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Give a property's number, where its value begins, and where it ends."""
    known, begin = _count(body, at)
    after = begin
    if known in _SIZES:
        after += _SIZES[known]
    elif known in _TEXTS:
        for _ in range(_TEXTS[known]):
            after += 2 + int.from_bytes(body[after : after + 2])
    elif known == 11:
        _, after = _count(body, after)
    else:
        raise ValueError(f"no property of MQTT has the number {known}")
    if after > end:
        raise ValueError("a property ends beyond them all")
    return known, begin, after


def _end_of_properties(body: bytes, at: int) -> int:
    return _properties(body, at)[1]


def _properties(body: bytes, at: int) -> tuple[int, int]:
    size, begin = _count(body, at)
    if begin + size > len(body):
        raise ValueError("the properties end beyond the packet")
    return begin, begin + size


def _count(body: bytes, at: int) -> tuple[int, int]:
    """Read a number of at most four bytes, seven bits each, and say where it ends."""
    found = 0
    for place, byte in enumerate(body[at : at + 4]):
        found |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return found, at + place + 1
    raise ValueError("a number has no end")
