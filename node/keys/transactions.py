"""Write a transaction as bytes: RLP, and the forms of EIP-155 and EIP-1559. Signs nothing itself.

That is little, and the library that else does it takes half of a node's start to load: it brings
proof systems along that no account needs.
"""

from collections.abc import Callable, Mapping, Sequence

from node.core.wire.typed_data import checksummed
from node.keys.keccak import keccak256

Fields = Mapping[str, int | str | bytes]
"""By the names of JSON-RPC; quantities are whole numbers, bytes may be hexadecimal."""
Sign = Callable[[bytes], tuple[int, int, int]]
"""Give r, s and the parity of a digest's signature."""

_MOST_WORD = 2**256 - 1
_SHORT_BYTES = 55
_STRING, _LIST = 0x80, 0xC0
_ADDRESS_BYTES = 20
_DYNAMIC_FEE = 2
_OLD = frozenset({"chainId", "nonce", "gasPrice", "gas", "to", "value", "data"})
_NEW = _OLD - {"gasPrice"} | {"type", "maxFeePerGas", "maxPriorityFeePerGas"}
_MAY_LACK = frozenset({"to", "data"})

_Item = bytes | int | Sequence["_Item"]


def signed_transaction(fields: Fields, sign: Sign) -> bytes:
    """Return the bytes that go to the chain; without `to` they make a contract.

    Raises:
        ValueError: a field is missing, unknown, or cannot be what its name says.
    """
    is_old = "gasPrice" in fields
    known = _OLD if is_old else _NEW
    unfit = (set(fields) - known) | (known - set(fields) - _MAY_LACK)
    if unfit:
        raise ValueError(f"{', '.join(sorted(unfit))}: unknown or missing in a transaction")
    chain_id = _whole(fields, "chainId")
    if is_old:
        body = _body(fields, "nonce", "gasPrice", "gas")
        r, s, parity = sign(keccak256(rlp([*body, chain_id, 0, 0])))
        return rlp([*body, 35 + 2 * chain_id + parity, r, s])
    if fields["type"] != _DYNAMIC_FEE:
        raise ValueError(f"type {fields['type']!r} is not {_DYNAMIC_FEE}")
    body = _body(fields, "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas")
    body = [chain_id, *body, []]
    r, s, parity = sign(keccak256(bytes([_DYNAMIC_FEE]) + rlp(body)))
    return bytes([_DYNAMIC_FEE]) + rlp([*body, parity, r, s])


def rlp(item: _Item) -> bytes:
    """Encode bytes, whole numbers, and lists of these, as the chain does."""
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        is_itself = len(item) == 1 and item[0] < _STRING
        return item if is_itself else _head(_STRING, len(item)) + item
    content = b"".join(map(rlp, item))
    return _head(_LIST, len(content)) + content


def _head(kind: int, length: int) -> bytes:
    if length <= _SHORT_BYTES:
        return bytes([kind + length])
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([kind + _SHORT_BYTES + len(size)]) + size


def _body(fields: Fields, *quantities: str) -> list[_Item]:
    numbers = [_whole(fields, name) for name in quantities]
    return [*numbers, _to(fields), _whole(fields, "value"), _bytes(fields.get("data", b""))]


def _whole(fields: Fields, name: str) -> int:
    value = fields[name]
    if type(value) is not int or not 0 <= value <= _MOST_WORD:
        raise ValueError(f"{name} {value!r} is not a whole number from 0 to 2^256 - 1")
    return value


def _to(fields: Fields) -> bytes:
    """Give an address's bytes; as a text it has its checksum."""
    if "to" not in fields:
        return b""
    to = fields["to"]
    address = _bytes(to)
    if len(address) != _ADDRESS_BYTES:
        raise ValueError(f"to {to!r} is no address")
    if isinstance(to, str) and to != checksummed(to, keccak256):
        raise ValueError(f"to {to} has a checksum that does not fit")
    return address


def _bytes(value: int | str | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ValueError(f"{value!r} is neither bytes nor 0x and hexadecimal digits")
    return bytes.fromhex(value[2:])
