"""Open, lock and change the one SQLite file of a journal, or of a history.

It knows a journal's tables, not their meaning; a history brings its own.

A change that is `durable` is on the disk, not only with the system, when it returns.
"""

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from node.core.errors import NodeError
from node.system.lock import FileLock

SCHEMA_VERSION = 1
PAGE_BYTES = 1024
LOG_PAGES = 256
"""Pages in the log after which they are copied into the file, and the log is written over."""
LOG_BYTES = 32 + (LOG_PAGES + 16) * (24 + PAGE_BYTES)
"""The log with its header, the pages' headers, and the last change before it is written over."""

_SCHEMA = """
CREATE TABLE promises (
    id INTEGER PRIMARY KEY, identity TEXT NOT NULL, intent TEXT NOT NULL, state TEXT NOT NULL,
    block_number INTEGER, block_hash TEXT, block_time INTEGER, sent TEXT, gas_used INTEGER);
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY, promise INTEGER NOT NULL REFERENCES promises ON DELETE CASCADE,
    nonce INTEGER NOT NULL, hash TEXT NOT NULL, raw BLOB NOT NULL,
    fee_wei TEXT NOT NULL, tip_wei TEXT NOT NULL, closes INTEGER NOT NULL);
CREATE TABLE store (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

_FORMER_INDEXES = ("promises_by_identity", "attempts_by_promise")
"""Among a few hundred promises they save no time, and cost two pages more for each new one."""

DAMAGED = (sqlite3.Error, OverflowError, UnicodeDecodeError)

_log = logging.getLogger(__name__)


class JournalUnwritable(NodeError):
    """Say that it could not be put on disk; of a promise, that nothing may be promised."""


class StateFile:
    """Hold the file; `guard` is the lock under which threads take turns.

    `schema` makes the tables of a new one. `set_aside` names the file that could not be read when
    this one was opened, None where there was none.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self.guard = threading.RLock()
        self.set_aside: str | None = None
        self._path = path
        self._schema = schema
        self._lock = FileLock(path.with_name(path.name + ".lock"))
        self._database: sqlite3.Connection | None = None

    def open(self) -> None:
        """Lock and open the file; make a new one where there is none, or none that can be read.

        An unreadable file is kept aside under another name.

        Raises:
            FileLocked: another process has it.
            JournalUnwritable: it cannot be opened or made.
        """
        with self.guard:
            if self._database is not None:
                return
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._lock.acquire(create=True)
            except OSError as error:
                raise JournalUnwritable(f"{self._path}: {error.strerror}") from error
            try:
                self._database = self._connect()
                _reserve_log(self._path.with_name(self._path.name + "-wal"))
                _sync_directory(self._path.parent)
            except BaseException:
                self._lock.release()
                raise

    def close(self) -> None:
        """Close and unlock; may be called twice."""
        with self.guard:
            if self._database is None:
                return
            self._database.close()
            self._database = None
            self._lock.release()

    @property
    def is_open(self) -> bool:
        """Say whether the file is open."""
        return self._database is not None

    def _connect(self) -> sqlite3.Connection:
        try:
            return _opened(self._path, self._schema)
        except sqlite3.OperationalError as error:
            raise JournalUnwritable(f"{self._path}: {error}") from error
        except sqlite3.DatabaseError as error:
            aside = self._path.with_name(f"{self._path.name}.unreadable-{int(time.time())}")
            _log.error("%s: %s; kept aside as %s", self._path, error, aside.name)
        try:
            self._path.replace(aside)
            for suffix in ("-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            opened = _opened(self._path, self._schema)
        except (OSError, sqlite3.Error) as error:
            raise JournalUnwritable(f"{self._path}: {error}") from error
        self.set_aside = aside.name
        return opened

    @contextlib.contextmanager
    def change(self, *, durable: bool) -> Iterator[sqlite3.Connection]:
        """Make one transaction of the changes inside; `durable` waits for the disk."""
        with self.guard:
            database = self.database
            try:
                # In WAL mode FULL syncs the log at each commit, NORMAL only at checkpoints.
                database.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                database.execute("BEGIN IMMEDIATE")
                yield database
                database.execute("COMMIT")
            except BaseException as error:
                with contextlib.suppress(sqlite3.Error):
                    database.execute("ROLLBACK")
                if isinstance(error, DAMAGED):
                    raise JournalUnwritable(f"{self._path}: {error}") from error
                raise

    def read(self, query: str, values: Sequence[str | int]) -> list[Any]:
        """Give the rows that the database answers.

        Raises:
            JournalUnwritable: it is closed, or damaged where the answer lies.
        """
        try:
            return self.database.execute(query, values).fetchall()
        except DAMAGED as error:
            raise JournalUnwritable(f"{self._path}: {error}") from error

    def copy_to(self, path: Path) -> None:
        """Write all of it to another file, as it is at one instant; an older copy is replaced.

        Raises:
            JournalUnwritable: it cannot be read, or the copy not be written.
        """
        with self.guard:
            database = self.database
            path.unlink(missing_ok=True)
            try:
                with contextlib.closing(sqlite3.connect(path)) as copy:
                    database.backup(copy)
                path.chmod(0o600)
            except (OSError, *DAMAGED) as error:
                raise JournalUnwritable(f"{path}: {error}") from error

    @property
    def database(self) -> sqlite3.Connection:
        """Give the open file.

        Raises:
            JournalUnwritable: it is closed.
        """
        if self._database is None:
            raise JournalUnwritable(f"{self._path}: the file is closed")
        return self._database


class JournalFile(StateFile):
    """Hold a journal's file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _SCHEMA)


def _opened(path: Path, schema: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    # One damaged character must not hide the rows beside it; whoever reads the text refuses it.
    database.text_factory = _text
    try:
        # Pages of this size, no index file shared with others, and a short log that is soon written
        # over in place make a commit a third of what it would be: a card takes only so much.
        database.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("PRAGMA journal_size_limit = 1048576")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version == 0:
            database.executescript(
                f"BEGIN; {schema} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )
        elif version != SCHEMA_VERSION:
            raise JournalUnwritable(
                f"{path}: written by another version (schema {version}, not {SCHEMA_VERSION})"
            )
        for index in _FORMER_INDEXES:
            database.execute(f"DROP INDEX IF EXISTS {index}")
        if database.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the file is damaged")
    except UnicodeDecodeError as error:
        # SQLite quotes the damaged text in its message, which then is no text.
        database.close()
        raise sqlite3.DatabaseError("the file is damaged") from error
    except BaseException:
        database.close()
        raise
    return database


def _reserve_log(path: Path) -> None:
    """Make the log as long as it grows: to lengthen a file costs the card more than to fill it.

    Each time, blocks of the file system are written beside those of the file. What follows SQLite's
    own pages is never read, for it lacks their checksum. Without room, the log grows as it may.
    """
    with contextlib.suppress(OSError), path.open("ab") as log:
        log.write(bytes(max(0, LOG_BYTES - log.tell())))
        log.flush()
        os.fsync(log.fileno())
        # What the kernel caches of one long write is one large piece, dirty as a whole ever after.
        os.posix_fadvise(log.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _text(stored: bytes) -> str:
    return stored.decode(errors="replace")


def _sync_directory(directory: Path) -> None:
    """Put a new file's name on the disk, too: SQLite syncs only what is in it."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
