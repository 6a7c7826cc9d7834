"""Play a meter that speaks SML: frames of three messages, each with its check (version 1.04)."""

_START = bytes.fromhex("1b1b1b1b01010101")
_END = bytes.fromhex("1b1b1b1b1a")
_SERVER = bytes.fromhex("0a01454d480000000001")
_W, _WH = 27, 30


def frame(*, power_w: int | None, imported_wh: float, exported_wh: float = 0.0) -> bytes:
    """Write one frame; registers in tenths of a watt-hour, no power where the PIN is missing."""
    entries = [
        _entry("0100010800ff", _WH, -1, round(imported_wh * 10)),
        _entry("0100020800ff", _WH, -1, round(exported_wh * 10)),
    ]
    if power_w is not None:
        entries.append(_entry("0100100700ff", _W, 0, power_w))
    listed = _list(b"\x01", _octets(_SERVER), b"\x01", b"\x01", _list(*entries), b"\x01", b"\x01")
    opened = _list(b"\x01", b"\x01", _octets(b"\x00\x01"), _octets(_SERVER), b"\x01", b"\x01")
    messages = _message(1, 0x0101, opened) + _message(2, 0x0701, listed)
    messages += _message(3, 0x0201, _list(b"\x01"))
    padding = -len(messages) % 4
    said = _START + messages + b"\0" * padding + _END + bytes((padding,))
    return said + _check(said).to_bytes(2, "big")


def _entry(code: str, unit: int, scaler: int, value: int) -> bytes:
    return _list(
        _octets(bytes.fromhex(code)), b"\x01", b"\x01", _unsigned(unit, 1),
        b"\x52" + scaler.to_bytes(1, "big", signed=True),
        b"\x59" + value.to_bytes(8, "big", signed=True), b"\x01",
    )  # fmt: skip


def _message(number: int, kind: int, body: bytes) -> bytes:
    head = b"\x76" + _octets(bytes((0, number))) + _unsigned(0, 1) + _unsigned(0, 1)
    said = head + _list(_unsigned(kind, 2), body)
    return said + b"\x63" + _check(said).to_bytes(2, "big") + b"\0"


def _list(*items: bytes) -> bytes:
    return bytes((0x70 | len(items),)) + b"".join(items)


def _octets(text: bytes) -> bytes:
    return bytes((len(text) + 1,)) + text


def _unsigned(value: int, size: int) -> bytes:
    return bytes((0x60 | (size + 1),)) + value.to_bytes(size, "big")


def _check(said: bytes) -> int:
    """Give the check of DIN EN 62056-46 (RFC 1662, C.2), its low byte first."""
    check = 0xFFFF
    for octet in said:
        check ^= octet
        for _ in range(8):
            check = (check >> 1) ^ (0x8408 if check & 1 else 0)
    check ^= 0xFFFF
    return (check & 0xFF) << 8 | check >> 8
