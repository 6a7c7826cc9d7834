"""The page's password: a salted scrypt hash in its state directory, within 16 MiB of memory."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from pathlib import Path

from node.core.errors import Refused
from node.core.wire.json_text import read_json
from node.system.foreign_text import text_of

FILE_NAME = "password.json"
LEAST_LENGTH = 8
MOST_LENGTH = 256
_N, _R, _P = 2**14, 8, 1
_SALT_BYTES = 16
_MOST_MEMORY = 128 * _R * (_N + _P + 2) + 1024
"""What scrypt takes with these numbers (RFC 7914): 16 MiB and a little."""

Mark = tuple[int, int, int]
"""A file's inode, time and size: another one is another password."""


class PasswordFile:
    """Keep one hash; it is read anew at each use, since a command may have changed it."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE_NAME

    def mark(self) -> Mark | None:
        """Tell this password from another; None while there is none."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def fits(self, password: str) -> bool:
        """Say whether this is the password; takes a good part of a second.

        Raises:
            Refused: the file cannot be read, or is none of ours.
        """
        try:
            kept = read_json(text_of(self._path))
            salt, expected = (base64.b64decode(kept[name]) for name in ("salt", "hash"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            remedy = f"{self._path} cannot be read; page password --reset makes place for a new one"
            raise Refused("PasswordUnreadable", remedy) from error
        return hmac.compare_digest(_derived(password, salt), expected)

    def keep(self, password: str) -> None:
        """Put a password in place of the one before.

        Raises:
            Refused: it is too short or too long.
            OSError: the directory cannot be written.
        """
        if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
            sentence = f"a password has {LEAST_LENGTH} to {MOST_LENGTH} characters"
            raise Refused("BadPassword", sentence)
        salt = secrets.token_bytes(_SALT_BYTES)
        kept = {"salt": _text(salt), "hash": _text(_derived(password, salt))}
        # Made with mode 0600, and never half written at its own name.
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{FILE_NAME}")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps(kept) + "\n")
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(self._path)

    def remove(self) -> None:
        """Leave none; there need be none.

        Raises:
            OSError: the directory cannot be written.
        """
        self._path.unlink(missing_ok=True)


def _derived(password: str, salt: bytes) -> bytes:
    octets = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(octets, salt=salt, n=_N, r=_R, p=_P, maxmem=_MOST_MEMORY, dklen=32)


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
