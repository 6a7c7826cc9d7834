"""What `python -m bench` says and prints."""

import json

import pytest

from bench import __main__ as bench
from bench.report import row

ROWS = [row("gas", "refund", 1, "gas", 47_953, "gas"), row("gas", "refund", 1, "ratio", 0.5, "1")]


def test_help_names_every_bench_with_its_sentence(capsys):
    with pytest.raises(SystemExit) as ended:
        bench.main(["--help"])

    said = capsys.readouterr().out
    assert ended.value.code == 0
    for name, (_, _, sentence) in bench.BENCHES.items():
        assert f"  {name:<8} {sentence}" in said


def test_an_unknown_name_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        bench.main(["speed"])

    assert ended.value.code == 2
    assert "loop" in capsys.readouterr().err


def test_json_is_one_object_a_line(capsys, monkeypatch):
    monkeypatch.setitem(bench.BENCHES, "gas", (lambda _quick: iter(ROWS), {}, "played"))

    assert bench.main(["gas", "--json"]) == 0

    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == ROWS


def test_quick_is_handed_on(capsys, monkeypatch):
    asked = []
    monkeypatch.setitem(
        bench.BENCHES, "gas", (lambda quick: asked.append(quick) or iter(ROWS), {}, "played")
    )

    assert bench.main(["gas", "--quick"]) == 0

    assert asked == [True]
    assert "47,953" in capsys.readouterr().out
