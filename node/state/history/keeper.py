"""Keep a program's history on a thread of its own: whoever hands a row over waits for nothing.

Rows are on the disk at the next commit, once an hour and at an orderly stop. What could not be
written waits, bounded, and is tried again; meanwhile it can be asked for all the same.
"""

import asyncio
import json
import logging
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from node.core.errors import NodeError, Refused
from node.state.copy import HISTORY_COPY_NAME
from node.state.history.store import HISTORY_NAME, HistoryStore
from node.state.history.tables import Marks, Row, Table

log = logging.getLogger(__name__)

COMMIT_EVERY_S = 3600.0
RETRY_AFTER_S = 60.0
MOST_WAITING = 4_096
"""Rows that wait to be committed: a day of a home that changes its state three times a minute."""
MOST_ASKING = 8
"""Questions that wait for their answers at one time."""
_MOST_S = 2**40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Added:
    """Hold what was handed over: a row of a kind, or (no kind) marks."""

    name: str | None
    at_ms: int
    row: Row


class HistoryKeeper:
    """Take rows and questions on any thread; all work on the file is done on one.

    `problem` says why the file cannot be written, None while it can; `dropped` counts the rows that
    were lost to it.
    """

    def __init__(
        self,
        state_directory: Path,
        tables: Sequence[Table],
        monotonic_s: Callable[[], float],
        calendar_s: Callable[[], float],
    ) -> None:
        self.problem: str | None = None
        self.dropped = 0
        self._copy_path = state_directory / HISTORY_COPY_NAME
        self._store = HistoryStore(state_directory / HISTORY_NAME, tables)
        self._names = tuple(table.name for table in tables)
        self._monotonic_s = monotonic_s
        self._calendar_s = calendar_s
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        self._guard = threading.Lock()
        self._waiting: list[_Added] = []
        self._uncommitted: list[_Added] = []
        self._asking = 0
        self._is_handed_over = False
        self._commit_at_s = monotonic_s() + COMMIT_EVERY_S
        self._is_closed = False

    def keep(self, name: str, at_s: float, row: Row) -> None:
        """Add a row of a kind, which ended at an instant (calendar seconds)."""
        self._hand_over(_Added(name=name, at_ms=round(at_s * 1000), row=row))

    def mark(self, marks: Marks) -> None:
        """Keep named marks, which a table's `finish` is given."""
        self._hand_over(_Added(name=None, at_ms=0, row=marks))

    def tend(self, now_s: float) -> None:
        """Commit when it is time; to be called often."""
        if now_s >= self._commit_at_s and not self._is_closed:
            self._commit_at_s = now_s + COMMIT_EVERY_S
            self._thread.submit(self._write_or_say, commit=True)

    async def answer(self, request: Mapping[str, object]) -> bytes:
        """Answer `{"from", "to", "what"}` with JSON: the rows that ended in it, newest first.

        Raises:
            Refused: it is no such question, or cannot be answered.
        """
        name, from_ms, to_ms = _asked(request, self._names)
        if self._asking >= MOST_ASKING or self._is_closed:
            raise Refused("HistoryBusy", "too much is asked of the history at one time")
        self._asking += 1
        try:
            return await asyncio.wrap_future(self._thread.submit(self._page, name, from_ms, to_ms))
        finally:
            self._asking -= 1

    async def copy_beside(self, _request: Mapping[str, object]) -> str:
        """Copy all of it for a backup, where only its own user can fetch it; give the path.

        Raises:
            Refused: it cannot be copied.
        """
        if self._is_closed:
            raise Refused("NoHistory", "the program ends")
        await asyncio.wrap_future(self._thread.submit(self._copy))
        return str(self._copy_path)

    def close(self) -> None:
        """Write what waits, and close the file; may be called twice."""
        if not self._is_closed:
            self._is_closed = True
            self._thread.submit(self._write_or_say, commit=True)
            self._thread.submit(self._store.close)
        self._thread.shutdown(wait=True)

    def _hand_over(self, added: _Added) -> None:
        with self._guard:
            self._waiting.append(added)
            self._drop_beyond()
            if self._is_handed_over or self._is_closed:
                return
            self._is_handed_over = True
        self._thread.submit(self._write_or_say, commit=False)

    def _drop_beyond(self) -> None:
        too_many = len(self._waiting) - MOST_WAITING
        if too_many > 0:
            if not self.dropped:
                log.error("the history cannot be written: its oldest rows are dropped")
            self.dropped += too_many
            del self._waiting[:too_many]

    def _page(self, name: str, from_ms: int, to_ms: int) -> bytes:
        self._write_or_say(commit=False)
        try:
            page = self._store.page(name, from_ms, to_ms)
        except NodeError as error:
            raise Refused("NoHistory", str(error)) from error
        return json.dumps({"rows": page.rows, "more": page.more}).encode()

    def _copy(self) -> None:
        self._write_or_say(commit=True)
        try:
            self._store.copy_to(self._copy_path)
        except NodeError as error:
            raise Refused("NoHistory", str(error)) from error

    def _write_or_say(self, *, commit: bool) -> None:
        try:
            self._write(commit=commit)
        except NodeError as error:
            self._fail(str(error))
        except Exception as error:
            # A fault of our own, and none for which a home has to rest.
            log.exception("a row of the history is lost")
            self._uncommitted.pop()
            self.dropped += 1
            self._fail(f"a fault of our own: {error}")

    def _write(self, *, commit: bool) -> None:
        set_aside = self._store.open()
        if set_aside is not None:
            log.error("the history begins anew; the old one is kept as %s", set_aside)
        while (added := self._next()) is not None:
            if added.name is None:
                self._store.mark(added.row)
            else:
                self._store.add(added.name, added.at_ms, added.row)
        if not commit and len(self._uncommitted) < MOST_WAITING // 2:
            return
        if self._uncommitted:
            self._store.commit(round(self._calendar_s() * 1000))
            self._uncommitted.clear()
        if self.problem is not None:
            log.info("the history can be written again")
        self.problem = None

    def _next(self) -> _Added | None:
        """Give the oldest that waits; it counts as uncommitted from now on."""
        with self._guard:
            if not self._waiting:
                self._is_handed_over = False
                return None
            added = self._waiting.pop(0)
            self._uncommitted.append(added)
            return added

    def _fail(self, why: str) -> None:
        if self.problem is None:
            log.error("the history cannot be written: %s", why)
        self.problem = why
        self._commit_at_s = self._monotonic_s() + RETRY_AFTER_S
        self._store.undo()
        with self._guard:
            self._waiting[:0] = self._uncommitted
            self._uncommitted.clear()
            self._drop_beyond()
            self._is_handed_over = False


def _asked(request: Mapping[str, object], names: Sequence[str]) -> tuple[str, int, int]:
    """Read a question.

    Raises:
        Refused: it is none.
    """
    name, instants = request.get("what"), (request.get("from"), request.get("to"))
    if name not in names:
        raise Refused("BadRequest", f"`what` is one of {', '.join(names)}")
    read = [
        round(instant * 1000)
        for instant in instants
        if isinstance(instant, int | float)
        and not isinstance(instant, bool)
        and math.isfinite(instant)
        and abs(instant) <= _MOST_S
    ]
    if len(read) != len(instants):
        raise Refused("BadRequest", "`from` and `to` are calendar seconds since 1970")
    assert isinstance(name, str)
    return name, read[0], read[1]
