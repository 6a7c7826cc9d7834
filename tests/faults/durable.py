"""Name every durable step of a node, and lose what is not on the disk as a power cut would.

A durable step is one after which the world, or the next run, may know what happened: a commit of
the journal, a transaction handed to an endpoint, a line handed to the relay. Which texts go to disk
along with which promise is a matter of timing; so a step has the name of everything it carries,
each counted for itself: "the second commit that carries a receipt" is passed in every run, whether
it was made for the receipt's sake or for a promise's.
"""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from node.core.commands import GiveConsent, HoldContacts
from node.ledger.sending import broadcast
from node.ledger.sending import wallet as sending_room
from node.links.relay.link import RelayLink
from node.state.file import JournalFile
from node.state.journal import Journal
from node.state.promise import Promise

Reached = Callable[[str], None]

_doing = threading.local()


class Points:
    """Count steps by each of their names, told as `<name>#<count>`, up to `most` of one name."""

    def __init__(self, reached: Reached, most: int) -> None:
        self._reached = reached
        self._most = most
        self._counts: Counter[str] = Counter()
        self._guard = threading.Lock()

    def at(self, when: str, names: Sequence[str]) -> None:
        """Take note that a process is `when` ("before" or "after") a step of these names."""
        with self._guard:
            self._counts.update(f"{name} {when}" for name in names)
            counts = [(f"{name} {when}", self._counts[f"{name} {when}"]) for name in names]
        for label, count in counts:
            if count <= self._most:
                self._reached(f"{label}#{count}")


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
def _named(*names: str) -> Iterator[None]:
    before = getattr(_doing, "names", None)
    _doing.names = names
    try:
        yield
    finally:
        _doing.names = before


def _names_or(name: str) -> tuple[str, ...]:
    return getattr(_doing, "names", None) or (name,)


def _wrap_file(points: Points, disk: Disk) -> None:
    change, opened = JournalFile.change, JournalFile.open

    @contextlib.contextmanager
    def counted(self: JournalFile, *, durable: bool) -> Iterator[Any]:
        names = _names_or("change")
        with change(self, durable=durable) as database:
            yield database
            points.at("before", names)
        if durable:
            disk.sync(self)
        points.at("after", names)

    def opening(self: JournalFile) -> None:
        points.at("before", ["journal open"])
        opened(self)
        disk.sync(self)
        points.at("after", ["journal open"])

    JournalFile.change = counted  # type: ignore[method-assign]
    JournalFile.open = opening  # type: ignore[method-assign]


def _wrap_journal() -> None:
    prepare, add, flush = Journal.prepare, Journal.add_attempt, Journal.flush
    write_marks, prune = Journal._write_waiting_marks, Journal.prune

    def preparing(self: Journal, identity: str, intent: str, attempt: Any) -> Promise:
        # Nothing may be put between the naming of what waits and its writing.
        with self._file.guard, _named(f"promise {identity.split()[0]}", *_waiting(self)):
            return prepare(self, identity, intent, attempt)

    def adding(self: Journal, promise_id: int, attempt: Any) -> None:
        with _named("attempt"):
            add(self, promise_id, attempt)

    def flushing(self: Journal) -> None:
        with self._file.guard, _named(*_waiting(self)):
            flush(self)

    def writing_marks(self: Journal) -> None:
        with self._file.guard, _named(*_marks_waiting(self)):
            write_marks(self)

    def pruning(self: Journal, keep: int) -> None:
        with _named("prune"):
            prune(self, keep)

    Journal.prepare = preparing  # type: ignore[method-assign]
    Journal.add_attempt = adding  # type: ignore[method-assign]
    Journal.flush = flushing  # type: ignore[method-assign]
    Journal._write_waiting_marks = writing_marks  # type: ignore[method-assign]
    Journal.prune = pruning  # type: ignore[method-assign]


def _waiting(journal: Journal) -> list[str]:
    """Name the kinds of texts that the next writing carries (receipts are one), and marks."""
    kinds = dict.fromkeys(key.split("/")[0] for key in journal._unsaved)
    return [*(f"text {kind}" for kind in kinds), *_marks_waiting(journal)]


def _marks_waiting(journal: Journal) -> list[str]:
    # How far which promise has come by then is a matter of timing.
    return ["marks"] if journal._unmarked else []


def _wrap_sending(points: Points) -> None:
    send, sending = broadcast.send, sending_room.Wallet.send

    def naming(self: sending_room.Wallet, tracks: Sequence[Any], head: Any, now_s: float) -> None:
        kinds = dict.fromkeys(track.promise.identity.split()[0] for track in tracks)
        with _named(*(f"send {kind}" for kind in kinds)):
            sending(self, tracks, head, now_s)

    def sent(rpc: Any, attempts: Any) -> tuple[list[object], bool]:
        names = _names_or("send")
        points.at("before", names)
        answers = send(rpc, attempts)
        points.at("after", names)
        return answers

    sending_room.Wallet.send = naming  # type: ignore[method-assign]
    # It was imported by name there.
    vars(sending_room)["send"] = sent


def _wrap_relay(points: Points) -> None:
    hold, consent = RelayLink.hold, RelayLink.consent
    held: list[tuple[int, ...]] = [()]

    def holding(
        self: RelayLink, contacts: tuple[int, ...], lease_s: float, receipts: Sequence[Any]
    ) -> None:
        name = _hold_name(held[0], HoldContacts(contacts=contacts, lease_s=lease_s))
        held[0] = contacts
        points.at("before", [name])
        hold(self, contacts, lease_s, receipts)
        points.at("after", [name])

    def consenting(self: RelayLink, connection: int, consent_s: float) -> None:
        wish = GiveConsent(connection=connection, consent_s=consent_s)
        name = "relay consent" if wish.consent_s else "relay withdraw"
        points.at("before", [name])
        consent(self, connection, consent_s)
        points.at("after", [name])

    RelayLink.hold = holding  # type: ignore[method-assign]
    RelayLink.consent = consenting  # type: ignore[method-assign]


def _hold_name(before: tuple[int, ...], wish: HoldContacts) -> str:
    if not wish.contacts:
        return "relay rest"
    return "relay renew" if wish.contacts == before else "relay close"
