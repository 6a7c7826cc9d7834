"""Hash EIP-712 typed data: what the relay's commands and the energy's receipts are signed over.

Decides only bytes: domain, one flat struct, static members, strings, bytes, and arrays of static
members. Keccak-256 is passed in, because the standard library does not have it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

Keccak = Callable[[bytes], bytes]
Value = str | bytes | int | bool | Sequence[int] | Sequence[str] | Sequence[bytes]

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_ARRAY = re.compile(r"(.+)\[(\d*)\]")
_SIZED = re.compile(r"(uint|int|bytes)(\d+)")
_WORD_BYTES = 32
# What hardly changes between signatures is kept; accounts of strangers push out each other only.
_MOST_TYPES = 32
_MOST_ACCOUNTS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Say where a signature counts; a domain without chain or contract leaves them out."""

    name: str
    version: str
    chain_id: int | None
    verifying_contract: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Struct:
    """Name a struct and its members as (type, name), in the order that is hashed."""

    name: str
    members: tuple[tuple[str, str], ...]


def signing_digest(
    domain: Domain, struct: Struct, values: Mapping[str, Value], keccak: Keccak
) -> bytes:
    """Return the 32 bytes that an account signs.

    Raises:
        ValueError: a member is missing, left over, of the wrong type or out of its range.
    """
    body = hash_struct(struct, values, keccak)
    return keccak(b"\x19\x01" + domain_separator(domain, keccak) + body)


@lru_cache(_MOST_TYPES)
def domain_separator(domain: Domain, keccak: Keccak) -> bytes:
    """Hash a domain, with the members that it has."""
    members = [("string", "name"), ("string", "version")]
    values: dict[str, Value] = {"name": domain.name, "version": domain.version}
    if domain.chain_id is not None:
        members.append(("uint256", "chainId"))
        values["chainId"] = domain.chain_id
    if domain.verifying_contract is not None:
        members.append(("address", "verifyingContract"))
        values["verifyingContract"] = domain.verifying_contract
    return hash_struct(Struct(name="EIP712Domain", members=tuple(members)), values, keccak)


def hash_struct(struct: Struct, values: Mapping[str, Value], keccak: Keccak) -> bytes:
    """Hash a struct's type and members.

    Raises:
        ValueError: a member is missing, left over, of the wrong type or out of its range.
    """
    names = {name for _, name in struct.members}
    if names != set(values):
        raise ValueError(f"{struct.name} has {sorted(names)}, not {sorted(values)}")
    encoded = b"".join(_encode(kind, values[name], keccak) for kind, name in struct.members)
    return keccak(_type_hash(struct, keccak) + encoded)


@lru_cache(_MOST_ACCOUNTS)
def checksummed(address: str, keccak: Keccak) -> str:
    """Write an address of any case as EIP-55 does.

    Raises:
        ValueError: not 0x and 40 hexadecimal digits.
    """
    digits = _address_bytes(address).hex()
    nibbles = keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(nibble, 16) >= 8 else digit
        for digit, nibble in zip(digits, nibbles, strict=False)
    )


@lru_cache(_MOST_TYPES)
def _type_hash(struct: Struct, keccak: Keccak) -> bytes:
    members = ",".join(f"{kind} {name}" for kind, name in struct.members)
    return keccak(f"{struct.name}({members})".encode())


def _encode(kind: str, value: Value, keccak: Keccak) -> bytes:
    if kind == "string":
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is not a string")
        return keccak(value.encode())
    if kind == "bytes":
        if not isinstance(value, bytes):
            raise ValueError(f"{value!r} is not bytes")
        return keccak(value)
    array = _ARRAY.fullmatch(kind)
    if array:
        return keccak(_encode_array(array[1], array[2], value))
    return _encode_static(kind, value)


def _encode_array(kind: str, length: str, value: Value) -> bytes:
    if isinstance(value, str | bytes | int) or not isinstance(value, Sequence):
        raise ValueError(f"{value!r} is not an array of {kind}")
    if length and len(value) != int(length):
        raise ValueError(f"{len(value)} members, not {length}")
    return b"".join(_encode_static(kind, member) for member in value)


def _encode_static(kind: str, value: Value) -> bytes:
    if kind == "address":
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is not an address")
        return _address_bytes(value).rjust(_WORD_BYTES, b"\0")
    if kind == "bool":
        if not isinstance(value, bool):
            raise ValueError(f"{value!r} is not a boolean")
        return int(value).to_bytes(_WORD_BYTES, "big")
    sized = _SIZED.fullmatch(kind)
    if not sized:
        raise ValueError(f"{kind} is not a static type")
    if sized[1] == "bytes":
        return _encode_bytes(int(sized[2]), value)
    return _encode_integer(int(sized[2]), value, signed=sized[1] == "int")


def _encode_bytes(size: int, value: Value) -> bytes:
    if not 1 <= size <= _WORD_BYTES:
        raise ValueError(f"bytes{size} is not a type")
    if not isinstance(value, bytes) or len(value) != size:
        raise ValueError(f"{value!r} is not {size} bytes")
    return value.ljust(_WORD_BYTES, b"\0")


def _encode_integer(bits: int, value: Value, *, signed: bool) -> bytes:
    if bits not in range(8, 257, 8):
        raise ValueError(f"no integer has {bits} bits")
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is not an integer")
    lowest, highest = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if not lowest <= value <= highest:
        raise ValueError(f"{value} is not from {lowest} to {highest}")
    return value.to_bytes(_WORD_BYTES, "big", signed=signed)


def _address_bytes(address: str) -> bytes:
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"{address!r} is not 0x and 40 hexadecimal digits")
    return bytes.fromhex(address[2:])
