"""Put a backup back: on a new card, or over what is there where that is wished.

What is replaced is kept beside it. The account is sealed anew with this machine's own password.
Each folder is written to as its owner.
"""

import base64
import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from node.account.backup import Kept
from node.account.roles import RoleFiles, role_files
from node.core.errors import Refused
from node.keys.account import account_of_key, new_password, read_password, write_private
from node.keys.keystore import open_sealed, seal
from node.ledger.settings import CHAIN_KEY
from node.parameters import Included, parse
from node.state.history.store import HISTORY_NAME
from node.state.journal import JOURNAL_NAME, Journal
from node.system.lock import FileLock
from node.system.ownership import as_owner_of

_FRESH = ".restored"


def restore(
    kept: Kept,
    parameters_file: Path,
    environment: Mapping[str, str],
    tell: Callable[[str], None],
    *,
    overwrite: bool,
    keep_parameters: bool,
) -> None:
    """Write parameters, keystore, journal and history; each before the first is replaced.

    Without `keep_parameters` somebody else writes those. A file that they include is written where
    there is none: one that is there may be newer.

    Raises:
        ConfigError: the parameters that were kept are wrong for this version.
        FileLocked: the node runs.
        Refused: something is there already and `overwrite` is not wished, or the backup is damaged.
        KeyRefused: this machine has no password for the account, or a file cannot be written.
        OSError: a file cannot be written.
    """
    included = included_in(kept, parameters_file)
    parameters = parse(kept.parameters, str(parameters_file), included=included)
    files = role_files(parameters, kept.role)
    journal = files.state_directory / JOURNAL_NAME
    targets = [files.keystore, journal]
    if kept.history is not None:
        targets.append(files.state_directory / HISTORY_NAME)
    with as_owner_of(files.state_directory):
        there = [path for path in targets if os.path.lexists(path)]
    if os.path.lexists(parameters_file):
        there.insert(0, parameters_file)
    odd = [path for path in there if not path.is_symlink() and not path.is_file()]
    if odd:
        names = ", ".join(map(str, odd))
        raise Refused("NoFile", f"{names}: there already, and no file that could be replaced")
    if there and not overwrite:
        names = ", ".join(map(str, there))
        raise Refused(
            "Exists", f"{names}: there already; --overwrite keeps each under another name"
        )
    with as_owner_of(files.state_directory), _nobody_else(files, journal):
        keystore = _sealed_anew(kept, files, environment, tell)
        for target in targets:
            _fresh(target).unlink(missing_ok=True)
        write_private(_fresh(files.keystore), keystore)
        if kept.journal is not None:
            _write_journal(_fresh(journal), base64.b64decode(kept.journal))
        if kept.history is not None:
            _write_history(_fresh(targets[-1]), base64.b64decode(kept.history))
        if keep_parameters:
            if included is not None:
                _place_included(included, tell)
            _place_parameters(parameters_file, kept.parameters, tell)
        for target in targets:
            _replace(target, tell)
    tell(f"done: {files.keystore} holds {kept.address}")


def included_in(kept: Kept, parameters_file: Path) -> Included | None:
    """Give the file that the kept parameters include, as it is for parameters in this file."""
    if kept.included is None or kept.included_name is None:
        return None
    path = parameters_file.parent / kept.included_name
    return Included(name=kept.included_name, path=path, text=kept.included)


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
        tell(f"done: a new password is in {files.password_file}")
    return seal(key, read_password(files.password_file, environment), kept.address)


@contextlib.contextmanager
def _nobody_else(files: RoleFiles, journal: Path) -> Iterator[None]:
    history = files.state_directory / f"{HISTORY_NAME}.lock"
    held = (files.keystore, journal.with_name(f"{JOURNAL_NAME}.lock"), history)
    locks = [FileLock(path) for path in held]
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


def _write_history(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)


def _place_included(included: Included, tell: Callable[[str], None]) -> None:
    path = included.path
    if os.path.lexists(path):
        tell(f"note: {path}, which the parameters include, is left as it is")
        return
    with as_owner_of(path.parent):
        write_private(path, included.text)
        path.chmod(0o640)
    tell(f"done: {path}, which the parameters include")


def _place_parameters(path: Path, text: str, tell: Callable[[str], None]) -> None:
    with as_owner_of(path.parent):
        fresh = _fresh(path)
        fresh.unlink(missing_ok=True)
        write_private(fresh, text)
        # Its folder says who may read it: a group of the programs here.
        fresh.chmod(0o640)
        _replace(path, tell)


def _replace(target: Path, tell: Callable[[str], None]) -> None:
    """Put the fresh file in place; an old one stays beside it, with what belongs to it gone."""
    fresh = _fresh(target)
    if os.path.lexists(target):
        aside = _free_name(target)
        # A journal's last changes lie in its log until it is closed in order.
        for suffix in ("-wal", "-shm"):
            log = target.with_name(target.name + suffix)
            if os.path.lexists(log):
                log.replace(aside.with_name(aside.name + suffix))
        target.replace(aside)
        tell(f"note: what was there is now {aside}")
    if os.path.lexists(fresh):
        fresh.replace(target)


def _free_name(target: Path) -> Path:
    """Give a name beside a file that says when it was replaced, and that nothing else has."""
    second = int(time.time())
    while os.path.lexists(aside := target.with_name(f"{target.name}.replaced-{second}")):
        second += 1
    return aside


def _fresh(target: Path) -> Path:
    return target.with_name(target.name + _FRESH)
