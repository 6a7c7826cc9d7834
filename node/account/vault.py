"""Seal bytes with a passphrase that a person remembers, and open them. Touches no file.

scrypt (RFC 7914) and AES-256-GCM, of the libraries that keystores need already. The first line says
how the key was derived, and is sealed with the rest: who changes a digit of it opens nothing.
"""

import hashlib
import json
import secrets

from Crypto.Cipher import AES

from node.core.errors import NodeError
from node.core.wire.json_text import read_json

SCRYPT_N = 2**16
"""64 MiB: as much as a board of 512 MB spares beside a running node."""
SCRYPT_R = 8
SCRYPT_P = 1
LEAST_PASSPHRASE = 10
"""Characters. A file that is stolen is tried offline, at leisure."""
MOST_BYTES = 256 * 1024 * 1024

_MAGIC = "peerwatt-backup-1"
_SALT_BYTES = 16
_NONCE_BYTES = 12
_TAG_BYTES = 16
_KEY_BYTES = 32
_MOST_HEADER_BYTES = 512
_MOST_SCRYPT_N = 2**20
_DAMAGED = (KeyError, TypeError, ValueError)


class VaultClosed(NodeError):
    """Say that sealed bytes are damaged, of another kind, or closed to this passphrase."""


def lock(content: bytes, passphrase: str) -> bytes:
    """Return the sealed bytes.

    Raises:
        VaultClosed: the passphrase is too short.
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise VaultClosed(
            f"the passphrase has {len(passphrase)} characters, not at least {LEAST_PASSPHRASE}"
        )
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    fields = {"kind": _MAGIC, "n": SCRYPT_N, "salt": salt.hex(), "nonce": nonce.hex()}
    header = json.dumps(fields).encode() + b"\n"
    cipher = AES.new(_derived(passphrase, salt, SCRYPT_N), AES.MODE_GCM, nonce=nonce)
    cipher.update(header)
    sealed, tag = cipher.encrypt_and_digest(content)
    return header + sealed + tag


def unlock(sealed: bytes, passphrase: str) -> bytes:
    """Return the content of sealed bytes.

    Raises:
        VaultClosed: they are damaged, of another kind, or the passphrase is another one's.
    """
    end = sealed.find(b"\n", 0, _MOST_HEADER_BYTES) + 1
    header, body = sealed[:end], sealed[end:]
    try:
        fields = read_json(header)
        if fields["kind"] != _MAGIC:
            raise ValueError
        salt, nonce = bytes.fromhex(fields["salt"]), bytes.fromhex(fields["nonce"])
        cost = int(fields["n"])
        if len(nonce) != _NONCE_BYTES or not 2 <= cost <= _MOST_SCRYPT_N or cost & (cost - 1):
            raise ValueError
    except _DAMAGED:
        raise VaultClosed("this is no backup of Peerwatt's, or its beginning is damaged") from None
    cipher = AES.new(_derived(passphrase, salt, cost), AES.MODE_GCM, nonce=nonce)
    cipher.update(header)
    try:
        return bytes(cipher.decrypt_and_verify(body[:-_TAG_BYTES], body[-_TAG_BYTES:]))
    except ValueError:
        raise VaultClosed("the passphrase does not open it, or it is damaged") from None


def _derived(passphrase: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(
        passphrase.encode(),
        salt=salt,
        n=cost,
        r=SCRYPT_R,
        p=SCRYPT_P,
        dklen=_KEY_BYTES,
        maxmem=128 * SCRYPT_R * (cost + SCRYPT_P + 2) + (1 << 20),
    )
