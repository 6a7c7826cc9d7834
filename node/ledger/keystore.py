"""Seal and open a private key as a version 3 keystore, within a small board's memory.

Touches no file. The standard library derives the key, so that no Ethereum library is loaded
before a node has its contacts at rest, and the memory that scrypt takes is known beforehand.
"""

import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from Crypto.Cipher import AES

from node.core.errors import NodeError
from node.ledger.keccak import keccak256

LIGHT_SCRYPT_N = 2**14
SCRYPT_R = 8
SCRYPT_P = 1
HEAVY_MEMORY_BYTES = 64 * 1024 * 1024
"""Above this a 512 MB board that also runs a node may kill the process while it opens the key."""

_DERIVED_BYTES = 32
_SALT_BYTES = 32
_IV_BYTES = 16
_MOST_DERIVED_BYTES = 64
_MOST_MEMORY_BYTES = 2**30
_MOST_SCRYPT_WORK = 2**22
"""n * r * p: twice what the heaviest wallets ask for; a damaged digit must not cost hours."""
_MOST_ROUNDS = 2**22
"""Of PBKDF2, where wallets use 2**18."""
_DAMAGED = (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError)


class KeystoreUnreadable(NodeError):
    """Say that a keystore is damaged, of another version, or closed to this password."""


class PasswordDiffers(KeystoreUnreadable):
    """Say that a keystore is whole, and that its password is another one."""


def seal(private_key: bytes, password: str, address: str) -> str:
    """Return the JSON of a keystore that opens within 16 MiB of memory."""
    salt = secrets.token_bytes(_SALT_BYTES)
    iv = secrets.token_bytes(_IV_BYTES)
    params: dict[str, object] = {
        "dklen": _DERIVED_BYTES,
        "n": LIGHT_SCRYPT_N,
        "r": SCRYPT_R,
        "p": SCRYPT_P,
        "salt": salt.hex(),
    }
    derived = _derive("scrypt", params, password)
    ciphertext = _aes_ctr(derived[:16], iv, private_key)
    sealed = {
        "address": address[2:].lower(),
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": iv.hex()},
            "ciphertext": ciphertext.hex(),
            "kdf": "scrypt",
            "kdfparams": params,
            "mac": keccak256(derived[16:32] + ciphertext).hex(),
        },
        "id": str(uuid.uuid4()),
        "version": 3,
    }
    return json.dumps(sealed, indent=2) + "\n"


def open_sealed(text: str, password: str) -> bytes:
    """Return the private key of a keystore.

    Raises:
        KeystoreUnreadable: not a version 3 keystore, or the password is another one's.
    """
    try:
        sealed = _members(json.loads(text))
        if _whole(sealed["version"]) != 3:
            raise KeystoreUnreadable(
                f"this is a keystore of version {sealed['version']!s:.40}, not 3"
            )
        crypto = _members(sealed["crypto"])
        if _word(crypto["cipher"]) != "aes128ctr":
            raise KeystoreUnreadable(f"the cipher {crypto['cipher']!s:.40} is not aes-128-ctr")
        ciphertext = _octets(crypto["ciphertext"])
        iv = _octets(_members(crypto["cipherparams"])["iv"])
        mac = _octets(crypto["mac"])
        if len(iv) != _IV_BYTES:
            raise KeystoreUnreadable(f"its initial vector has {len(iv)} bytes, not {_IV_BYTES}")
        derived = _derive(_word(crypto["kdf"]), _members(crypto["kdfparams"]), password)
    except _DAMAGED as error:
        raise KeystoreUnreadable(f"this is not a keystore ({type(error).__name__})") from None
    if not hmac.compare_digest(keccak256(derived[16:32] + ciphertext), mac):
        raise PasswordDiffers("the password does not open this keystore")
    return _aes_ctr(derived[:16], iv, ciphertext)


def address_in(text: str) -> str | None:
    """Give the 40 digits of the address that a keystore names, small; None if it names none."""
    try:
        address = _members(json.loads(text))["address"]
    except (KeystoreUnreadable, *_DAMAGED):
        return None
    return address.lower().removeprefix("0x") or None if isinstance(address, str) else None


def memory_to_open(text: str) -> int:
    """Say how many bytes of memory opening this keystore takes; 0 if that cannot be told."""
    try:
        crypto = _members(_members(json.loads(text))["crypto"])
        if _word(crypto["kdf"]) != "scrypt":
            return 0
        return _scrypt_memory(_members(crypto["kdfparams"]))
    except (KeystoreUnreadable, *_DAMAGED):
        return 0


def _derive(kdf: str, params: Mapping[str, object], password: str) -> bytes:
    salt = _octets(params["salt"])
    length = _whole(params["dklen"])
    if not _DERIVED_BYTES <= length <= _MOST_DERIVED_BYTES:
        raise KeystoreUnreadable(
            f"the keystore derives {length} bytes, not {_DERIVED_BYTES} to {_MOST_DERIVED_BYTES}"
        )
    if kdf == "scrypt":
        memory = _scrypt_memory(params)
        if memory > _MOST_MEMORY_BYTES:
            raise KeystoreUnreadable(f"opening this keystore takes {memory >> 20} MiB of memory")
        n, r, p = _scrypt_numbers(params)
        if n * r * p > _MOST_SCRYPT_WORK:
            raise KeystoreUnreadable("opening this keystore takes too long")
        return hashlib.scrypt(
            password.encode(),
            salt=salt,
            n=n,
            r=r,
            p=p,
            dklen=length,
            maxmem=memory + (1 << 20),
        )
    if kdf == "pbkdf2" and _word(params.get("prf", "hmac-sha256")) == "hmacsha256":
        rounds = _whole(params["c"])
        if rounds > _MOST_ROUNDS:
            raise KeystoreUnreadable("opening this keystore takes too long")
        return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds, length)
    raise KeystoreUnreadable(f"the key derivation {kdf!s:.40} is neither scrypt nor pbkdf2")


def _scrypt_memory(params: Mapping[str, object]) -> int:
    n, r, p = _scrypt_numbers(params)
    return 128 * r * (n + p + 2)


def _scrypt_numbers(params: Mapping[str, object]) -> tuple[int, int, int]:
    n, r, p = (_whole(params[name]) for name in ("n", "r", "p"))
    if min(n, r, p) < 1:
        raise ValueError("scrypt counts from 1")
    return n, r, p


# Wallets agree on the standard and differ in its spelling: Crypto, KDF, "AES-128-CTR", 0x before
# hexadecimal digits, numbers in quotes. The check of the password covers whatever is read so.


def _members(found: object) -> dict[str, Any]:
    """Give an object's members by their names in small letters."""
    if not isinstance(found, dict):
        raise TypeError("no object")
    members: dict[str, Any] = {}
    for name, value in found.items():
        small = name.lower()
        if small in members and value and members[small] and members[small] != value:
            raise KeystoreUnreadable(f"this keystore has {small:.40} twice")
        if value or small not in members:
            members[small] = value
    return members


def _word(found: object) -> str:
    """Give the letters and digits of a word, small."""
    if not isinstance(found, str):
        raise TypeError("no word")
    return "".join(letter for letter in found.lower() if letter.isalnum())


def _octets(found: object) -> bytes:
    if not isinstance(found, str):
        raise TypeError("no hexadecimal digits")
    return bytes.fromhex(found.strip().lower().removeprefix("0x"))


def _whole(found: object) -> int:
    if isinstance(found, str):
        return int(found, 16 if found.lower().startswith("0x") else 10)
    if isinstance(found, bool) or not isinstance(found, int | float) or found != int(found):
        raise ValueError("no whole number")
    return int(found)


def _aes_ctr(key: bytes, iv: bytes, data: bytes) -> bytes:
    cipher = AES.new(key, AES.MODE_CTR, nonce=b"", initial_value=iv)
    return bytes(cipher.encrypt(data))
