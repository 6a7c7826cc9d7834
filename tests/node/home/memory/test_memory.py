"""What survives a power loss besides the promises."""

import pytest

from node.core.budget import Spent
from node.core.energy.spool import EMPTY, Spool, Spools
from node.core.records import MeterName
from node.home.memory.memory import Memory
from node.state.file import JournalUnwritable
from tests.factories.home import reading, receipt
from tests.factories.journal import attempt
from tests.factories.memory import SPENT, counts, registers

PAID = Spent(day=SPENT.day, amount=SPENT.amount + 1)


def waiting(*boundaries):
    return Spools(
        chain=Spool(waiting=tuple(reading(b) for b in boundaries), dropped=0), broker=EMPTY
    )


def saved(journal, *saves, slack_milliwh=1_000):
    memory = Memory(journal, slack_milliwh)
    for now_s, found in saves:
        memory.save(now_s, found)
        if memory._pending is not None:
            memory._pending.result()
    memory.close()
    memory.close()
    return Memory(journal, slack_milliwh)


def test_counts_come_back_after_a_restart(journal):
    memory = saved(journal, (0.0, counts(receipts=(receipt(),), drawing=True)))

    assert memory.recall_registers() == registers()
    assert memory.recall_receipts() == (receipt(),)
    assert memory.recall_spent() == SPENT
    assert memory.recall_drawing()
    assert memory.problem is None


def test_a_new_home_remembers_nothing(journal):
    memory = Memory(journal, 1_000)

    assert memory.recall_registers() == {}
    assert memory.recall_receipts() == ()
    assert memory.recall_spent() == Spent(day=0, amount=0)
    assert not memory.recall_drawing()


def test_a_home_that_buys_nothing_keeps_nothing_of_buying(journal):
    saved(journal, (0.0, counts(spent=None, drawing=None)))

    assert set(journal.items("")) == {"registers/connection"}


def test_what_neighbours_have_fed_comes_back(journal):
    memory = saved(journal, (0.0, counts(fed_by_neighbours_milliwh=777)))

    assert memory.recall_fed_by_neighbours() == 777


def test_what_is_not_due_is_not_written(journal):
    memory = saved(journal, (0.0, counts()), (1.0, counts(5_001)))

    assert memory.recall_registers() == registers(5_000)


def test_the_end_of_a_draw_is_written_with_its_last_receipt(journal):
    memory = saved(
        journal,
        (0.0, counts(receipts=(receipt(8),), drawing=True)),
        (1.0, counts(5_001, receipts=(receipt(9),), drawing=False)),
    )

    assert not memory.recall_drawing()
    assert memory.recall_receipts() == (receipt(9),)
    assert memory.recall_registers() == registers(5_001)


def test_waiting_readings_come_back(journal):
    of_load = tuple(reading(boundary, meter=MeterName.LOAD) for boundary in (7, 8, 10))
    spools = Spools(
        chain=Spool(waiting=(reading(7), reading(8), reading(10)), dropped=4),
        broker=Spool(waiting=(of_load[0], reading(7), *of_load[1:]), dropped=5),
    )

    found = saved(journal, (0.0, counts(spools=spools))).recall_spools()

    assert found.chain == spools.chain
    assert found.broker.dropped == spools.broker.dropped
    assert set(found.broker.waiting) == set(spools.broker.waiting)


def test_delivered_readings_and_closed_orders_are_forgotten(journal):
    waited = Spool(waiting=(reading(9), reading(10)), dropped=0)
    left = Spool(waiting=(reading(10),), dropped=0)

    memory = saved(
        journal,
        (0.0, counts(receipts=(receipt(7),), spools=Spools(chain=waited, broker=waited))),
        (1_800.0, counts(receipts=(receipt(8),), spools=Spools(chain=left, broker=left))),
    )

    assert memory.recall_receipts() == (receipt(8),)
    assert memory.recall_spools() == Spools(chain=left, broker=left)
    assert list(journal.items("reading")) == ["reading/10", "reading_mqtt/connection/10"]


def test_what_was_spent_and_a_reading_go_with_the_promise_that_follows(journal):
    memory = saved(
        journal,
        (0.0, counts()),
        (900.0, counts(5_001, spent=PAID, spools=waiting(7))),
    )
    assert memory.recall_spent() == PAID
    assert "reading/7" not in kept_on_disk(journal)

    journal.prepare("OpenOrder 1", "{}", attempt())

    assert "reading/7" in kept_on_disk(journal)
    assert memory.recall_registers() == registers(5_001)


def test_what_no_promise_follows_is_written_by_itself(journal):
    after = counts(spools=waiting(7))

    saved(journal, (0.0, counts()), (900.0, after), (960.0, after))

    assert "reading/7" in kept_on_disk(journal)


def test_only_what_has_changed_is_written(journal):
    written = []
    put = journal.put
    journal.put = lambda key, text, durable: (written.append(key), put(key, text, durable=durable))

    saved(
        journal,
        (0.0, counts(receipts=(receipt(7),), spools=waiting(7))),
        (1_800.0, counts(5_001, receipts=(receipt(7),), spools=waiting(7, 8))),
    )

    assert written[5:] == ["registers/connection", "reading/8"]


def test_the_last_save_is_never_left_out(journal):
    """The loop's last word may come while the save before it is still being written."""
    memory = Memory(journal, 1_000)
    with journal._file.guard:
        memory.save(0.0, counts(5_000))
        memory.save(float("inf"), counts(5_500))
    memory.close()

    assert Memory(journal, 1_000).recall_registers() == registers(5_500)


def test_each_birth_is_higher_than_the_one_before(journal):
    assert [Memory(journal, 0).next_birth() for _ in range(3)] == [1, 2, 3]


class FullCard:
    """A store whose card is full until it is told otherwise."""

    is_full = True

    def items(self, prefix):
        return {}

    def put(self, key, value, *, durable):
        if self.is_full:
            raise JournalUnwritable("the card is full")

    def flush(self):
        pass


def test_a_card_that_takes_nothing_is_a_problem_until_it_does():
    card = FullCard()
    memory = Memory(card, 1_000)
    memory.save(0.0, counts())
    memory._pending.result()
    assert memory.problem == "the card is full"

    card.is_full = False
    memory.save(1_800.0, counts())
    memory.close()

    assert memory.problem is None


@pytest.mark.failure(
    part="journal",
    failure="a write to the card has failed",
    person="its sentence stays until it is written",
    lasts="tried again after 10 s",
)
def test_what_failed_is_written_again_soon(journal):
    memory = Memory(journal, 1_000)
    journal._file._database.execute("PRAGMA query_only = ON")
    memory.save(0.0, counts())
    memory._pending.result()
    told = memory.problem
    assert told is not None and "readonly" in told

    journal._file._database.execute("PRAGMA query_only = OFF")
    memory.save(9.0, counts())
    memory._pending.result()
    assert memory.problem == told
    assert kept_on_disk(journal) == set()
    memory.save(10.0, counts())
    memory.close()
    assert memory.problem is None
    assert kept_on_disk(journal) == {"registers/connection", "spent", "drawing"}


def kept_on_disk(journal):
    """Read the file itself: the journal also knows what it could not write."""
    return {key for (key,) in journal._file.read("SELECT key FROM store", [])}


class BrokenStore:
    """A store with a fault of our own in it."""

    def items(self, prefix):
        return {}

    def put(self, key, value, *, durable):
        raise RuntimeError("a fault of our own")


@pytest.mark.failure(
    part="node",
    failure="a bug of ours while what is kept is written",
    person="noted as a failure",
)
@pytest.mark.parametrize(
    "write",
    [
        lambda memory: memory.keep_wish(True),
        lambda memory: memory.save(0.0, counts()),
    ],
)
def test_a_fault_of_our_own_while_writing_is_not_kept_silent(write):
    memory = Memory(BrokenStore(), 1_000)
    write(memory)
    memory.close()

    assert isinstance(memory.failure, RuntimeError)
