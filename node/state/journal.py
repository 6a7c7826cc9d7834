"""Keep what this node promised, and what it counted, through a power loss.

Touches one SQLite file and its lock. Promises (an intent, its nonce, every signed transaction of
it) are on disk before they leave the house. Beside them lies a small store of named texts:
registers, drawn counters, receipts. Decides nothing about either.

One process holds a journal at a time; within it any thread may call.
"""

import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from node.state.file import JournalFile, JournalUnwritable
from node.state.promise import SETTLED, Attempt, Inclusion, Promise, PromiseState

JOURNAL_NAME = "journal.sqlite"
"""In the state directory of whose journal it is."""
FLUSH_AFTER_S = 60.0
"""Longest time that a text put without `durable` may be lost for, in seconds."""

_log = logging.getLogger(__name__)


class Journal:
    """Keep promises and named texts in one file."""

    def __init__(self, path: Path, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._file = JournalFile(path)
        self._unsaved: dict[str, str | None] = {}
        self._unsaved_since_s = 0.0
        self._unmarked: dict[int, tuple[PromiseState, Inclusion | None]] = {}

    def open(self) -> None:
        """Lock and open the file; make a new one where there is none, or none that can be read.

        Raises:
            FileLocked: another process has it.
            JournalUnwritable: it cannot be opened or made.
        """
        self._file.open()

    def close(self) -> None:
        """Flush, close and unlock; may be called twice."""
        with self._file.guard:
            if not self._file.is_open:
                return
            try:
                self.flush()
                self._write_waiting_marks()
            except JournalUnwritable as error:
                _log.error("the journal lost its last counts: %s", error)
            finally:
                self._file.close()

    def copy_to(self, path: Path) -> None:
        """Write everything, also what was not on disk yet, to another file.

        Raises:
            JournalUnwritable: this one cannot be read or written, or the copy not be written.
        """
        with self._file.guard:
            self.flush()
            self._write_waiting_marks()
            self._file.copy_to(path)

    # Promises

    def prepare(self, identity: str, intent: str, attempt: Attempt) -> Promise:
        """Put a promise and its signed transaction on disk; only then may it leave.

        What waits to be written goes along: no more is lost, and the card is written to once.

        Raises:
            JournalUnwritable: it is not on disk, so it must not leave.
        """
        with self._file.guard:
            with self._file.change(durable=True) as database:
                row = database.execute(
                    "INSERT INTO promises (identity, intent, state) VALUES (?, ?, ?)",
                    (identity, intent, PromiseState.PREPARED.value),
                )
                promise_id = row.lastrowid or 0
                _insert_attempt(database, promise_id, attempt)
                self._write_waiting(database)
            self._forget_waiting()
        return Promise(
            id=promise_id,
            identity=identity,
            intent=intent,
            state=PromiseState.PREPARED,
            attempts=(attempt,),
            inclusion=None,
        )

    def add_attempt(self, promise_id: int, attempt: Attempt) -> None:
        """Put a replacing transaction on disk; only then may it leave."""
        with self._file.change(durable=True) as database:
            _insert_attempt(database, promise_id, attempt)

    def mark(self, promise_id: int, state: PromiseState, inclusion: Inclusion | None) -> None:
        """Note how far a promise has come.

        Not forced to disk: after a power loss the chain is asked again. What the chain would only
        tell again waits for the next writing.
        """
        with self._file.guard:
            self._unmarked[promise_id] = (state, inclusion)
            if state not in (PromiseState.BROADCAST, PromiseState.CONFIRMED):
                self._write_waiting_marks()

    def live(self) -> tuple[Promise, ...]:
        """Give the promises that may still be mined, oldest first.

        Raises:
            JournalUnwritable: one cannot be read, so nobody knows what it was.
        """
        self._note_waiting_marks()
        # Asked the other way round, a damaged state would be left out.
        return self._promises("state NOT IN (?, ?)", [state.value for state in SETTLED])

    def confirmed_since(self, block_number: int) -> tuple[Promise, ...]:
        """Give the confirmed promises of this block and later ones, oldest first."""
        self._note_waiting_marks()
        return self._promises(
            "state = ? AND block_number >= ?", [PromiseState.CONFIRMED.value, block_number]
        )

    def find(self, identity: str) -> Promise | None:
        """Give the newest promise of this identity that was not refused."""
        with self._file.guard:
            known = self._promises("identity = ?", [identity])
            found = [self._as_marked(promise) for promise in known]
        return next((p for p in reversed(found) if p.state is not PromiseState.REFUSED), None)

    def prune(self, keep: int) -> None:
        """Forget the oldest promises that are confirmed or refused, all but the newest `keep`."""
        self._write_waiting_marks()
        settled = [state.value for state in SETTLED]
        with self._file.change(durable=False) as database:
            database.execute(
                "DELETE FROM promises WHERE state IN (?, ?) AND id NOT IN (SELECT id FROM promises "
                "WHERE state IN (?, ?) ORDER BY id DESC LIMIT ?)",
                (*settled, *settled, keep),
            )

    def forget_promises(self) -> None:
        """Forget every promise: they were made on another chain or with another key."""
        with self._file.change(durable=True) as database:
            database.execute("DELETE FROM promises")
            self._unmarked.clear()

    # Named texts

    def put(self, key: str, value: str | None, *, durable: bool) -> None:
        """Keep a text under a key (None forgets it): on disk now, or within `FLUSH_AFTER_S`.

        Raises:
            JournalUnwritable: it is not on disk; it is kept in memory and tried again.
        """
        with self._file.guard:
            if not self._unsaved:
                self._unsaved_since_s = self._monotonic_s()
            self._unsaved[key] = value
            if durable:
                self.flush()
            else:
                self.flush_if_due()

    def get(self, key: str) -> str | None:
        """Give the text under a key, as last put."""
        with self._file.guard:
            if key in self._unsaved:
                return self._unsaved[key]
            rows = self._file.read("SELECT value FROM store WHERE key = ?", [key])
            return str(rows[0][0]) if rows else None

    def items(self, prefix: str) -> Mapping[str, str]:
        """Give every key that begins so, with its text."""
        with self._file.guard:
            rows = self._file.read(
                "SELECT key, value FROM store WHERE substr(key, 1, ?) = ?", [len(prefix), prefix]
            )
            found: dict[str, str | None] = {str(key): str(value) for key, value in rows}
            found.update((k, v) for k, v in self._unsaved.items() if k.startswith(prefix))
            return {key: value for key, value in found.items() if value is not None}

    def flush_if_due(self) -> None:
        """Put texts on disk that have waited for `FLUSH_AFTER_S`."""
        with self._file.guard:
            waited_s = self._monotonic_s() - self._unsaved_since_s
            if self._unsaved and waited_s >= FLUSH_AFTER_S:
                self.flush()

    def flush(self) -> None:
        """Put every text that waits on disk now; where none does, nothing is written."""
        with self._file.guard:
            if not self._unsaved:
                return
            with self._file.change(durable=True) as database:
                self._write_waiting(database)
            self._forget_waiting()

    def _write_waiting(self, database: sqlite3.Connection) -> None:
        self._write_marks(database)
        gone = [(key,) for key, value in self._unsaved.items() if value is None]
        database.executemany("DELETE FROM store WHERE key = ?", gone)
        kept = [(key, value) for key, value in self._unsaved.items() if value is not None]
        database.executemany("REPLACE INTO store VALUES (?, ?)", kept)

    def _forget_waiting(self) -> None:
        self._unsaved.clear()
        self._unmarked.clear()

    def _note_waiting_marks(self) -> None:
        # Unnoted, a promise seems less far than it is, and is asked after once more.
        with contextlib.suppress(JournalUnwritable):
            self._write_waiting_marks()

    def _as_marked(self, promise: Promise) -> Promise:
        state, inclusion = self._unmarked.get(promise.id, (promise.state, promise.inclusion))
        return replace(promise, state=state, inclusion=inclusion)

    def _write_waiting_marks(self) -> None:
        with self._file.guard:
            if self._unmarked:
                with self._file.change(durable=False) as database:
                    self._write_marks(database)
                self._unmarked.clear()

    def _write_marks(self, database: sqlite3.Connection) -> None:
        for promise_id, (state, found) in self._unmarked.items():
            database.execute(
                "UPDATE promises SET state = ?, block_number = ?, block_hash = ?, block_time = ?, "
                "sent = ?, gas_used = ? WHERE id = ?",
                (
                    state.value,
                    found.block_number if found else None,
                    found.block_hash if found else None,
                    found.timestamp_s if found else None,
                    found.transaction if found else None,
                    found.gas_used if found else None,
                    promise_id,
                ),
            )

    def _promises(self, where: str, values: Sequence[str | int]) -> tuple[Promise, ...]:
        with self._file.guard:
            rows = self._file.read(
                "SELECT id, identity, intent, state, sent, block_number, block_hash, block_time, "
                f"gas_used FROM promises WHERE {where} ORDER BY id",
                values,
            )
            try:
                return tuple(self._promise(row) for row in rows)
            except (ValueError, TypeError) as error:
                raise JournalUnwritable(f"a promise cannot be read: {error}") from error

    def _promise(self, row: tuple[int, str, str, str, str | None, int, str, int, int]) -> Promise:
        promise_id, identity, intent, state, sent, number, block_hash, timestamp_s, gas_used = row
        attempts = self._file.read(
            "SELECT nonce, hash, raw, fee_wei, tip_wei, closes FROM attempts "
            "WHERE promise = ? ORDER BY id",
            [promise_id],
        )
        inclusion = None
        if sent is not None:
            inclusion = Inclusion(
                transaction=sent,
                block_number=number,
                block_hash=block_hash,
                timestamp_s=timestamp_s,
                gas_used=gas_used,
            )
        return Promise(
            id=promise_id,
            identity=identity,
            intent=intent,
            state=PromiseState(state),
            attempts=tuple(_attempt_of(row) for row in attempts),
            inclusion=inclusion,
        )


def _insert_attempt(database: sqlite3.Connection, promise_id: int, attempt: Attempt) -> None:
    """Add a signed transaction to a promise; fees are texts, since they may pass 64 bits."""
    fees = (str(attempt.fee_wei), str(attempt.tip_wei))
    database.execute(
        "INSERT INTO attempts (promise, nonce, hash, raw, fee_wei, tip_wei, closes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (promise_id, attempt.nonce, attempt.hash, attempt.raw, *fees, attempt.closes),
    )


def _attempt_of(row: tuple[int, str, bytes, str, str, int]) -> Attempt:
    """Read a signed transaction.

    Raises:
        ValueError: a fee is no number.
    """
    nonce, transaction, raw, fee_wei, tip_wei, closes = row
    return Attempt(
        nonce=nonce,
        hash=transaction,
        raw=raw,
        fee_wei=int(fee_wei),
        tip_wei=int(tip_wei),
        closes=bool(closes),
    )
