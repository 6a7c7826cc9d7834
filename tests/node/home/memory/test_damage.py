"""What a worn card gives back is told, taken for lost, and keeps no home from starting."""

import pytest

from node.core.budget import Spent
from node.core.records import MeterName, Registers
from node.home.memory.memory import Memory
from node.state.journal import Journal
from tests.factories.memory import NONE, counts

UNREADABLE = ("", "{", "[]", "7", "null", "\ufffd", "[" * 5_000, "-1", "9" * 5_000)


@pytest.mark.failure(
    part="journal",
    failure="a kept register, receipt, reading or what was spent cannot be read",
    person="`what it kept as ... could not be read`; another register is as it was",
    money="an unreadable receipt, and what was spent, are lost",
    lasts="until the next save",
)
@pytest.mark.parametrize("text", UNREADABLE)
@pytest.mark.parametrize(
    "key", ["registers/connection", "receipt/a/b/7", "reading/7", "reading_mqtt/load/7", "spent"]
)
def test_a_text_that_cannot_be_read_is_told_and_taken_for_lost(journal, key, text):
    journal.put("registers/load", '{"import_milliwh":3,"export_milliwh":4}', durable=True)
    journal.put(key, text, durable=True)
    memory = Memory(journal, 1_000)

    assert MeterName.CONNECTION not in memory.recall_registers()
    assert memory.recall_registers()[MeterName.LOAD] == Registers(
        import_milliwh=3, export_milliwh=4
    )
    assert memory.recall_receipts() == ()
    assert memory.recall_spools() == NONE
    assert memory.recall_spent() == Spent(day=0, amount=0)
    assert memory.problem == f"what it kept as {key} could not be read"
    memory.save(0.0, counts())
    memory.close()
    assert memory.problem is None
    assert set(journal.items("")) == {"registers/connection", "registers/load", "spent", "drawing"}


@pytest.mark.parametrize(
    "key",
    [
        "reading/07",
        "reading/-1",
        "reading/x",
        "reading/",
        "reading/load/7",
        "reading_mqtt/7",
        "reading_mqtt/load/07",
        "reading_mqtt/nobody/7",
        "reading_mqtt/load/7/7",
    ],
)
def test_a_reading_under_a_damaged_boundary_is_taken_for_lost(journal, key):
    journal.put(key, '{"import_milliwh":3,"export_milliwh":4}', durable=True)

    assert Memory(journal, 1_000).recall_spools() == NONE


@pytest.mark.failure(
    part="journal",
    failure="the kept count of starts or of dropped readings is damaged",
    person="each begins anew",
)
@pytest.mark.parametrize("text", ["x", "-3", "1" * 30, "03"])
def test_a_damaged_count_begins_anew(journal, text):
    journal.put("birth", text, durable=True)
    journal.put("readings_dropped", text, durable=True)
    journal.put("readings_dropped_mqtt", text, durable=True)
    memory = Memory(journal, 1_000)

    assert memory.recall_spools() == NONE
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
