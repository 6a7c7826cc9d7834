"""Write a transaction as the chain takes it, and have it signed: EIP-1559, and EIP-155 before it.

The order of the fields is the two proposals'; the bytes are rlp's. Touches no key. The whole
wallet's library, eth_account, is not loaded: that takes seconds on a small board, and lets Python
recurse a hundred thousand deep from then on.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from node.keys.keccak import keccak256

Fields = Mapping[str, int | str | bytes]
"""A transaction by the field names of JSON-RPC; `to` may be absent (it deploys), and `data`."""
Sign = Callable[[bytes], bytes]
"""Give the signature r || s || v of a 32-byte digest, v being 27 or 28."""

_EIP_1559 = b"\x02"
_MOST = 2**256 - 1
_ADDRESS = re.compile("0x[0-9a-fA-F]{40}")
_HEX = re.compile("0x([0-9a-fA-F]{2})*")

_Item = bytes | int | Sequence["_Item"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedTransaction:
    """Hold a transaction's bytes as they go to the chain, and the hash that names it."""

    raw: bytes
    hash: str


def sign_transaction(fields: Fields, sign: Sign) -> SignedTransaction:
    """Sign a transaction: EIP-1559 where it names `maxFeePerGas`, else EIP-155.

    Raises:
        LookupError: a field is missing.
        ValueError: a field's value is none that a transaction can hold.
    """
    raw = _of_two_fees(fields, sign) if "maxFeePerGas" in fields else _of_one_price(fields, sign)
    return SignedTransaction(raw=raw, hash="0x" + keccak256(raw).hex())


def _of_two_fees(fields: Fields, sign: Sign) -> bytes:
    fees = [_number(fields, name) for name in ("maxPriorityFeePerGas", "maxFeePerGas")]
    number, nonce, accesses = _number(fields, "chainId"), _number(fields, "nonce"), list[_Item]()
    body = [number, nonce, *fees, *_call(fields), accesses]
    r, s, parity = _parts(sign(keccak256(_EIP_1559 + _rlp(body))))
    return _EIP_1559 + _rlp([*body, parity, r, s])


def _of_one_price(fields: Fields, sign: Sign) -> bytes:
    number = _number(fields, "chainId")
    body = [_number(fields, "nonce"), _number(fields, "gasPrice"), *_call(fields)]
    r, s, parity = _parts(sign(keccak256(_rlp([*body, number, 0, 0]))))
    return _rlp([*body, 2 * number + 35 + parity, r, s])


def _call(fields: Fields) -> list[_Item]:
    to = fields.get("to", "0x")
    if to != "0x" and not (isinstance(to, str) and _ADDRESS.fullmatch(to)):
        raise ValueError(f"to: {to!r} is no address")
    gas, value = _number(fields, "gas"), _number(fields, "value")
    return [gas, _bytes("to", to), value, _bytes("data", fields.get("data", "0x"))]


def _parts(signature: bytes) -> tuple[int, int, int]:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    return r, s, signature[64] - 27


def _number(fields: Fields, name: str) -> int:
    value = fields[name]
    if not isinstance(value, int) or not 0 <= value <= _MOST:
        raise ValueError(f"{name}: {value!r} is no whole number from 0 to 2**256 - 1")
    return value


def _bytes(name: str, value: int | str | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise ValueError(f"{name}: {value!r} is not 0x and pairs of hexadecimal digits")
    return bytes.fromhex(value[2:])


def _rlp(body: Sequence[_Item]) -> bytes:
    # Here, because its utilities take a second to load on a small board: on the ledger's thread.
    import rlp

    return bytes(rlp.encode(body))
