"""A campaign of lies that is kept in a file goes on where it stopped."""

from pathlib import Path

import pytest

from tests.faults.liar import keep, kept, main, table
from tests.faults.liar_cases import Case, Outcome, cases


def outcome(case: Case, wrong: str = "") -> Outcome:
    return Outcome(case=case, told=3, asked=frozenset({"eth_chainId"}), healed_s=2.5, wrong=wrong)


def test_what_became_of_a_case_is_kept_and_its_last_play_counts(tmp_path: Path) -> None:
    file, (one, other) = tmp_path / "liar.jsonl", cases()[:2]
    for found in (outcome(one, "lost"), outcome(other), outcome(one)):
        keep(file, found)

    assert kept(file) == {one: outcome(one), other: outcome(other)}


def test_a_file_that_has_every_case_well_is_told_and_nothing_is_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, every = tmp_path / "liar.jsonl", cases()
    for case in every:
        keep(file, outcome(case))

    assert main(["--append", str(file)]) == 0
    assert f"all | {len(every)} | {len(every)} | {3 * len(every)} | 0 | 2.5 s" in (
        capsys.readouterr().out
    )


def test_the_table_has_a_line_for_each_question_and_each_that_was_wrong() -> None:
    one = Case(who="home", question="eth_chainId", how="absurd", for_ever=True, beside=True)

    assert table([outcome(one, "two orders")]).splitlines() == [
        "who, question | cases | lied to | lies | wrong | longest to heal",
        "home, eth_chainId | 1 | 1 | 3 | 1 | 2.5 s",
        "all | 1 | 1 | 3 | 1 | 2.5 s",
        "WRONG home, eth_chainId, absurd, for a while, beside an honest one: two orders",
    ]
