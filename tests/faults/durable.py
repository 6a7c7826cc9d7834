"""Name every durable step of a node, and lose what is not on the disk as a power cut would.

A durable step is one after which the world, or the next run, may know what happened: a commit of
the journal, a transaction handed to an endpoint, a line handed to the relay. Each is named by what
it does and counted, so that "the second commit that flushes receipts" is the same in every run.
"""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from node.core.commands import GiveConsent, HoldContacts
from node.journal import Journal
from node.journal_file import JournalFile
from node.ledger import broadcast, pursuit
from node.links.relay import RelayLink
from node.promise import Promise

TELLING_KINDS = ("OpenOrder", "Redeem", "RedeemAndClose")
TELLING = ("birth", "ledger.chain", "drawing", "wish", "receipt", "reading", "registers")

Reached = Callable[[str], None]

_doing = threading.local()


class Points:
    """Count steps by name, and tell each as `<name>#<count>`, up to `most` of one name."""

    def __init__(self, reached: Reached, most: int) -> None:
        self._reached = reached
        self._most = most
        self._counts: Counter[str] = Counter()
        self._guard = threading.Lock()

    def at(self, name: str) -> None:
        """Take note of a step."""
        with self._guard:
            self._counts[name] += 1
            count = self._counts[name]
        if count <= self._most:
            self._reached(f"{name}#{count}")


class Disk:
    """Remember what of the journals is surely on the disk: their files after the last sync."""

    def __init__(self) -> None:
        self._synced: dict[Path, dict[Path, bytes]] = {}
        self._files: list[JournalFile] = []

    def sync(self, journal: JournalFile) -> None:
        """Take what a journal's files hold now as kept."""
        path = journal._path
        if journal not in self._files:
            self._files.append(journal)
        files = (path, path.with_name(path.name + "-wal"))
        self._synced[path] = {file: file.read_bytes() for file in files if file.exists()}

    def cut(self) -> None:
        """Put the files back to what was synced; the process must end at once after it."""
        for journal in self._files:
            # Another thread may be writing: without its turn the files would be torn, which is
            # not what a cut does to SQLite's log.
            journal.guard.acquire(timeout=5.0)
        for path, files in self._synced.items():
            path.with_name(path.name + "-wal").unlink(missing_ok=True)
            path.with_name(path.name + "-shm").unlink(missing_ok=True)
            for file, content in files.items():
                file.write_bytes(content)


def instrument(points: Points, disk: Disk) -> None:
    """Wrap every durable step of this process."""
    _wrap_file(points, disk)
    _wrap_journal()
    _wrap_sending(points)
    _wrap_relay(points)


@contextlib.contextmanager
def _named(name: str) -> Iterator[None]:
    before = getattr(_doing, "name", None)
    _doing.name = name
    try:
        yield
    finally:
        _doing.name = before


def _wrap_file(points: Points, disk: Disk) -> None:
    change, opened = JournalFile.change, JournalFile.open

    @contextlib.contextmanager
    def counted(self: JournalFile, *, durable: bool) -> Iterator[Any]:
        name = getattr(_doing, "name", None) or "change"
        with change(self, durable=durable) as database:
            yield database
            points.at(f"{name} before")
        if durable:
            disk.sync(self)
        points.at(f"{name} after")

    def opening(self: JournalFile) -> None:
        points.at("journal open before")
        opened(self)
        disk.sync(self)
        points.at("journal open after")

    JournalFile.change = counted  # type: ignore[method-assign]
    JournalFile.open = opening  # type: ignore[method-assign]


def _wrap_journal() -> None:
    prepare, mark, add, flush = Journal.prepare, Journal.mark, Journal.add_attempt, Journal.flush
    kinds: dict[int, str] = {}

    def preparing(self: Journal, identity: str, intent: str, attempt: Any) -> Promise:
        kind = identity.split()[0]
        with _named(f"promise {kind}"):
            promise = prepare(self, identity, intent, attempt)
        kinds[promise.id] = kind
        return promise

    def marking(self: Journal, promise_id: int, state: Any, inclusion: Any) -> None:
        with _named(f"mark {kinds.get(promise_id, 'earlier')} {state.value}"):
            mark(self, promise_id, state, inclusion)

    def adding(self: Journal, promise_id: int, attempt: Any) -> None:
        with _named(f"attempt {kinds.get(promise_id, 'earlier')}"):
            add(self, promise_id, attempt)

    def flushing(self: Journal) -> None:
        with _named(_flush_name({key.split("/")[0] for key in self._unsaved})):
            flush(self)

    Journal.prepare = preparing  # type: ignore[method-assign]
    Journal.mark = marking  # type: ignore[method-assign]
    Journal.add_attempt = adding  # type: ignore[method-assign]
    Journal.flush = flushing  # type: ignore[method-assign]


def _wrap_sending(points: Points) -> None:
    send, sending = broadcast.send, pursuit.Pursuit._send

    def naming(self: pursuit.Pursuit, tracks: Sequence[Any], head: Any, now_s: float) -> None:
        with _named(_send_name({track.promise.identity.split()[0] for track in tracks})):
            sending(self, tracks, head, now_s)

    def sent(rpc: Any, attempts: Any) -> list[object]:
        name = getattr(_doing, "name", None) or "send"
        points.at(f"{name} before")
        answers = send(rpc, attempts)
        points.at(f"{name} after")
        return answers

    pursuit.Pursuit._send = naming  # type: ignore[method-assign]
    # It was imported by name there.
    vars(pursuit)["send"] = sent


def _wrap_relay(points: Points) -> None:
    hold, consent = RelayLink.hold, RelayLink.consent
    held: list[tuple[int, ...]] = [()]

    def holding(
        self: RelayLink, contacts: tuple[int, ...], lease_s: float, receipts: Sequence[Any]
    ) -> None:
        name = _hold_name(held[0], HoldContacts(contacts=contacts, lease_s=lease_s))
        held[0] = contacts
        points.at(f"{name} before")
        hold(self, contacts, lease_s, receipts)
        points.at(f"{name} after")

    def consenting(self: RelayLink, connection: int, consent_s: float) -> None:
        wish = GiveConsent(connection=connection, consent_s=consent_s)
        name = "relay consent" if wish.consent_s else "relay withdraw"
        points.at(f"{name} before")
        consent(self, connection, consent_s)
        points.at(f"{name} after")

    RelayLink.hold = holding  # type: ignore[method-assign]
    RelayLink.consent = consenting  # type: ignore[method-assign]


def _send_name(kinds: set[str]) -> str:
    """Name a sending by the most telling promise in it, as a flush is named."""
    return "send " + next((kind for kind in TELLING_KINDS if kind in kinds), "others")


def _flush_name(keys: set[str]) -> str:
    """Name a flush by the most telling text in it: which others go along is a matter of timing."""
    return "flush " + next((text for text in TELLING if text in keys), "others")


def _hold_name(before: tuple[int, ...], wish: HoldContacts) -> str:
    if not wish.contacts:
        return "relay rest"
    return "relay renew" if wish.contacts == before else "relay close"
