"""Odd command lines: each is refused before anything is sent, with what is right, or read right."""

from pathlib import Path

import pytest

import contracts.command_line as operator
from contracts.arguments import understand
from contracts.options import options
from node.command_line import main as node_main
from tests.odd.command_lines import LINES, WRONG, A, Line

REFUSED = [pytest.param(line, id=line.name) for line in LINES if line.refused]
READ = [pytest.param(line, id=line.name) for line in LINES if not line.refused]
ELSEWHERE = ("--rpc", "127.0.0.1:9")
OTHER = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"


@pytest.mark.parametrize("line", REFUSED)
def test_an_odd_line_is_refused_before_the_chain_is_asked(
    line: Line, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(operator, "connect", lambda *asks: asked.append(asks))
    command, *more = line.words
    words = [command, *(() if "--rpc" in more else ELSEWHERE), "--keystore", "/none", *more]

    assert operator.main(words) == 1
    told = capsys.readouterr().err
    assert told.startswith("refused: --")
    assert [part for part in line.refused if part not in told] == [], told
    assert asked == []


@pytest.mark.parametrize("option", ["--to", "--owner", "--reporter"])
def test_a_contract_in_an_accounts_place_is_refused(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "parameters.yml"
    file.write_text(f"contract:\n  address: '{A}'\n", encoding="utf-8")
    rest = {
        "--to": ("mint", "--amount", "1"),
        "--owner": ("install-meter", "--kind", "solar", "--max-power", "5"),
        "--reporter": ("install-meter", "--kind", "solar", "--max-power", "5", "--owner", OTHER),
    }[option]
    more = ("--keystore", "/none", "--parameters", str(file))
    assert operator.main([*rest, option, A.lower(), *ELSEWHERE, *more]) == 1

    assert f"{option} {A}: an account's, not the sale's" in capsys.readouterr().err


@pytest.mark.parametrize("line", READ)
def test_an_odd_line_is_read_right(line: Line) -> None:
    chosen = options().parse_args(line.words)
    understand(chosen)

    assert {name: getattr(chosen, name) for name in line.reads} == dict(line.reads)


def sweep(directory: Path, to: str) -> int:
    """Sweep a home that has no key, no chain and so nothing that could be sent."""
    file = directory / "parameters.yml"
    file.write_text(
        f"contract:\n  token: '{A}'\nnode:\n  state_directory: {directory}\n", encoding="utf-8"
    )
    return node_main(["sweep", to, "--yes", "--parameters", str(file)])


@pytest.mark.parametrize(
    ("to", "why"),
    [
        (WRONG, "its checksum is wrong: a digit is mistyped"),
        (A, "is contract.token: it would keep all for ever"),
        ("0x" + "0" * 40, "not the zero address"),
        ("0x5e", "is no address: 0x and 40 hexadecimal digits"),
        (f"{A}\u200b", "\\u200b is no address"),
    ],
    ids=["a wrong digit", "a contract", "nobody", "cut short", "a hidden mark"],
)
def test_all_of_an_account_is_not_sent_where_it_would_be_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], to: str, why: str
) -> None:
    assert sweep(tmp_path, to) == 1

    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    ("interval", "why"),
    [("-1", "intervals count from 0"), ("1_0", "without _"), ("x", "a whole number")],
)
@pytest.mark.parametrize("words", [("utility", "audit", "--interval"), ("note-silence",)])
def test_an_interval_is_a_whole_number(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], interval: str, why: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        node_main([*words, interval])

    assert ended.value.code == 2
    assert why in capsys.readouterr().err


def test_no_two_lines_have_one_name() -> None:
    names = [line.name for line in LINES]

    assert sorted(set(names)) == sorted(names)
