"""Hold a node's account: make it, open it, sign with it. Touches the keystore and password files.

The private key stays inside `Account`: it is in no error, no log line and no representation.
"""

import logging
import os
import secrets
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from coincurve import PrivateKey

from node.core.errors import NodeError
from node.keys.folder import why_none
from node.keys.keccak import address_of_public_key
from node.keys.keystore import (
    HEAVY_MEMORY_BYTES,
    KeystoreUnreadable,
    PasswordDiffers,
    address_in,
    memory_to_open,
    open_sealed,
    seal,
)
from node.keys.transactions import Fields, SignedTransaction, sign_transaction
from node.system.foreign_text import lines_of, text_of

CREDENTIAL = "peerwatt-password"
"""Name of the systemd credential that holds the keystore's password."""

_PRIVATE = 0o600
_PASSWORD_BYTES = 24
_log = logging.getLogger(__name__)


class KeyRefused(NodeError):
    """Say that a key or its password cannot be used, and what to do."""


class WrongPassword(KeyRefused):
    """Say that keystore and password are not of one account."""


class OtherAccount(KeyRefused):
    """Say that a keystore opens, and holds another account than the one that is named."""


@dataclass(frozen=True, slots=True)
class Account:
    """Sign digests (a `Signer`) and transactions with one key; `path` is its keystore, if any."""

    account: str
    path: Path | None
    _key: PrivateKey = field(repr=False, compare=False)

    def sign(self, digest: bytes) -> bytes:
        """Return the 65-byte signature r || s || v of a 32-byte digest, v being 27 or 28, s low.

        Raises:
            ValueError: the digest does not have 32 bytes.
        """
        signature = self._key.sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes([signature[64] + 27])

    def sign_transaction(self, fields: Fields) -> SignedTransaction:
        """Sign a transaction given by the field names of JSON-RPC.

        Raises:
            LookupError: a field is missing.
            ValueError: a field's value is none that a transaction can hold.
        """
        return sign_transaction(fields, self.sign)


def account_of_key(private_key: bytes, path: Path | None = None) -> Account:
    """Give the account of a 32-byte private key.

    Raises:
        KeyRefused: the bytes are not a private key.
    """
    try:
        key = PrivateKey(private_key)
    except ValueError:
        raise KeyRefused("the keystore holds no valid private key") from None
    return Account(address_of_public_key(key.public_key.format(compressed=False)), path, key)


def new_account() -> Account:
    """Give the account of a new key, which is kept nowhere."""
    return account_of_key(PrivateKey().secret)


def create_account(keystore: Path, password: str) -> Account:
    """Make a new key and write its keystore, mode 0600; an existing file is never overwritten.

    Raises:
        KeyRefused: the file exists, or cannot be written.
    """
    private_key = PrivateKey().secret
    account = account_of_key(private_key, keystore)
    write_private(keystore, seal(private_key, password, account.account))
    return account


def open_account(keystore: Path, password: str) -> Account:
    """Open a keystore.

    A keystore whose scrypt takes more than 64 MiB still opens, with a warning that says so.

    Raises:
        KeyRefused: the file is absent, damaged, or the password does not open it.
    """
    if keystore.is_dir():
        raise KeyRefused(f"{keystore}: {why_none(keystore)}")
    try:
        text = text_of(keystore)
    except OSError as error:
        raise KeyRefused(f"{keystore}: the keystore cannot be read ({_why(error)})") from None
    memory = memory_to_open(text)
    if memory > HEAVY_MEMORY_BYTES:
        _log.warning(
            "%s: opening this keystore takes %d MiB of memory; a board of 512 MB may not "
            "survive it: make a lighter one with `account new`, or use pbkdf2",
            keystore,
            memory >> 20,
        )
    try:
        account = account_of_key(open_sealed(text, password), keystore)
    except PasswordDiffers as error:
        raise WrongPassword(f"{keystore}: {error}") from None
    except KeystoreUnreadable as error:
        raise KeyRefused(f"{keystore}: {error}") from None
    except MemoryError:
        raise KeyRefused(
            f"{keystore}: opening this keystore takes {memory >> 20} MiB of memory, "
            "more than there is"
        ) from None
    # The password's check does not cover all of the file: a damaged byte may give another key.
    if address_in(text) not in (None, account.account[2:].lower()):
        raise KeyRefused(f"{keystore}: it is damaged: its key is not that of the address it names")
    return account


def read_password(password_file: Path | None, environment: Mapping[str, str]) -> str:
    """Read the keystore's password: the systemd credential first, else the password file.

    Raises:
        KeyRefused: there is neither, or the file may be read by others.
    """
    directory = environment.get("CREDENTIALS_DIRECTORY")
    if directory and (Path(directory) / CREDENTIAL).is_file():
        return _first_line(Path(directory) / CREDENTIAL)
    if password_file is None:
        raise KeyRefused(f"no password: neither the credential {CREDENTIAL} nor a password file")
    try:
        found = password_file.stat().st_mode
    except OSError as error:
        raise KeyRefused(f"{password_file}: cannot be read ({_why(error)})") from None
    mode = stat.S_IMODE(found)
    # A folder's mode is right as it is: reading it says what is wrong.
    if mode & 0o077 and not stat.S_ISDIR(found):
        raise KeyRefused(
            f"{password_file}: mode {mode:04o} lets others read the password; "
            f"run chmod 600 {password_file}"
        )
    return _first_line(password_file)


def new_password() -> str:
    """Make a password that nobody has to remember."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def write_private(path: Path, text: str) -> None:
    """Write a new file, mode 0600, whole or not at all; an existing one is never overwritten.

    Raises:
        KeyRefused: the file exists, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fchmod(file.fileno(), _PRIVATE)
                os.fsync(file.fileno())
            # A link, unlike a rename, refuses to replace a file that appeared meanwhile.
            os.link(name, path)
        finally:
            Path(name).unlink()
        _sync_directory(path.parent)
    except FileExistsError:
        raise KeyRefused(f"{path}: exists already and is left as it is") from None
    except OSError as error:
        raise KeyRefused(f"{path}: cannot be written ({_why(error)})") from None


def _first_line(path: Path) -> str:
    try:
        password = lines_of(path)[0]
    except OSError as error:
        raise KeyRefused(f"{path}: cannot be read ({_why(error)})") from None
    if not password:
        raise KeyRefused(f"{path}: the password is empty")
    return password


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _why(error: OSError) -> str:
    return error.strerror or "?"
