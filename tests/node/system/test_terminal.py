"""What a command tells never ends its work: a closed pipe, a full card, an old terminal, Ctrl-C."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from node.command_line import main

WORK = """
import pathlib, sys
from node.system.terminal import hand_on, run

def command():
    for number in range(20000):
        print("line", number)
    pathlib.Path(sys.argv[1]).write_text("done")
    return 0

sys.exit(run(command))
"""


def start(script: str, *words: str, **streams: object) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", script, *words]
    return subprocess.Popen(command, stderr=subprocess.PIPE, **streams)  # type: ignore[call-overload,no-any-return]


def test_a_pipe_that_nobody_reads_any_more_does_not_end_the_work(tmp_path: Path) -> None:
    process = start(WORK, str(tmp_path / "end"), stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, told = process.communicate()

    assert (process.returncode, told) == (0, b"")
    assert (tmp_path / "end").read_text() == "done"


def test_a_full_card_does_not_end_the_work_and_is_told_at_the_end(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        process = start(WORK, str(tmp_path / "end"), stdout=full)
        _, told = process.communicate()

    assert process.returncode == 1
    assert told == b"not all was written: No space left on device\n"
    assert (tmp_path / "end").read_text() == "done"


def test_a_product_that_does_not_arrive_is_an_error() -> None:
    script = "from node.system.terminal import hand_on, run; run(lambda: hand_on(b'x') or 0)"
    with Path("/dev/full").open("wb") as full:
        process = start(script, stdout=full)
        _, told = process.communicate()

    assert process.returncode != 0
    assert b"No space left" in told


def test_an_interruption_is_a_word_and_no_traceback() -> None:
    script = """
import signal, sys, time
from node.system.terminal import run

# Whoever runs the tests may have told their processes to ignore the key.
signal.signal(signal.SIGINT, signal.default_int_handler)

def command():
    print("ready", flush=True)
    time.sleep(600)

sys.exit(run(command))
"""
    process = start(script, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    _, told = process.communicate()

    assert (process.returncode, told) == (130, b"interrupted\n")


@pytest.mark.parametrize("program", ["node", "relay_server", "contracts", "village", "bench"])
def test_a_key_pressed_while_a_program_still_loads_is_a_word_too(program: str) -> None:
    script = f"""
import os, runpy, signal, sys

class Presses:
    def find_spec(self, name, path=None, target=None):
        if name == "argparse":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Presses())
runpy.run_module("{program}", run_name="__main__", alter_sys=True)
"""
    process = start(script, stdout=subprocess.PIPE)
    _, told = process.communicate()

    assert (process.returncode, told) == (130, b"interrupted\n")


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8"])
def test_the_address_is_shown_whatever_the_terminal_speaks(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "parameters.yml"
    file.write_text(
        f"node:\n  state_directory: {tmp_path}\n  password_file: {tmp_path}/password\n",
        encoding="utf-8",
    )
    assert main(["account", "new", "--parameters", str(file)]) == 0
    address = next(
        word
        for line in (tmp_path / "keystore.json").read_text().split('"')
        if (word := line) and len(word) == 40
    )
    words = ["-m", "node", "account", "qr", "--parameters", str(file)]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, env=environment, check=False
    )

    lines = done.stdout.decode(encoding).splitlines()
    assert (done.returncode, lines[0].lower()) == (0, f"0x{address}")
    if encoding == "utf-8":
        assert len(lines) > 10
        assert done.stderr == b""
    else:
        assert lines[1:] == []
        assert b"does not speak UTF-8" in done.stderr


FILES = {
    "empty.jsonl": b"",
    "text.txt": b"hello\n",
    "bytes.jsonl": bytes(range(128, 256)),
    "bytes.jsonl.gz": bytes(range(128, 256)),
    "list.json": b"[1]\n",
    "parameters.yml": b"node:\n  name: home1\n",
    "keystore.json": b'{\n "version": 3\n}\n',
    "head.jsonl": b'{"format": 1}\n',
    "settings.jsonl": b'{"format": 1, "settings": {"faults": 1}, "state": {}}\n',
    "later.jsonl": b'{"format": 99, "settings": {}, "state": {}}\n',
    "nested.jsonl": b"[" * 100_000,
}


@pytest.mark.parametrize("name", FILES)
def test_replaying_another_file_is_refused_in_a_sentence_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    assert main(["replay", str(path)]) == 1

    told = capsys.readouterr().err
    assert str(path) in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("place", ["absent", "."])
def test_replaying_what_is_no_file_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    assert main(["replay", str(tmp_path / place)]) == 1

    assert str(tmp_path) in capsys.readouterr().err
