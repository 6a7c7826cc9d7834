"""The last days in the page's memory: whole, once each, and there while the program is away."""

import time

import pytest

from node.core.errors import Refused
from page.memory import HELD_S, LATE_S, Memory
from tests.factories.page_pictures import event, history, interval


class Program:
    """A program that can be asked for its history, or is away."""

    def __init__(self, rows, most=2_000):
        self.rows, self.is_away, self.asked = rows, False, []
        self._answer = history(rows, most)
        self.behind_s = 0.0

    def calendar_s(self):
        return time.time() - self.behind_s

    async def put(self, request):
        self.asked.append(request)
        if self.is_away:
            raise Refused("NodeAway", "no running node answers")
        if request["what"] not in self.rows:
            raise Refused("NodeRefused", "ask for one of status")
        return self._answer(request)


@pytest.fixture
def now_s():
    return time.time()


async def test_a_span_is_put_together_of_its_pieces_oldest_first(now_s):
    rows = [interval(now_s - 900 * back) for back in range(50, 0, -1)]
    program = Program({"intervals": rows}, most=7)

    span = await Memory(program).span("intervals", now_s - 1e6, now_s)

    assert span.rows == tuple(rows)
    assert span.problem is None
    assert len(program.asked) == 8


async def test_of_the_last_days_only_what_may_be_new_is_asked_for_again(now_s):
    rows = [interval(now_s - 900 * back) for back in range(20, 1, -1)]
    program = Program({"intervals": rows})
    memory = Memory(program)
    assert (await memory.span("intervals", now_s - 20_000, now_s)).rows == tuple(rows)

    rows.append(interval(now_s - 900))
    rows[-3] = interval(rows[-3]["at_s"], soc_pct=77.0)
    again = await memory.span("intervals", now_s - 20_000, now_s)

    assert again.rows == tuple(rows)
    assert program.asked[-1]["from"] >= now_s - LATE_S - 60


async def test_what_is_held_is_there_while_the_program_is_away(now_s):
    rows = {"intervals": [interval(now_s - 900)], "events": [event(now_s - 5, "safe")]}
    program = Program(rows)
    memory = Memory(program)
    assert memory.is_due
    await memory.top_up()
    program.is_away = True

    span = await memory.span("events", now_s - 3_600, now_s)
    older = await memory.span("intervals", now_s - 2 * HELD_S, now_s)

    assert not memory.is_due
    assert (span.rows, span.problem) == (tuple(rows["events"]), "no running node answers")
    assert (older.rows, older.problem) == (tuple(rows["intervals"]), "no running node answers")


async def test_a_program_without_a_history_is_told(now_s):
    span = await Memory(Program({})).span("intervals", now_s - 900, now_s)

    assert (span.rows, span.problem) == ((), "ask for one of status")


@pytest.mark.parametrize("answer", [None, 5, {}, {"rows": 5}, {"rows": [5, {}, {"at_s": "x"}]}])
async def test_an_answer_that_is_none_is_no_row(now_s, answer):
    program = Program({"intervals": []})
    program._answer = lambda request: answer

    assert (await Memory(program).span("intervals", now_s - 900, now_s)).rows == ()


async def test_a_program_of_another_calendar_is_asked_by_its_own(now_s):
    """A played street's is of years ago; until it has said so, the page asks by its own."""
    rows = [interval(now_s - 1e8 - 900 * back) for back in range(5, 0, -1)]
    program = Program({"intervals": rows, "events": [], "trades": []})
    memory = Memory(program)
    await memory.top_up()
    program.behind_s = 1e8

    span = await memory.span("intervals", now_s - 1e8 - 86_400, now_s - 1e8)

    assert span.rows == tuple(rows)
