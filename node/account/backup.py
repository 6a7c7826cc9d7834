"""Gather what a home cannot do without into one sealed file.

That is one role's account, journal, history and parameters file, with the file that it includes.
Touches those, as whoever owns the state directory, and asks a running node or utility for its
journal and history. What the file holds is told by `Kept`; how it is sealed, by
`node.account.vault`.
"""

import base64
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from node.account.roles import RoleFiles, role_files
from node.account.vault import MOST_BYTES, VaultClosed, lock, unlock
from node.core.errors import NodeError, Refused
from node.core.wire.json_text import read_json
from node.keys.account import read_password
from node.links.status import ask
from node.parameters import parse
from node.state.copy import COPY_NAME, HISTORY_COPY_NAME
from node.state.history.store import HISTORY_NAME, HistoryStore
from node.state.journal import JOURNAL_NAME, Journal
from node.system.foreign_text import bytes_of, text_of
from node.system.ownership import as_owner_of, read_file

COPIED_WITHIN_S = 60.0
"""Years of history are some 50 MB."""

_DAMAGED = (TypeError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Hold a backup: `journal` is the file's bytes in base64, or None where there was none.

    So is `history`; it is None, too, where it could not be had: no account waits for that.
    `included` is the text of the file that the parameters include, by `included_name`.

    The keystore is as it was, and `password` opens it: on another card it gets that card's.
    """

    role: str
    address: str
    made_s: int
    parameters: str
    keystore: str
    password: str
    journal: str | None
    history: str | None = None
    included_name: str | None = None
    included: str | None = None


def back_up(parameters_file: Path, role: str, passphrase: str) -> tuple[Kept, bytes]:
    """Gather it, and give it with the bytes that are to be kept.

    Raises:
        ConfigError: the parameters are wrong.
        NodeError: the account does not open, or the journal cannot be had.
        OSError: a file cannot be read.
        ValueError: a file is too large.
    """
    text = text_of(parameters_file)
    parameters = parse(text, str(parameters_file))
    included = parameters.included
    files = role_files(parameters, role)
    with as_owner_of(files.state_directory):
        account = files.open()
        journal, history = _journal_of(files), _history_of(files)
        kept = Kept(
            role=role,
            address=account.account,
            made_s=int(time.time()),
            parameters=text,
            keystore=text_of(files.keystore),
            password=files.password or read_password(files.password_file, os.environ),
            journal=_in_base64(journal),
            history=_in_base64(history),
            included_name=None if included is None else included.name,
            included=None if included is None else included.text,
        )
    return kept, lock(json.dumps(asdict(kept)).encode(), passphrase)


def write_new(file: Path, content: bytes) -> None:
    """Write a file of mode 0600; one that exists, or a link, is left as it is.

    Raises:
        OSError: there is one, or it cannot be written.
    """
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())


def read_backup(file: Path, passphrase: str) -> Kept:
    """Open a sealed file.

    Raises:
        NodeError: it is damaged, too large, or closed to this passphrase.
        OSError: it cannot be read.
    """
    sealed = bytes_of(file, MOST_BYTES)
    try:
        content = unlock(sealed, passphrase)
    except VaultClosed as error:
        raise VaultClosed(f"{file}: {error}") from None
    try:
        kept = Kept(**read_json(content))
        for held in (kept.journal, kept.history):
            base64.b64decode(held or "", validate=True)
    except _DAMAGED as error:
        raise Refused("NoBackup", f"{file} is of another version of Peerwatt ({error})") from None
    return kept


def _in_base64(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()


def _journal_of(files: RoleFiles) -> bytes | None:
    """Give the journal as it is at one instant: the running program's own copy, or the file's.

    Where the copy lies is known here: what answers at the socket may be anybody.

    Raises:
        NodeError: it cannot be read, or another process than a node or a utility has it.
        OSError: the copy is not there, or is no regular file.
        ValueError: the copy is too large.
    """
    copy = files.state_directory / COPY_NAME
    copy.unlink(missing_ok=True)
    try:
        ask(files.state_directory, {"do": "copy_journal"})
    except Refused as refused:
        if refused.name != "NodeAway":
            raise
        path = files.state_directory / JOURNAL_NAME
        if not path.exists():
            return None
        _copy(path, copy)
    try:
        return read_file(copy, MOST_BYTES)
    finally:
        copy.unlink(missing_ok=True)


def _copy(path: Path, copy: Path) -> None:
    journal = Journal(path)
    journal.open()
    try:
        journal.copy_to(copy)
    except NodeError:
        copy.unlink(missing_ok=True)
        raise
    finally:
        journal.close()


def _history_of(files: RoleFiles) -> bytes | None:
    """Give the history as `_journal_of` does; None where there is none, or it cannot be had.

    Raises:
        OSError: the copy is not there, or is no regular file.
        ValueError: the copy is too large.
    """
    copy = files.state_directory / HISTORY_COPY_NAME
    copy.unlink(missing_ok=True)
    try:
        _have_history_copied(files, copy)
    except NodeError:
        return None
    try:
        return read_file(copy, MOST_BYTES)
    finally:
        copy.unlink(missing_ok=True)


def _have_history_copied(files: RoleFiles, copy: Path) -> None:
    try:
        ask(files.state_directory, {"do": "copy_history"}, COPIED_WITHIN_S)
    except Refused as refused:
        path = files.state_directory / HISTORY_NAME
        if refused.name != "NodeAway" or not path.exists():
            raise
        store = HistoryStore(path)
        store.open()
        try:
            store.copy_to(copy)
        finally:
            store.close()
