"""Put a backup back: on a new card, or over what is there where that is wished.

What is replaced is kept beside it. The account is sealed anew with this machine's own password.
"""

import base64
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from node.backup import Kept, give_to_folder
from node.core.errors import Refused
from node.filelock import FileLock
from node.journal import JOURNAL_NAME, Journal
from node.ledger.keys import account_of_key, new_password, read_password, write_private
from node.ledger.keystore import open_sealed, seal
from node.ledger.settings import CHAIN_KEY
from node.parameters import parse
from node.roles import RoleFiles, role_files

_FRESH = ".restored"


def restore(
    kept: Kept,
    parameters_file: Path,
    environment: Mapping[str, str],
    tell: Callable[[str], None],
    *,
    overwrite: bool,
) -> None:
    """Write parameters, keystore and journal; all are written before the first is replaced.

    Raises:
        ConfigError: the parameters that were kept are wrong for this version.
        FileLocked: the node runs.
        Refused: something is there already and `overwrite` is not wished, or the backup is damaged.
        KeyRefused: this machine has no password for the account, or a file cannot be written.
        OSError: a file cannot be written.
    """
    files = role_files(parse(kept.parameters, str(parameters_file)), kept.role)
    journal = files.state_directory / JOURNAL_NAME
    targets = (parameters_file, files.keystore, journal)
    there = [path for path in targets if path.exists()]
    if there and not overwrite:
        names = ", ".join(map(str, there))
        raise Refused(
            "Exists", f"{names}: there already; --overwrite keeps each under another name"
        )
    with _nobody_else(files, journal):
        keystore = _sealed_anew(kept, files, environment, tell)
        for target in targets:
            _fresh(target).unlink(missing_ok=True)
        write_private(_fresh(files.keystore), keystore)
        write_private(_fresh(parameters_file), kept.parameters)
        if kept.journal is not None:
            _write_journal(_fresh(journal), base64.b64decode(kept.journal))
        for target in targets:
            _replace(target, tell)
    give_to_folder(parameters_file, 0o640)
    tell(f"done: {files.keystore} holds {kept.address}")


def _sealed_anew(
    kept: Kept, files: RoleFiles, environment: Mapping[str, str], tell: Callable[[str], None]
) -> str:
    key = open_sealed(kept.keystore, kept.password)
    if account_of_key(key).account != kept.address:
        raise Refused("NoBackup", f"its keystore does not hold {kept.address}")
    if files.password is not None:
        return seal(key, files.password, kept.address)
    if files.password_file is not None and not files.password_file.exists():
        write_private(files.password_file, new_password() + "\n")
        give_to_folder(files.password_file, 0o600)
        tell(f"done: a new password is in {files.password_file}")
    return seal(key, read_password(files.password_file, environment), kept.address)


@contextlib.contextmanager
def _nobody_else(files: RoleFiles, journal: Path) -> Iterator[None]:
    locks = [FileLock(path) for path in (files.keystore, journal.with_name(f"{JOURNAL_NAME}.lock"))]
    try:
        for lock in locks:
            with contextlib.suppress(FileNotFoundError):
                lock.acquire(create=False)
        yield
    finally:
        for lock in locks:
            lock.release()


def _write_journal(path: Path, content: bytes) -> None:
    """Write a journal that waits out what may have been sent since it was copied.

    Its promises are looked for on the chain; but later ones may be under way that it does not know,
    so the node must not send before their nonces are settled.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    journal = Journal(path)
    journal.open()
    try:
        journal.put(CHAIN_KEY, None, durable=True)
    finally:
        journal.close()
    path.with_name(path.name + ".lock").unlink()


def _replace(target: Path, tell: Callable[[str], None]) -> None:
    """Put the fresh file in place; an old one stays beside it, with what belongs to it gone."""
    fresh = _fresh(target)
    if target.exists():
        aside = target.with_name(f"{target.name}.replaced-{int(time.time())}")
        # A journal's last changes lie in its log until it is closed in order.
        for suffix in ("-wal", "-shm"):
            log = target.with_name(target.name + suffix)
            if log.exists():
                log.replace(aside.with_name(aside.name + suffix))
        target.replace(aside)
        tell(f"note: what was there is now {aside}")
    if fresh.exists():
        fresh.replace(target)
        give_to_folder(target, 0o600)


def _fresh(target: Path) -> Path:
    return target.with_name(target.name + _FRESH)
