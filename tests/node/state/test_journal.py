"""The journal: what was promised is on disk before it leaves, whatever happens to the process."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.state.file import JournalUnwritable
from node.state.journal import FLUSH_AFTER_S, Journal
from node.state.promise import PromiseState
from node.system.lock import FileLock, FileLocked
from tests.factories.journal import attempt, copied, inclusion, on_disk, opened


class Monotonic:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with opened(path) as journal:
        yield journal


def reopened(journal: Journal, path: Path) -> Journal:
    journal.close()
    again = Journal(path)
    again.open()
    return again


def test_promise_survives_with_every_transaction(journal: Journal, path: Path) -> None:
    first, second = attempt(7), attempt(7, 2 * 10**18)
    promise = journal.prepare("OpenOrder 1", '{"number": 1}', first)
    journal.add_attempt(promise.id, second)
    again = reopened(journal, path)

    (kept,) = again.live()
    again.close()
    assert kept.identity == "OpenOrder 1"
    assert kept.intent == '{"number": 1}'
    assert kept.state is PromiseState.PREPARED
    assert kept.attempts == (first, second)
    assert kept.inclusion is None


def test_states_sort_promises_into_live_and_confirmed(journal: Journal) -> None:
    for nonce, state in enumerate(PromiseState):
        promise = journal.prepare(state.value, "{}", attempt(nonce))
        confirmed = state is PromiseState.CONFIRMED
        journal.mark(promise.id, state, inclusion(100) if confirmed else None)

    assert [p.identity for p in journal.live()] == ["prepared", "broadcast", "undone"]
    assert [p.inclusion for p in journal.confirmed_since(100)] == [inclusion(100)]
    assert journal.confirmed_since(101) == ()


def test_refused_promise_is_not_found_again_but_others_are(journal: Journal) -> None:
    refused = journal.prepare("OpenOrder 1", "{}", attempt(0))
    journal.mark(refused.id, PromiseState.REFUSED, None)
    assert journal.find("OpenOrder 1") is None

    kept = journal.prepare("OpenOrder 1", "{}", attempt(1))
    found = journal.find("OpenOrder 1")
    assert found is not None
    assert found.id == kept.id


def test_promise_is_found_as_marked_though_the_mark_waits(journal: Journal, path: Path) -> None:
    """To look for it costs the card nothing."""
    promise = journal.prepare("OpenOrder 1", "{}", attempt())
    journal.mark(promise.id, PromiseState.CONFIRMED, inclusion(100))

    found = journal.find("OpenOrder 1")

    assert found is not None
    assert (found.state, found.inclusion) == (PromiseState.CONFIRMED, inclusion(100))
    lost = Journal(copied(path))
    lost.open()
    assert [p.state for p in lost.live()] == [PromiseState.PREPARED]
    lost.close()


def test_prune_keeps_the_newest_and_everything_live(journal: Journal) -> None:
    for nonce in range(10):
        promise = journal.prepare(f"n{nonce}", "{}", attempt(nonce))
        if nonce:
            journal.mark(promise.id, PromiseState.CONFIRMED, inclusion(nonce))
    journal.prune(3)

    assert [p.identity for p in journal.live()] == ["n0"]
    assert [p.identity for p in journal.confirmed_since(0)] == ["n7", "n8", "n9"]


def test_forgotten_promises_leave_the_texts(journal: Journal) -> None:
    journal.prepare("OpenOrder 1", "{}", attempt())
    journal.put("register", "5", durable=True)
    journal.forget_promises()

    assert journal.live() == ()
    assert journal.get("register") == "5"


def test_what_the_chain_would_tell_again_waits_for_the_next_writing(
    journal: Journal, path: Path
) -> None:
    """A promise whose confirmation was lost is asked after again, and never sent anew."""
    promise = journal.prepare("ReportReadings 3 [7] 1", "{}", attempt())
    journal.mark(promise.id, PromiseState.BROADCAST, None)
    journal.mark(promise.id, PromiseState.CONFIRMED, inclusion(100))

    lost = Journal(copied(path))
    lost.open()
    assert [p.state for p in lost.live()] == [PromiseState.PREPARED]
    lost.close()
    journal.put("text", "1", durable=True)
    kept = Journal(copied(path))
    kept.open()
    assert [p.inclusion for p in kept.confirmed_since(0)] == [inclusion(100)]
    kept.close()


def test_a_refusal_is_written_at_once(journal: Journal, path: Path) -> None:
    """Lost, the refused transaction would be sent after a crash."""
    promise = journal.prepare("OpenOrder 1", "{}", attempt())
    journal.mark(promise.id, PromiseState.REFUSED, None)

    copy = Journal(copied(path))
    copy.open()
    assert copy.live() == ()
    copy.close()


def test_durable_text_is_on_disk_at_once(journal: Journal, path: Path) -> None:
    journal.put("receipt/1", "a", durable=True)

    assert on_disk(path) == {"receipt/1": "a"}


def test_other_texts_wait_and_are_flushed_together(path: Path) -> None:
    clock = Monotonic()
    journal = Journal(path, clock)
    journal.open()
    journal.put("a", "1", durable=False)
    clock.now_s = FLUSH_AFTER_S - 1
    journal.put("b", "2", durable=False)
    assert on_disk(path) == {}
    assert journal.get("a") == "1"

    clock.now_s = FLUSH_AFTER_S
    journal.flush_if_due()
    assert on_disk(path) == {"a": "1", "b": "2"}
    journal.close()


def test_texts_are_replaced_forgotten_and_listed(journal: Journal, path: Path) -> None:
    journal.put("order/1", "a", durable=True)
    journal.put("order/2", "b", durable=True)
    journal.put("other", "c", durable=True)
    journal.put("order/1", "A", durable=False)
    journal.put("order/2", None, durable=False)
    assert journal.items("order/") == {"order/1": "A"}

    again = reopened(journal, path)
    assert again.items("order/") == {"order/1": "A"}
    assert again.get("order/2") is None
    again.close()


@pytest.mark.failure(
    part="journal",
    failure="a second process opens the journal",
    person="`another process uses it`",
    lasts="until the first has closed it",
)
def test_second_process_is_refused_in_plain_words(journal: Journal, path: Path) -> None:
    with pytest.raises(FileLocked, match="another process uses it"):
        Journal(path).open()

    journal.close()
    second = Journal(path)
    second.open()
    second.close()


def test_closing_twice_is_fine_and_a_closed_journal_says_so(journal: Journal) -> None:
    journal.close()
    journal.close()
    with pytest.raises(JournalUnwritable, match="closed"):
        journal.prepare("x", "{}", attempt())
    with pytest.raises(JournalUnwritable, match="closed"):
        journal.put("x", "y", durable=True)


def test_lock_needs_no_right_to_write(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("x")
    lock = FileLock(key)
    lock.acquire(create=False)
    lock.acquire(create=False)
    with pytest.raises(FileLocked):
        FileLock(key).acquire(create=False)
    lock.release()
    lock.release()


def test_threads_take_turns(journal: Journal) -> None:
    def write(start: int) -> None:
        for number in range(start, start + 50):
            journal.prepare(f"n{number}", "{}", attempt(number % 256))
            journal.put(f"k{number}", "v", durable=number % 10 == 0)

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(journal.live()) == 150
    assert len(journal.items("k")) == 150
