"""What survives a power loss besides the promises."""

import pytest

from node.core.purchase import Spent
from node.core.records import MeterName, Registers
from node.core.spool import EMPTY, Spool
from node.journal import Journal
from node.journal_file import JournalUnwritable
from node.loops.memory import Memory
from tests.factories import reading, receipt

SPENT = Spent(day=19_000, amount=37_080)


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path / "journal.db")
    journal.open()
    yield journal
    journal.close()


def registers(import_milliwh=5_000):
    return {MeterName.CONNECTION: Registers(import_milliwh=import_milliwh, export_milliwh=7)}


def saved(journal, *saves, slack_milliwh=1_000):
    memory = Memory(journal, slack_milliwh)
    for now_s, import_milliwh, receipts, spent, *spool in saves:
        memory.save(now_s, registers(import_milliwh), receipts, spent, *(spool or [EMPTY]))
        if memory._pending is not None:
            memory._pending.result()
    memory.close()
    memory.close()
    return Memory(journal, slack_milliwh)


def test_counts_come_back_after_a_restart(journal):
    memory = saved(journal, (0.0, 5_000, (receipt(),), SPENT))

    assert memory.recall_registers() == registers()
    assert memory.recall_receipts() == (receipt(),)
    assert memory.recall_spent() == SPENT
    assert memory.problem is None


def test_a_new_home_remembers_nothing(journal):
    memory = Memory(journal, 1_000)

    assert memory.recall_registers() == {}
    assert memory.recall_receipts() == ()
    assert memory.recall_spent() == Spent(day=0, amount=0)


@pytest.mark.parametrize(
    ("now_s", "import_milliwh", "receipts", "spent", "kept"),
    [
        (59.0, 6_000, (receipt(9),), SPENT, 5_000),
        (59.0, 6_001, (receipt(9),), SPENT, 6_001),
        (60.0, 5_001, (receipt(9),), SPENT, 5_001),
        (1.0, 5_001, (), Spent(day=19_000, amount=40_000), 5_001),
        (1_799.0, 25_000, (), SPENT, 5_000),
        (1_800.0, 5_001, (), SPENT, 5_001),
        (1.0, 25_001, (), SPENT, 25_001),
    ],
)
def test_it_saves_for_money_for_receipts_within_a_minute_and_else_every_thirty(
    journal, now_s, import_milliwh, receipts, spent, kept
):
    """A card takes only so many writes: registers that nothing depends on can wait."""
    first = (0.0, 5_000, (), SPENT)

    memory = saved(journal, first, (now_s, import_milliwh, receipts, spent))

    assert memory.recall_registers() == registers(kept)


@pytest.mark.parametrize(("now_s", "kept"), [(59.0, EMPTY), (60.0, None)])
def test_waiting_readings_are_written_together_within_a_minute(journal, now_s, kept):
    spool = Spool(waiting=(reading(7), reading(8), reading(10)), dropped=4)
    first = (0.0, 5_000, (), SPENT)

    memory = saved(journal, first, (now_s, 5_000, (), SPENT, spool))

    assert memory.recall_spool() == (spool if kept is None else kept)


def test_delivered_readings_are_forgotten(journal):
    waited = Spool(waiting=(reading(9), reading(10)), dropped=0)
    left = Spool(waiting=(reading(10),), dropped=0)

    memory = saved(journal, (0.0, 5_000, (), SPENT, waited), (60.0, 5_000, (), SPENT, left))

    assert memory.recall_spool() == left
    assert list(journal.items("reading/")) == ["reading/10"]


def test_only_what_has_changed_is_written(journal):
    written = []
    put = journal.put
    journal.put = lambda key, text, durable: (written.append(key), put(key, text, durable=durable))

    saved(
        journal,
        (0.0, 5_000, (receipt(7),), SPENT, Spool(waiting=(reading(7),), dropped=0)),
        (60.0, 5_001, (receipt(7),), SPENT, Spool(waiting=(reading(7), reading(8)), dropped=0)),
    )

    assert written[4:] == ["registers/connection", "reading/8"]


def test_the_receipt_of_a_closed_order_is_forgotten(journal):
    memory = saved(journal, (0.0, 5_000, (receipt(7),), SPENT), (60.0, 5_000, (receipt(8),), SPENT))

    assert memory.recall_receipts() == (receipt(8),)


def test_the_last_save_is_never_left_out(journal):
    """The loop's last word may come while the save before it is still being written."""
    memory = Memory(journal, 1_000)
    with journal._file.guard:
        memory.save(0.0, registers(5_000), (), SPENT, EMPTY)
        memory.save(float("inf"), registers(5_500), (), SPENT, EMPTY)
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
    memory.save(0.0, registers(), (), SPENT, EMPTY)
    memory._pending.result()
    assert memory.problem == "the card is full"

    card.is_full = False
    memory.save(1_800.0, registers(), (), SPENT, EMPTY)
    memory.close()

    assert memory.problem is None


UNREADABLE = ("", "{", "[]", "7", "null", "\ufffd", "[" * 5_000, "-1", "9" * 5_000)


@pytest.mark.failure(
    part="journal",
    failure="a kept register, receipt, reading or what was spent cannot be read",
    person="`what it kept as ... could not be read`; another register is as it was",
    money="an unreadable receipt, and what was spent, are lost",
    lasts="until the next save",
)
@pytest.mark.parametrize("text", UNREADABLE)
@pytest.mark.parametrize("key", ["registers/connection", "receipt/a/b/7", "reading/7", "spent"])
def test_a_text_that_cannot_be_read_is_told_and_taken_for_lost(journal, key, text):
    journal.put("registers/load", '{"import_milliwh":3,"export_milliwh":4}', durable=True)
    journal.put(key, text, durable=True)
    memory = Memory(journal, 1_000)

    assert MeterName.CONNECTION not in memory.recall_registers()
    assert memory.recall_registers()[MeterName.LOAD] == Registers(
        import_milliwh=3, export_milliwh=4
    )
    assert memory.recall_receipts() == ()
    assert memory.recall_spool() == EMPTY
    assert memory.recall_spent() == Spent(day=0, amount=0)
    assert memory.problem == f"what it kept as {key} could not be read"
    memory.save(0.0, registers(), (), SPENT, EMPTY)
    memory.close()
    assert memory.problem is None
    assert set(journal.items("")) == {"registers/connection", "spent"} | {"registers/load"}


@pytest.mark.parametrize("key", ["reading/07", "reading/-1", "reading/x", "reading/"])
def test_a_reading_under_a_damaged_boundary_is_taken_for_lost(journal, key):
    journal.put(key, '{"import_milliwh":3,"export_milliwh":4}', durable=True)

    assert Memory(journal, 1_000).recall_spool() == EMPTY


@pytest.mark.failure(
    part="journal",
    failure="the kept count of starts or of dropped readings is damaged",
    person="each begins anew",
)
@pytest.mark.parametrize("text", ["x", "-3", "1" * 30, "03"])
def test_a_damaged_count_begins_anew(journal, text):
    journal.put("birth", text, durable=True)
    journal.put("readings_dropped", text, durable=True)
    memory = Memory(journal, 1_000)

    assert memory.recall_spool().dropped == 0
    assert memory.next_birth() == 1


@pytest.mark.failure(
    part="journal",
    failure="the count of starts cannot be kept",
    person="a problem",
)
def test_a_birth_that_cannot_be_kept_is_a_problem_and_no_silence(tmp_path):
    memory = Memory(Journal(tmp_path / "never_opened.db"), 1_000)

    assert memory.next_birth() == 1
    assert "closed" in memory.problem


@pytest.mark.failure(
    part="journal",
    failure="a write to the card has failed",
    person="its sentence stays until it is written",
    lasts="tried again after 10 s",
)
def test_what_failed_is_written_again_soon(journal):
    memory = Memory(journal, 1_000)
    journal._file._database.execute("PRAGMA query_only = ON")
    memory.save(0.0, registers(), (), SPENT, EMPTY)
    memory._pending.result()
    told = memory.problem
    assert told is not None and "readonly" in told

    journal._file._database.execute("PRAGMA query_only = OFF")
    memory.save(9.0, registers(), (), SPENT, EMPTY)
    memory._pending.result()
    assert memory.problem == told
    assert kept_on_disk(journal) == set()
    memory.save(10.0, registers(), (), SPENT, EMPTY)
    memory.close()
    assert memory.problem is None
    assert kept_on_disk(journal) == {"registers/connection", "spent"}


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
        lambda memory: memory.keep_drawing(True),
        lambda memory: memory.keep_wish(True),
        lambda memory: memory.save(0.0, registers(), (), SPENT, EMPTY),
    ],
)
def test_a_fault_of_our_own_while_writing_is_not_kept_silent(write):
    memory = Memory(BrokenStore(), 1_000)
    write(memory)
    memory.close()

    assert isinstance(memory.failure, RuntimeError)
