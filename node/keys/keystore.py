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

from Crypto.Cipher import AES

from node.core.errors import NodeError
from node.core.wire.json_text import read_json
from node.keys.keccak import keccak256

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
_DAMAGED = (ValueError, OverflowError)


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
        sealed = _whole_of(text)
        if _whole(sealed, "version") != 3:
            raise KeystoreUnreadable(
                f"this is a keystore of version {sealed['version']!s:.40}, not 3"
            )
        crypto = _members(sealed, "crypto")
        if _word(crypto, "cipher") != "aes128ctr":
            raise KeystoreUnreadable(f"the cipher {crypto['cipher']!s:.40} is not aes-128-ctr")
        ciphertext = _octets(crypto, "ciphertext")
        iv = _octets(_members(crypto, "cipherparams"), "iv")
        mac = _octets(crypto, "mac")
        if len(iv) != _IV_BYTES:
            raise KeystoreUnreadable(f"its initial vector has {len(iv)} bytes, not {_IV_BYTES}")
        derived = _derive(_word(crypto, "kdf"), _members(crypto, "kdfparams"), password)
    except _DAMAGED as error:
        raise KeystoreUnreadable(f"this is no keystore that can be opened: {error}") from None
    if not hmac.compare_digest(keccak256(derived[16:32] + ciphertext), mac):
        raise PasswordDiffers("the password does not open this keystore")
    return _aes_ctr(derived[:16], iv, ciphertext)


def address_in(text: str) -> str | None:
    """Give the 40 digits of the address that a keystore names, small; None if it names none."""
    try:
        address = _whole_of(text).get("address")
    except KeystoreUnreadable:
        return None
    small = address.strip().lower() if isinstance(address, str) else ""
    return small.removeprefix("0x") or None


def memory_to_open(text: str) -> int:
    """Say how many bytes of memory opening this keystore takes; 0 if that cannot be told."""
    try:
        crypto = _members(_whole_of(text), "crypto")
        if _word(crypto, "kdf") != "scrypt":
            return 0
        return _scrypt_memory(_members(crypto, "kdfparams"))
    except KeystoreUnreadable:
        return 0


def _derive(kdf: str, params: Mapping[str, object], password: str) -> bytes:
    salt = _octets(params, "salt")
    length = _whole(params, "dklen")
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
    if kdf == "pbkdf2":
        if "prf" in params and _word(params, "prf") != "hmacsha256":
            raise KeystoreUnreadable(f"its prf is {params['prf']!s:.40}, not hmac-sha256")
        rounds = _whole(params, "c")
        if rounds > _MOST_ROUNDS:
            raise KeystoreUnreadable("opening this keystore takes too long")
        return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds, length)
    raise KeystoreUnreadable(f"the key derivation {kdf!s:.40} is neither scrypt nor pbkdf2")


def _scrypt_memory(params: Mapping[str, object]) -> int:
    n, r, p = _scrypt_numbers(params)
    return 128 * r * (n + p + 2)


def _scrypt_numbers(params: Mapping[str, object]) -> tuple[int, int, int]:
    n, r, p = (_whole(params, name) for name in ("n", "r", "p"))
    if min(n, r, p) < 1 or n < 2 or n & (n - 1):
        raise KeystoreUnreadable("its n is no power of two, or its r or p is below 1")
    return n, r, p


# Wallets agree on the standard and differ in its spelling: Crypto, KDF, "AES-128-CTR", 0x before
# hexadecimal digits, numbers in quotes. The check of the password covers whatever is read so.


def _whole_of(text: str) -> Mapping[str, object]:
    """Give the members of the whole text."""
    try:
        found = read_json(text)
    except json.JSONDecodeError as error:
        raise KeystoreUnreadable(f"this is no keystore: no JSON, line {error.lineno}") from None
    except ValueError:
        raise KeystoreUnreadable("this is no keystore: JSON beyond every bound") from None
    if not isinstance(found, dict):
        raise KeystoreUnreadable("this is no keystore: no JSON object")
    return _in_small_letters(found)


def _members(holder: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = _member(holder, name)
    if not isinstance(found, dict):
        raise _unlike(name, "an object")
    return _in_small_letters(found)


def _in_small_letters(found: Mapping[str, object]) -> Mapping[str, object]:
    members: dict[str, object] = {}
    for written, value in found.items():
        small = written.lower()
        if small in members and value and members[small] and members[small] != value:
            raise KeystoreUnreadable(f"this keystore has {small:.40} twice")
        if value or small not in members:
            members[small] = value
    return members


def _word(holder: Mapping[str, object], name: str) -> str:
    """Give the letters and digits of a word, small."""
    found = _member(holder, name)
    if not isinstance(found, str):
        raise _unlike(name, "a word")
    return "".join(letter for letter in found.lower() if letter.isalnum())


def _octets(holder: Mapping[str, object], name: str) -> bytes:
    found = _member(holder, name)
    try:
        return bytes.fromhex(str(found).strip().lower().removeprefix("0x"))
    except ValueError:
        raise _unlike(name, "hexadecimal digits") from None


def _whole(holder: Mapping[str, object], name: str) -> int:
    found = _member(holder, name)
    try:
        if isinstance(found, str):
            return int(found, 16 if found.lower().startswith("0x") else 10)
        if isinstance(found, int | float) and not isinstance(found, bool) and found == int(found):
            return int(found)
    except (ValueError, OverflowError):
        pass
    raise _unlike(name, "a whole number")


def _member(holder: Mapping[str, object], name: str) -> object:
    if name not in holder:
        raise KeystoreUnreadable(f"this is no keystore of version 3: it has no {name}")
    return holder[name]


def _unlike(name: str, right: str) -> KeystoreUnreadable:
    return KeystoreUnreadable(f"this is no keystore of version 3: its {name} is not {right}")


def _aes_ctr(key: bytes, iv: bytes, data: bytes) -> bytes:
    cipher = AES.new(key, AES.MODE_CTR, nonce=b"", initial_value=iv)
    return bytes(cipher.encrypt(data))
