"""What a person watches: the same picture as the status, in lines for the eye."""

import asyncio
import contextlib
import os
import pty
import re
import signal
import sys
import time

import pytest

from node.core import home
from node.core.budget import Spent
from node.core.delivery.state import Delivery
from node.core.errors import Refused
from node.home.snapshot import snapshot
from node.home.watch import watch, watched
from node.links.status import StatusServer
from node.parameters import load
from tests.factories.home import DAY, NOW_S, delivery_state_in, drawing, meter, observation
from tests.factories.seen import seen_of
from tests.factories.settings import HOME, SELLER1, settings
from tests.node.home.test_snapshot import METERING, NONE, STATE
from tests.parts.waiting import until_on_loop

NAMES = {SELLER1.lower(): "seller1"}
NOON = time.struct_time((2026, 12, 1, 12, 0, 0, 1, 335, 0))


def lines(picture, names=NAMES):
    return [line.text for line in watched(picture, names, NOON)]


def picture_of(state=STATE, seen=None, earned_today=0):
    seen = seen or drawing(load=meter(0, 0, power_w=10.0), connection=meter(5, 0, power_w=10.0))
    whole = snapshot(
        "home", "prosumer", HOME, seen_of(state, seen, earned_today=earned_today), METERING, NONE
    )
    return {"starting": False} | whole


def test_who_feeds_is_told_by_name_with_charge_power_and_money():
    told = lines(picture_of(earned_today=30_000))

    assert "[############............]" in told[0]
    assert told[2] == "  charge    [#####...................] 19.0 %"
    assert told[3] == "  power     load 10.0 W, connection 10.0 W in"
    assert told[4] == "  fed by    seller1"
    assert told[5].startswith("  supply    on_seller: SoC 19.4 % < limit 20 %")
    assert "  today     spent 0, earned 0.03, 100 tokens left" in told


def test_a_neighbour_without_a_name_here_is_told_by_its_account():
    assert f"  fed by    {SELLER1}" in lines(picture_of(), names={})


def test_a_fault_has_a_mark_and_a_colour():
    (fault,) = [line for line in watched(picture_of(), NAMES, NOON) if line.warns]

    assert fault.text == "! a sensor failed"


def test_while_it_starts_no_fault_is_shown():
    told = watched(picture_of() | {"starting": True}, NAMES, NOON)

    assert [line.text for line in told][1].startswith("  starting")
    assert not any(line.warns for line in told)


def test_what_is_not_known_is_told_so():
    blind = observation(
        soc_pct=None, chain=None, relay=None, load=meter(power_w=None), connection=None
    )
    chosen = settings(supply=None)
    state = home.initial(chosen, NOW_S, Spent(day=DAY, amount=0), was_drawing=False)

    told = lines(picture_of(state, blind))

    assert told[2] == "  charge    [????????????????????????] unknown"
    assert told[3] == "  power     load unknown"


def test_a_seller_of_before_tells_no_earnings_and_is_shown():
    state = home.HomeState(supply=None, delivery=delivery_state_in(Delivery.OFFERING), faults=())
    older = picture_of(state)
    del older["delivery"]["earned_today"]

    assert "  today     100 tokens left" in lines(older)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "parameters.yml"
    path.write_text(f"node:\n  name: home\n  state_directory: {tmp_path}\n")
    return path


def test_where_nobody_looks_it_is_refused(file, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)

    with pytest.raises(Refused, match="needs a terminal"):
        watch(load(file))


def heed_ctrl_c():
    """Let the program heed it as at a terminal: where the tests run aside, a shell ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def test_a_terminal_shows_the_node_and_is_given_back_by_ctrl_c(file, tmp_path):
    """A node that is away is told of; once it is there it is shown; Ctrl-C is no failure."""
    terminal, line = pty.openpty()
    words = ("-m", "node", "status", "--watch", "--parameters", str(file))
    watcher = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdin=line, stdout=line, stderr=line, preexec_fn=heed_ctrl_c
    )
    os.close(line)
    os.set_blocking(terminal, False)
    shown = b""

    def has_shown(words: bytes) -> bool:
        nonlocal shown
        with contextlib.suppress(BlockingIOError, OSError):
            shown += os.read(terminal, 65_536)
        return re.search(words, shown) is not None

    await until_on_loop(lambda: has_shown(b"no running node answers"), "it is told away")
    server = StatusServer(tmp_path, {"status": lambda _request: picture_of()})
    await server.start()
    await until_on_loop(lambda: has_shown(b"fed by    0x"), "it is shown")
    watcher.send_signal(signal.SIGINT)
    # A terminal that nobody reads takes no more, and then its writer does not end.
    await until_on_loop(lambda: has_shown(re.escape(b"\x1b[?1049l")), "the terminal is back")
    ended = await watcher.wait()
    await server.close()
    os.close(terminal)

    assert ended == 0
    assert shown.startswith(b"\x1b[?1049h")
