"""What is promised is on disk before it leaves, is known again, and holds its nonce."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from node.core.commands import Intent
from node.core.errors import Refusal
from node.core.facts import (
    Fact,
    IntentConfirmed,
    IntentRefused,
    IntentResumed,
    IntentUndone,
)
from node.ledger.chain.account_state import AccountState
from node.ledger.chain.heads import WATCHED_BLOCKS, Head
from node.ledger.sending.promises import KEPT_PROMISES, Promises
from node.state.file import JournalUnwritable
from node.state.journal import Journal
from tests.factories.intents import CLOSE, GIFT, OPEN, POST, REDEEM
from tests.factories.journal import attempt, inclusion

WHY = Refusal(name="Why", sentence="why not")


class Book:
    """Hold promises on a journal, and what they tell."""

    def __init__(self, path: Path) -> None:
        self.facts: list[Fact] = []
        self.journal = Journal(path)
        self.journal.open()
        self.promises = Promises(self.journal, self.facts.append)

    def again(self, path: Path, head_number: int = 100) -> "Book":
        """Give what a restart finds."""
        self.journal.close()
        book = Book(path)
        book.promises.adopt(head_number)
        self.journal = book.journal
        return book

    def hold(self, *nonces: int) -> None:
        """Hold these nonces, each for an order of that number."""
        for nonce in nonces:
            self.promises.prepare(replace(OPEN, number=nonce), attempt(nonce))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def book(path: Path) -> Iterator[Book]:
    book = Book(path)
    yield book
    book.journal.close()


def account_state(nonce: int, pending_nonce: int | None = None) -> AccountState:
    head = Head(number=100, hash="0x1", parent="0x0", timestamp_s=1, base_fee_wei=None)
    return AccountState(
        head=head,
        gas_price_wei=1,
        balance_wei=1,
        nonce=nonce,
        pending_nonce=nonce if pending_nonce is None else pending_nonce,
    )


# Nonces


@pytest.mark.parametrize(
    ("held", "nonce", "pending_nonce", "expected"),
    [
        ((), 0, 0, 0),
        ((), 7, 7, 7),
        ((), 7, 9, 9),
        ((7, 8), 7, 7, 9),
        ((7,), 7, 9, 9),
        ((9,), 7, 7, 10),
        # Nobody has so much in the pool that is not known here: one false word.
        ((), 7, 10_000, 7),
        ((7,), 7, 10_000, 8),
        # What was signed at a false word holds up nothing that follows.
        ((200,), 7, 7, 7),
    ],
)
def test_next_nonce_follows_what_is_held_and_what_is_known_to_wait(
    book: Book, held: tuple[int, ...], nonce: int, pending_nonce: int, expected: int
) -> None:
    book.hold(*held)

    assert book.promises.next_nonce(account_state(nonce, pending_nonce)) == expected


def test_a_kept_promise_holds_its_nonce_while_it_may_be_undone(book: Book) -> None:
    track = book.promises.prepare(OPEN, attempt(7))
    book.promises.confirm(track, inclusion(100))

    # A reorganised endpoint may count it no more.
    assert book.promises.next_nonce(account_state(7)) == 8


def test_a_refused_promise_holds_no_nonce(book: Book) -> None:
    track = book.promises.prepare(OPEN, attempt(7))
    book.promises.refuse(track, WHY)

    assert book.promises.next_nonce(account_state(7)) == 7


@pytest.mark.parametrize(
    ("held", "pending_nonce", "expected"),
    [
        ((), 7, []),
        ((7, 8), 7, []),
        ((9,), 7, [7, 8]),
        ((7, 9), 7, [8]),
        # What waits in the pool is somebody's, if not ours.
        ((9,), 8, [8]),
        ((200,), 7, []),
    ],
)
def test_dead_nonces_are_those_below_a_live_one(
    book: Book, held: tuple[int, ...], pending_nonce: int, expected: list[int]
) -> None:
    book.hold(*held)

    assert book.promises.gaps(account_state(7, pending_nonce)) == expected


def test_what_no_row_of_nonces_leads_to_is_out_of_reach(book: Book) -> None:
    book.hold(7, 9, 200)

    (track,) = book.promises.out_of_reach(account_state(7))
    assert track.newest.nonce == 200


# Known again


@pytest.mark.parametrize("intent", [OPEN, REDEEM, CLOSE, POST, GIFT])
def test_what_is_under_way_is_a_repetition(book: Book, intent: Intent) -> None:
    book.promises.prepare(intent, attempt())

    assert book.promises.repeats(intent)
    assert book.facts == []


def test_the_same_promise_on_other_terms_is_refused(book: Book) -> None:
    book.promises.prepare(OPEN, attempt())
    other = replace(OPEN, energy_milliwh=300)

    assert book.promises.repeats(other)
    (refused,) = book.facts
    assert isinstance(refused, IntentRefused)
    assert (refused.intent, refused.name) == (other, "AlreadyPromised")


def test_a_kept_promise_of_which_there_is_one_is_confirmed_once_more(book: Book) -> None:
    track = book.promises.prepare(OPEN, attempt())
    book.promises.confirm(track, inclusion(100))
    first = book.facts[-1]

    assert book.promises.repeats(OPEN)
    assert book.facts == [first, first]


def test_a_kept_promise_that_has_no_name_may_be_made_again(book: Book) -> None:
    track = book.promises.prepare(POST, attempt())
    book.promises.confirm(track, inclusion(100))

    assert not book.promises.repeats(POST)


def test_a_refused_promise_may_be_made_again(book: Book) -> None:
    track = book.promises.prepare(OPEN, attempt())
    book.promises.refuse(track, WHY)

    assert not book.promises.repeats(OPEN)


def test_a_kept_promise_is_known_after_a_restart(book: Book, path: Path) -> None:
    track = book.promises.prepare(OPEN, attempt())
    book.promises.confirm(track, inclusion(100))
    again = book.again(path)

    assert again.promises.repeats(OPEN)
    (told,) = again.facts
    assert isinstance(told, IntentConfirmed)
    assert told.block.number == 100


# A restart


def test_a_restart_takes_up_what_is_under_way_and_holds_its_nonces(book: Book, path: Path) -> None:
    book.hold(7, 8)
    kept = book.promises.prepare(CLOSE, attempt(9))
    book.promises.confirm(kept, inclusion(100))
    again = book.again(path)

    assert [fact.intent for fact in again.facts if isinstance(fact, IntentResumed)] == [
        replace(OPEN, number=7),
        replace(OPEN, number=8),
    ]
    assert all(track.maybe_sent for track in again.promises.live.values())
    assert [track.intent for track in again.promises.watched.values()] == [CLOSE]
    assert again.promises.next_nonce(account_state(7)) == 10


def test_each_transaction_of_a_promise_is_taken_up(book: Book, path: Path) -> None:
    track = book.promises.prepare(OPEN, attempt(7))
    book.promises.add(track, attempt(7, 2 * 10**18))
    again = book.again(path)

    (found,) = again.promises.live.values()
    assert found.promise.attempts == track.promise.attempts
    assert found.newest.fee_wei == 2 * 10**18


def test_what_no_reorganisation_reaches_is_not_watched_after_a_restart(
    book: Book, path: Path
) -> None:
    track = book.promises.prepare(OPEN, attempt())
    book.promises.confirm(track, inclusion(100))
    again = book.again(path, head_number=100 + WATCHED_BLOCKS + 1)

    assert not again.promises.watched


def test_what_cannot_be_read_is_followed_to_its_end_without_a_word(book: Book, path: Path) -> None:
    book.journal.prepare("OpenOrder 1", '{"kind": "Dance"}', attempt(7))
    again = book.again(path)

    (track,) = again.promises.live.values()
    assert (track.intent, again.facts) == (None, [])
    assert again.promises.next_nonce(account_state(7)) == 8


def test_what_was_promised_elsewhere_is_refused_and_forgotten(book: Book) -> None:
    book.hold(7, 8)
    book.promises.abandon(WHY)

    assert [fact.name for fact in book.facts if isinstance(fact, IntentRefused)] == ["Why"] * 2
    assert not book.promises.live
    assert book.journal.live() == ()


def test_each_step_is_told_and_written_down(book: Book) -> None:
    promises = book.promises
    track = promises.prepare(OPEN, attempt())
    states = [track.promise.state]
    for step in (
        lambda: promises.sent(track, 1.0, 100),
        lambda: promises.confirm(track, inclusion(101)),
        lambda: promises.undo(track, "gone"),
        lambda: promises.confirm(track, inclusion(102)),
    ):
        step()
        found = book.journal.find("OpenOrder 1")
        assert found == track.promise
        states.append(found.state)

    assert [state.value for state in states] == [
        "prepared", "broadcast", "confirmed", "undone", "confirmed",
    ]  # fmt: skip
    assert [type(fact) for fact in book.facts] == [IntentConfirmed, IntentUndone, IntentConfirmed]


def test_what_was_undone_is_sent_again_at_once(book: Book) -> None:
    track = book.promises.prepare(OPEN, attempt())
    book.promises.sent(track, 1.0, 100)
    book.promises.confirm(track, inclusion(101))
    book.promises.undo(track, "gone")

    assert (track.sent_at_s, track.included) == (None, False)
    assert list(book.promises.live.values()) == [track]
    assert not book.promises.watched


def test_a_nonce_that_is_only_closed_tells_nothing(book: Book) -> None:
    track = book.promises.prepare(None, attempt(7, closes=True))
    book.promises.confirm(track, inclusion(100))
    book.promises.undo(track, "gone")
    book.promises.refuse(track, WHY)

    assert book.facts == []


def test_what_the_chain_did_is_told_though_the_disk_does_not_take_it(book: Book) -> None:
    track = book.promises.prepare(OPEN, attempt())
    book.journal.close()
    book.promises.refuse(track, WHY)

    assert [type(fact) for fact in book.facts] == [IntentRefused]
    assert not book.promises.live


def test_without_a_disk_nothing_is_promised(book: Book) -> None:
    track = book.promises.prepare(OPEN, attempt())
    book.journal.close()

    with pytest.raises(JournalUnwritable):
        book.promises.prepare(CLOSE, attempt(1))
    with pytest.raises(JournalUnwritable):
        book.promises.add(track, attempt(0, 2 * 10**18))
    assert [held.intent for held in book.promises.live.values()] == [OPEN]
    assert len(track.promise.attempts) == 1


def test_it_is_watched_as_long_as_a_reorganisation_may_reach_it(book: Book) -> None:
    track = book.promises.prepare(OPEN, attempt())
    book.promises.confirm(track, inclusion(100))
    book.promises.let_go(100 + WATCHED_BLOCKS)
    assert book.promises.watched

    book.promises.let_go(101 + WATCHED_BLOCKS)
    assert not book.promises.watched
    assert book.journal.find("OpenOrder 1") is not None


def test_the_journal_does_not_grow_for_ever(book: Book) -> None:
    for number in range(KEPT_PROMISES + 60):
        track = book.promises.prepare(replace(OPEN, number=number), attempt(number % 200))
        book.promises.confirm(track, inclusion(100))
    book.promises.let_go(1_000)

    assert book.journal.find("OpenOrder 0") is None
    assert book.journal.find(f"OpenOrder {KEPT_PROMISES + 59}") is not None
    assert len(book.journal.confirmed_since(0)) == KEPT_PROMISES


@pytest.mark.parametrize(
    ("looks", "expected"), [(0, 3.0), (1, 6.0), (2, 12.0), (5, 60.0), (10, 60.0)]
)
def test_each_look_for_what_used_a_nonce_waits_twice_as_long(
    book: Book, looks: int, expected: float
) -> None:
    track = book.promises.prepare(OPEN, attempt())
    for _ in range(looks + 1):
        track.wait_longer(100.0, 3.0, 60.0)

    assert track.look_at_s == 100.0 + expected
