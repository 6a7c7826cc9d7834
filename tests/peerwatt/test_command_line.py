"""`peerwatt`: it hands the words on, tells every program, and says which version this is."""

import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from peerwatt.command_line import PROGRAMS, main

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(sys.executable).with_name("peerwatt")
BY_MODULE = [(sys.executable, "-m", program.package) for program in PROGRAMS.values()]
BY_WORD = [(str(SCRIPT), word) for word in PROGRAMS]


def said(*command: str) -> tuple[int, str, str]:
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("word", PROGRAMS)
def test_the_words_behind_a_programs_name_are_its_own(word, monkeypatch):
    heard = []
    program = import_module(f"{PROGRAMS[word].package}.command_line")
    monkeypatch.setattr(program, "main", lambda words: heard.append(words) or 7)

    assert main([word, "status", "--help", "--", "--version", "-x"]) == 7
    assert heard == [["status", "--help", "--", "--version", "-x"]]


@pytest.mark.parametrize("command", [(str(SCRIPT),), *BY_MODULE, *BY_WORD])
def test_every_program_says_which_version_it_is(command):
    number = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert said(*command, "--version") == (0, f"peerwatt {number}\n", "")


def test_the_installed_one_is_named_as_the_installer_names_it(tmp_path, monkeypatch, capsys):
    place = tmp_path / "opt/peerwatt"
    (place / "versions/0.1.0-1a2b3c4d").mkdir(parents=True)
    (place / "current").symlink_to("versions/0.1.0-1a2b3c4d")
    monkeypatch.setattr(sys, "prefix", str(place / "current"))

    with pytest.raises(SystemExit):
        main(["--version"])

    assert capsys.readouterr().out == "peerwatt 0.1.0-1a2b3c4d\n"


@pytest.mark.parametrize(("by_module", "by_word"), [*zip(BY_MODULE, BY_WORD, strict=True)])
def test_a_programs_help_names_it_as_it_was_called_and_is_otherwise_the_same(by_module, by_word):
    status, told, _ = said(*by_word, "--help")
    same, other, _ = said(*by_module, "--help")

    assert (status, same) == (0, 0)
    assert told.startswith(f"usage: peerwatt {by_word[1]} ")
    assert other.startswith(f"usage: python -m {by_module[2]} ")
    tail = "positional arguments:"
    assert told.partition(tail)[2] == other.partition(tail)[2]


def test_the_help_tells_every_program_in_a_sentence(capsys):
    assert main([]) == 0
    bare = capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == bare
    for word, program in PROGRAMS.items():
        assert re.search(rf"^  {word} +{re.escape(program.sentence)}$", bare, re.MULTILINE)
    assert max(map(len, bare.splitlines())) <= 80


@pytest.mark.parametrize("word", ["status", "vilage", "--verbose"])
def test_a_word_that_is_no_program_is_refused_with_those_that_are(word, capsys):
    with pytest.raises(SystemExit) as ended:
        main([word, "--help"])

    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert word in told
    assert word.startswith("-") or f"peerwatt node {word}" in told


def test_a_programs_exit_status_is_the_commands(tmp_path):
    missing = str(tmp_path / "parameters.yml")

    status, _, told = said(str(SCRIPT), "node", "check", "--parameters", missing)

    assert status == 78
    assert missing in told


def test_as_a_module_it_is_the_same_program():
    assert said(sys.executable, "-m", "peerwatt", "--help") == said(str(SCRIPT), "--help")


def test_every_first_word_means_the_same_to_the_installed_command(tmp_path):
    """It runs the node's, the relay's and the page's, and sends for the others to a checkout."""
    program = tmp_path / "program"
    (program / "bin").mkdir(parents=True)
    (program / "bin/python").write_text('#!/bin/sh\necho "$@"\n')
    (program / "bin/python").chmod(0o755)

    def installed(*words: str) -> tuple[int, str, str]:
        around = ("env", f"PEERWATT_ROOT={tmp_path}", f"PEERWATT_PROGRAM={program}")
        return said(*around, "bash", str(ROOT / "install/peerwatt"), *words)

    ending = f"--parameters {tmp_path}/etc/peerwatt/parameters.yml"
    runs = {"node": ("status",), "relay": ("check",)}
    for word, words in runs.items():
        called = f"-P -m {PROGRAMS[word].package} {' '.join(words)}"
        assert installed(word, *words)[1] == f"{called} {ending}\n"
    page = f"{tmp_path}/etc/peerwatt/page.yml"
    assert installed("page", "check")[1] == f"-P -m page check --parameters {page}\n"
    assert installed("node", "status") == installed("status")
    assert installed("node", "replay", "FILE") == installed("replay", "FILE")
    assert installed("--version")[1] == "-P -m node --version\n"
    for word in PROGRAMS.keys() - runs.keys() - {"page"}:
        status, _, told = installed(word, "--help")
        assert status == 2
        assert told.endswith(f"as yourself: .venv/bin/peerwatt {word}\n")
