"""A campaign that is kept in a file goes on where it stopped, by other seeds."""

import json
from pathlib import Path

import pytest

from tests.fuzz.__main__ import kept, main


def test_a_campaign_goes_on_by_other_seeds_until_a_target_has_its_count(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "fuzz.jsonl"
    asked = ["refusals", "--seed", "7", "--append", str(file), "--count"]

    assert [main([*asked, count]) for count in ("40", "100", "100")] == [0, 0, 0]

    assert [(found.seed, found.inputs) for found in kept(file)] == [(7, 40), (8, 60)]
    assert f"{'refusals':<16} {100:>10,}" in capfd.readouterr().out


def test_a_crash_of_an_earlier_sitting_is_told_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "fuzz.jsonl"
    main(["refusals", "--append", str(file), "--count", "10"])
    row = json.loads(file.read_text()) | {"crashed": 1, "crashes": {"ValueError at x": "00ff"}}
    file.write_text(json.dumps(row) + "\n")

    assert main(["refusals", "--append", str(file), "--count", "10"]) == 1
    assert r"b'\x00\xff'" in capfd.readouterr().out
