"""Gather what a home cannot do without into one sealed file, and put it back.

That is one role's account, journal and parameters file. Touches those, and asks a running node for
its journal. What the file holds is told by `Kept`; how it is sealed, by `node.ledger.vault`.
"""

import base64
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from node.core.errors import NodeError, Refused
from node.journal import JOURNAL_NAME, Journal
from node.ledger.keys import read_password
from node.ledger.vault import MOST_BYTES, lock, unlock
from node.links.status import ask
from node.parameters import load
from node.roles import RoleFiles, role_files

_DAMAGED = (TypeError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Hold a backup: `journal` is the file's bytes in base64, or None where there was none.

    The keystore is as it was, and `password` opens it: on another card it gets that card's.
    """

    role: str
    address: str
    made_s: int
    parameters: str
    keystore: str
    password: str
    journal: str | None


def back_up(parameters_file: Path, role: str, file: Path, passphrase: str) -> Kept:
    """Write the sealed file, mode 0600; one that exists is left as it is.

    Raises:
        ConfigError: the parameters are wrong.
        NodeError: the account does not open, or the journal cannot be had.
        OSError: a file cannot be read or written.
    """
    files = role_files(load(parameters_file), role)
    account = files.open()
    journal = _journal_of(files)
    kept = Kept(
        role=role,
        address=account.account,
        made_s=int(time.time()),
        parameters=parameters_file.read_text(encoding="utf-8"),
        keystore=files.keystore.read_text(encoding="utf-8"),
        password=files.password or read_password(files.password_file, os.environ),
        journal=None if journal is None else base64.b64encode(journal).decode(),
    )
    sealed = lock(json.dumps(asdict(kept)).encode(), passphrase)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        written.write(sealed)
        written.flush()
        os.fsync(written.fileno())
    return kept


def read_backup(file: Path, passphrase: str) -> Kept:
    """Open a sealed file.

    Raises:
        NodeError: it is damaged, too large, or closed to this passphrase.
        OSError: it cannot be read.
    """
    if file.stat().st_size > MOST_BYTES:
        raise Refused("NoBackup", f"{file} has more than {MOST_BYTES} bytes")
    content = unlock(file.read_bytes(), passphrase)
    try:
        kept = Kept(**json.loads(content))
        if kept.journal is not None:
            base64.b64decode(kept.journal, validate=True)
    except _DAMAGED as error:
        raise Refused("NoBackup", f"{file} is of another version of Peerwatt ({error})") from None
    return kept


def _journal_of(files: RoleFiles) -> bytes | None:
    """Give the journal as it is at one instant: the running node's own copy, or the file's.

    Raises:
        NodeError: it cannot be read, or another process than a node has it.
    """
    copy = _copied(files)
    if copy is None:
        return None
    try:
        return copy.read_bytes()
    finally:
        copy.unlink()


def _copied(files: RoleFiles) -> Path | None:
    try:
        return Path(str(ask(files.state_directory, {"do": "copy_journal"})))
    except Refused as refused:
        if refused.name != "NodeAway":
            raise
    path = files.state_directory / JOURNAL_NAME
    if not path.exists():
        return None
    journal, copy = Journal(path), path.with_suffix(".backup")
    journal.open()
    try:
        journal.copy_to(copy)
    except NodeError:
        copy.unlink(missing_ok=True)
        raise
    finally:
        journal.close()
        give_to_folder(path.with_name(f"{path.name}.lock"), 0o600)
    return copy


def give_to_folder(path: Path, mode: int) -> None:
    """Give a file to whoever owns its folder: root makes it, and the node's own user reads it."""
    path.chmod(mode)
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid)
