"""A campaign's table tells what it planned and missed, and such a campaign is not whole."""

import pytest

from tests.faults.problems import Problem, Wrong
from tests.faults.runs import Run, is_whole, keep, kept, missed, table

TWICE = Problem(wrong=Wrong.BOUGHT_TWICE, sentence="3 orders for one need")


def run(name, *problems, reached=True, chips_late=False):
    return Run(
        what="kill",
        name=name,
        times=int(reached),
        reached=reached,
        longest_rest_s=1.0,
        problems=problems,
        chips_late=chips_late,
    )


def row_of(runs):
    heads, row = (line.split(" | ") for line in table(runs).splitlines()[:2])
    return dict(zip(heads, row, strict=True))


def test_a_place_that_a_later_try_reached_is_reached():
    runs = [run("a", reached=False), run("b"), run("a")]

    assert missed(runs) == ()
    assert is_whole(runs)
    assert {
        head: row_of(runs)[head]
        for head in ("planned", "reached", "not reached", "needs", "struck")
    } == {"planned": "2", "reached": "2", "not reached": "0", "needs": "3", "struck": "2"}


def test_a_place_that_no_try_reached_is_told_and_fails_the_campaign():
    runs = [run("a", reached=False), run("b"), run("a", reached=False)]

    assert missed(runs) == (("kill", "a"),)
    assert not is_whole(runs)
    assert (row_of(runs)["reached"], row_of(runs)["not reached"]) == ("1", "1")
    assert "kill a: not reached" in table(runs).splitlines()


def test_a_campaign_with_a_problem_or_without_a_run_is_not_whole():
    assert not is_whole([run("a", TWICE)])
    assert not is_whole([])
    assert "kill a: double purchases: 3 orders for one need" in table([run("a", TWICE)])


def test_a_need_that_late_chips_explain_is_void_and_its_place_not_reached():
    runs = [run("a", TWICE, chips_late=True), run("b", chips_late=True)]

    assert [one.is_void for one in runs] == [True, False]
    assert missed(runs) == (("kill", "a"),)
    assert (row_of(runs)["void"], row_of(runs)["struck"]) == ("1", "1")
    assert is_whole([*runs, run("a")])


@pytest.mark.parametrize("wrong", [Wrong.MONEY, Wrong.READING_LOST, Wrong.NOT_AT_REST])
def test_late_chips_excuse_neither_lost_money_nor_readings_nor_a_closed_contact(wrong):
    problem = Problem(wrong=wrong, sentence="gone")

    assert not run("a", problem, chips_late=True).is_well


def test_what_a_file_keeps_of_an_earlier_sitting_counts(tmp_path):
    runs = [run("a", TWICE), run("b", TWICE, chips_late=True), run("c", reached=False), run("d")]
    for one in runs:
        keep(tmp_path / "runs.jsonl", one)

    assert kept(tmp_path / "runs.jsonl") == runs
    assert [one.strikes for one in kept(tmp_path / "runs.jsonl")] == [1, 0, 0, 1]


def test_no_file_keeps_nothing(tmp_path):
    keep(None, run("a"))

    assert kept(None) == kept(tmp_path / "runs.jsonl") == []
