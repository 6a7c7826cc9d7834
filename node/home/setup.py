"""`python -m node setup`: a new home's parameters file, its account, and a check, in one go.

What is not given is asked for at a terminal. The file includes the community's, and says beside it
only what is the home's. What is there already stays as it is.
"""

import argparse
import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from node.core.errors import Refused
from node.parameters import load, parse

_PLAIN = "[A-Za-z0-9_.-]+"
_SENSOR = re.compile(f"({_PLAIN})=({_PLAIN}:{_PLAIN}(?:,{_PLAIN}:{_PLAIN})*)")
SENSOR_FORM = "NAME=chip:CHIP,KEY:VALUE,..., as load=chip:ina226,address:0x40,feeds:load"


def set_up(options: argparse.Namespace) -> int:
    """Write the file, make the account, and give the check's exit status.

    Raises:
        ConfigError: what was said makes no parameters; every problem is in it.
        KeyRefused: the account cannot be made.
        OSError: the file cannot be written.
        Refused: there is a file already.
        ValueError: something is missing, and there is no terminal to ask at.
    """
    from node.home.check import check
    from node.home.commands import account

    path: Path = options.parameters
    if os.path.lexists(path):
        raise Refused("Exists", f"{path}: exists already and is left as it is")
    text = text_of(options, _asking(sys.stdin.isatty()))
    parse(text, str(path))
    with _new(path, text):
        account(load(path), "node", "new")
    print(f"done: {path}")
    return check(load(path), path)


def text_of(options: argparse.Namespace, ask: Callable[[str, str], str]) -> str:
    """Give the file's text; `ask` is given an option's name and a question for what is missing.

    Raises:
        ValueError: a sensor is not understood.
    """
    told = {
        "name": options.name or ask("--name", "The home's name (letters, digits, - and _)"),
        "role": options.role or ask("--role", "Its role (consumer, producer, prosumer or member)"),
    }
    lines = [f"include: {json.dumps(options.include)}", "node:"]
    lines += [f"  {key}: {json.dumps(value)}" for key, value in told.items()]
    for key in ("battery_wh", "state_directory", "password_file"):
        given = getattr(options, key)
        if given is not None:
            lines.append(f"  {key}: {given if key == 'battery_wh' else json.dumps(given)}")
    sensors = options.sensor
    if sensors is None:
        sensors = list(iter(lambda: ask("--sensor", f"A sensor, or nothing ({SENSOR_FORM})"), ""))
    if sensors:
        lines.append("  sensors:")
        lines += [f"    {_sensor(each)}" for each in sensors]
    return "\n".join(lines) + "\n"


def _sensor(text: str) -> str:
    found = _SENSOR.fullmatch(text.replace(" ", ""))
    if found is None:
        raise ValueError(f"--sensor {text!r}: {SENSOR_FORM}")
    return f"{found[1]}: {{{found[2].replace(':', ': ').replace(',', ', ')}}}"


def _asking(at_terminal: bool) -> Callable[[str, str], str]:
    def ask(option: str, question: str) -> str:
        if not at_terminal:
            raise ValueError(f"{option}: it must be given where there is no terminal to ask at")
        print(f"{question}: ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip()

    return ask


@contextlib.contextmanager
def _new(path: Path, text: str) -> Iterator[None]:
    """Write a file where there is none; it goes again if what follows fails."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield
    except BaseException:
        path.unlink()
        raise
