"""Own the one thread that speaks with the chain: it observes, signs, sends and waits.

`Ledger` is the room's door: intents go in from any thread without blocking, facts come out
through `post`. Nothing here waits for the chain but the thread itself.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from node.core.commands import Intent
from node.core.errors import TransientError
from node.core.facts import ChainLost, ChainObserved, Fact, IntentRefused, StreetObserved
from node.keys.account import Account
from node.ledger.observing import ObserverFactory, home_observer
from node.ledger.settings import LedgerSettings
from node.state.file import JournalUnwritable
from node.state.journal import Journal
from node.system.lock import FileLock

if TYPE_CHECKING:
    from node.ledger.engine import Engine

MOST_QUEUED = 64
_LEAST_RETRY_S = 0.25
_log = logging.getLogger(__name__)


class Ledger:
    """Observe the chain for one account, and carry its intents out.

    `post` is called on the ledger's thread. `account` None, or `read_only`, observes only. After a
    fault of our own the thread ends and `failure` says why; the process is to end, too.
    """

    def __init__(
        self,
        settings: LedgerSettings,
        journal: Journal,
        account: Account | None,
        post: Callable[[Fact], None],
        monotonic_s: Callable[[], float] = time.monotonic,
        observer: ObserverFactory = home_observer,
    ) -> None:
        self.failure: BaseException | None = None
        self._settings = settings
        self._journal = journal
        self._account = account
        self._post = post
        self._monotonic_s = monotonic_s
        self._observer = observer
        self._queue: queue.Queue[Intent | None] = queue.Queue(MOST_QUEUED)
        self._closing = threading.Event()
        self._lock: FileLock | None = None
        self._lost: str | None = None
        self._told_lost: str | None = None
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)

    def start(self) -> None:
        """Take the key for this process and start the thread; the journal is open already.

        Raises:
            FileLocked: another process signs with the same keystore.
        """
        writes = self._account is not None and not self._settings.read_only
        if writes and self._account is not None and self._account.path is not None:
            self._lock = FileLock(self._account.path)
            try:
                self._lock.acquire(create=False)
            except OSError as error:
                _log.warning("%s cannot be locked: %s", self._account.path, error.strerror)
        self._thread.start()

    def submit(self, intent: Intent) -> None:
        """Hand an intent over; never blocks. A full queue refuses it."""
        try:
            self._queue.put_nowait(intent)
        except queue.Full:
            self._refuse(intent, "LedgerBusy", f"{MOST_QUEUED} intents wait for the chain already")

    def close(self) -> None:
        """End the thread, within one request's deadline; may be called twice."""
        self._closing.set()
        try:
            self._queue.put_nowait(None)
        except queue.Full:
            _log.debug("the queue is full: the thread is awake")
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(self._settings.timeout_s * max(1, len(self._settings.rpc_urls)) + 1)
        if self._lock is not None:
            self._lock.release()

    def _run(self) -> None:
        try:
            # Here, because it takes seconds to load on a small board.
            from node.ledger.engine import Engine

            engine = Engine(
                self._settings,
                self._journal,
                self._account,
                self._tell,
                self._closing.is_set,
                self._observer,
            )
            while not self._closing.is_set():
                self._wait(engine, self._look(engine))
        except Exception as error:  # noqa: BLE001 - a thread's end must not be silent
            _log.exception("the ledger stops: a fault of our own")
            self.failure = error
            self._post(ChainLost(reason=f"the ledger stopped: {type(error).__name__}"))

    def _look(self, engine: "Engine") -> float:
        """Run one cycle; return in how many seconds to run the next."""
        try:
            pause_s = engine.cycle(self._monotonic_s())
        except TransientError as error:
            self._lose(engine, str(error))
            return max(self._settings.poll_s, _LEAST_RETRY_S)
        except JournalUnwritable as error:
            self._lose(engine, f"nothing can be sent: {error}")
            return max(self._settings.poll_s, _LEAST_RETRY_S)
        if self._lost is not None:
            _log.info("the chain answers again")
            self._lost = self._told_lost = None
        self._flush()
        return pause_s

    def _wait(self, engine: "Engine", pause_s: float) -> None:
        """Wait for the next look; take and send what comes meanwhile."""
        until_s = self._monotonic_s() + pause_s
        while not self._closing.is_set():
            left_s = until_s - self._monotonic_s()
            if left_s <= 0:
                return
            try:
                intent = self._queue.get(timeout=left_s)
            except queue.Empty:
                return
            self._take(engine, intent)
            while not self._queue.empty():
                self._take(engine, self._queue.get_nowait())
            if self._lost is not None:
                engine.lose_perishable()
            elif self._send(engine):
                # Something is under way now, so the next look comes sooner.
                until_s = min(until_s, self._monotonic_s() + self._settings.pending_poll_s)

    def _take(self, engine: "Engine", intent: Intent | None) -> None:
        if intent is None:
            return
        try:
            engine.take(intent)
        except JournalUnwritable as error:
            self._refuse(intent, "JournalUnwritable", str(error))

    def _send(self, engine: "Engine") -> bool:
        try:
            return engine.send_waiting(self._monotonic_s())
        except TransientError as error:
            self._lose(engine, str(error))
        except JournalUnwritable as error:
            _log.error("nothing can be sent: %s", error)
        return False

    def _lose(self, engine: "Engine", reason: str) -> None:
        if self._lost is None:
            _log.warning("the chain is lost: %s", reason)
        if self._told_lost != reason:
            self._post(ChainLost(reason=reason))
        self._lost = self._told_lost = reason
        engine.lose_perishable()

    def _flush(self) -> None:
        try:
            self._journal.flush_if_due()
        except JournalUnwritable as error:
            _log.error("the journal cannot be written: %s", error)

    def _tell(self, fact: Fact) -> None:
        if isinstance(fact, ChainObserved | StreetObserved):
            # A view ends what was said of a loss; if the look fails after it, it is said again.
            self._told_lost = None
        self._post(fact)

    def _refuse(self, intent: Intent, name: str, sentence: str) -> None:
        self._post(IntentRefused(intent=intent, name=name, sentence=sentence))
