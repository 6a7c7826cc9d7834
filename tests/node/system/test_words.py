"""Commands, errors and times are said as the person at the machine types and reads them."""

import logging
import sys
import time
from pathlib import Path

import pytest

from node.core.errors import BrokerUnavailable, Refused
from node.system.report import line
from node.system.words import (
    LocalTimes,
    is_installed,
    local_time,
    own_command,
    span,
    told,
    with_local_times,
)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Refused("NoChain", "the parameters name no chain"), "the parameters name no chain"),
        (BrokerUnavailable("host:1883: away"), "host:1883: away"),
        (TimeoutError(), "no answer in time"),
        (OSError(), "failed without a word (OSError)"),
    ],
)
def test_an_error_is_its_sentence_without_its_name_and_never_nothing(error, sentence):
    assert told(error) == sentence


def test_a_finding_is_never_without_a_sentence():
    assert str(line("relay", "", "look")) == "FAIL  relay: nothing was said -> look"


@pytest.mark.parametrize(
    ("prefix", "installed"),
    [
        ("/opt/peerwatt/versions/0.1.0", True),
        ("/opt/peerwatt/current", True),
        ("/home/pi/peerwatt/.venv", False),
        ("/usr", False),
    ],
)
def test_a_command_is_the_installers_where_the_installer_was(monkeypatch, prefix, installed):
    monkeypatch.setattr(sys, "prefix", prefix)

    command = own_command("account new", Path("/my file.yml"))

    assert is_installed() == installed
    assert command == (
        "sudo peerwatt account new"
        if installed
        else "python -m node account new --parameters '/my file.yml'"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (75, "75 s"),
        (299, "299 s"),
        (300, "5 min 0 s"),
        (5_000, "1 h 23 min"),
        (86_400, "1 day 0 h"),
        (190_000, "2 days 4 h"),
    ],
)
def test_a_span_has_its_two_largest_units(seconds, words):
    assert span(seconds) == words


def test_an_instant_is_told_in_this_machines_own_zone(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Zurich")
    time.tzset()
    try:
        assert local_time(1_700_000_000) == "Tue 14 Nov 23:13:20 +0100"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("instant_s", [2**62, 2**256 - 1])
def test_an_instant_beyond_every_calendar_stays_the_number_that_it_is(instant_s):
    assert local_time(instant_s) == f"second {instant_s}"
    assert with_local_times(f"interval {instant_s}", 900).startswith(f"interval {instant_s}")


def test_an_intervals_number_is_told_with_its_local_beginning(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Zurich")
    time.tzset()
    try:
        said = with_local_times("interval 1994718: drawing; part in 1994719  30 Wh, order 7", 900)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert said == (
        "interval 1994718 (Sat 08:30 +0100): drawing;"
        " part in 1994719 (Sat 08:45 +0100)  30 Wh, order 7"
    )


def test_a_logs_lines_tell_when_their_intervals_begin(caplog):
    record = logging.LogRecord(
        "node.utility.loop",
        logging.INFO,
        __file__,
        1,
        "asks to clear interval %d",
        (1994719,),
        None,
    )

    line = LocalTimes("%(levelname)s %(name)s: %(message)s", 900).format(record)

    begins = time.strftime("%a %H:%M %z", time.localtime(1994719 * 900))
    assert line == f"INFO node.utility.loop: asks to clear interval 1994719 ({begins})"


def test_the_systems_number_of_an_error_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(OSError) as error:
        (tmp_path / "none").read_text()

    assert told(error.value) == f"{tmp_path / 'none'}: No such file or directory"
