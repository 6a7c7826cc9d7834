"""What `python -m bench` says and prints."""

import json

import pytest

from bench import command_line as bench
from bench.report import row

ROWS = [row("gas", "refund", 1, "gas", 47_953, "gas"), row("gas", "refund", 1, "ratio", 0.5, "1")]


def test_help_names_every_bench_with_its_sentence(capsys):
    with pytest.raises(SystemExit) as ended:
        bench.main(["--help"])

    said = capsys.readouterr().out
    assert ended.value.code == 0
    for name, one in bench.BENCHES.items():
        assert f"  {name:<8} {one.sentence}" in said


def test_an_unknown_name_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        bench.main(["speed"])

    assert ended.value.code == 2
    assert "loop" in capsys.readouterr().err


def played(asked, seed=42):
    """Give a bench that notes what it was asked, and has two rows."""
    return bench.Bench(
        measure=lambda *asks: asked.append(asks) or iter(ROWS),
        bars={},
        sentence="played",
        seed=seed,
    )


def test_json_is_one_object_a_line(capsys, monkeypatch):
    monkeypatch.setitem(bench.BENCHES, "gas", played([]))

    assert bench.main(["gas", "--json"]) == 0

    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == ROWS


def test_quick_and_seed_are_handed_on(capsys, monkeypatch):
    asked = []
    monkeypatch.setitem(bench.BENCHES, "gas", played(asked))

    assert bench.main(["gas", "--quick"]) == 0
    assert bench.main(["gas", "--seed", "7"]) == 0
    assert bench.main(["gas", "--seed", "0"]) == 0

    assert asked == [(True, 42), (False, 7), (False, 0)]
    assert "47,953" in capsys.readouterr().out


@pytest.mark.parametrize("seed", ["-1", "1.5", "x", "", "\u0663"])
def test_a_seed_that_is_no_number_is_refused(seed, capsys):
    with pytest.raises(SystemExit) as ended:
        bench.main(["gas", f"--seed={seed}"])

    assert ended.value.code == 2
    assert "is no whole number from 0 on" in capsys.readouterr().err


def test_a_bench_that_draws_nothing_takes_no_seed(capsys):
    with pytest.raises(SystemExit) as ended:
        bench.main(["relay", "--seed", "7"])

    assert ended.value.code == 2
    assert "--seed 7: relay draws no workload" in capsys.readouterr().err
