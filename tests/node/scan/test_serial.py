"""Serial ports that a look listens to: real pseudo-terminals, and who else listens there."""

import os
import threading

import pytest

from node.devices.measured import made
from node.devices.sources.streamed import opened
from node.parameters.sections.source import DataSource
from node.scan.serial import holders, look
from tests.factories.sources import CALENDAR_S, around
from tests.parts.waiting import until
from village.meters.frames import frame
from village.meters.telegrams import telegram

SAYS_EVERY_S = 0.7
"""Longer than a line is quiet before that is a silence."""


@pytest.fixture
def port():
    """A port's name, and what begins to say something on it again and again."""
    master, slave = os.openpty()
    ended = threading.Event()
    threads = []

    def say(said):
        def run():
            while not ended.wait(SAYS_EVERY_S):
                os.write(master, said)

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    name = os.ttyname(slave)
    # A port has no other end that would hold it open.
    os.close(slave)
    yield name, say
    ended.set()
    for thread in threads:
        thread.join()
    os.close(master)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (telegram(at_s=CALENDAR_S, power_w=5.0), "p1"),
        (frame(power_w=5, imported_wh=1.0), "sml"),
        (bytes(range(16)), "citizenwatt_serial"),
        (b"hello\n", None),
    ],
)
def test_a_meter_is_known_by_what_it_says(port, said, kind):
    name, say = port
    say(said)

    found = look(name, 3.0)

    if kind is None:
        assert "no meter of ours" in found.sentence
        assert found.lines == ()
    else:
        assert found.lines[0].keys == {"kind": kind, "at": f"serial:{name}", "feeds": "none"}


def test_a_port_on_which_nothing_is_said_says_so(port):
    name, _ = port

    assert look(name, 1.0).sentence == "nothing is said"


def test_a_port_that_a_node_listens_to_is_left_alone(port):
    """Each of two listeners would get half of the words."""
    name, say = port
    source = made("meter", DataSource(kind="p1", at=f"serial:{name}", feeds="load"), around())
    until(lambda: not _is_told(source) and holders(name), "it listens")

    found = look(name, 1.0)

    assert "left alone" in found.sentence
    with pytest.raises(OSError, match="another program"), opened(f"serial:{name}", 9600, 0):
        pass
    say(telegram(at_s=CALENDAR_S, power_w=5.0))
    until(
        lambda: source.sample().power_w == 5.0 if _is_told(source) else False, "it is undisturbed"
    )


def _is_told(source):
    try:
        return source.sample() is not None
    except OSError:
        return False
