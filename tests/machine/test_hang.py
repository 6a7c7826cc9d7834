"""A Pi's programs that stop where they are: systemd's watchdog ends them and starts them anew."""

import pytest

from tests.faults.trading import Trading
from tests.machine.installed import Installed
from tests.machine.pi import CONTACT_LINES, NODE, RELAY, Pi
from tests.machine.street import CONTACT_WITHIN_S, PATIENCE

ENDED_WITHIN_S = 420.0
"""A node's watchdog of 150 s, then the minute in which it might end by itself, and a start."""

pytestmark = [pytest.mark.machine, pytest.mark.timeout(2 * 3600)]


@pytest.mark.failure(
    part="relay",
    failure="the relay's process hangs on a Pi with its units",
    contacts="rest once systemd has ended it",
    person="the unit runs again by itself",
    money="nothing bought twice, all that was paid for drawn, no token lost",
    lasts="the watchdog's 10 s and the 5 s to end, then one start",
)
def test_relay_that_hangs_is_ended_at_rest_and_started_again(installed: Installed) -> None:
    assert hang_in_a_need(installed, RELAY) == ()


@pytest.mark.failure(
    part="node",
    failure="the node's process hangs on a Pi with its units",
    contacts="rest at the end of its lease",
    person="the unit runs again by itself",
    money="nothing bought twice, all that was paid for drawn, no token lost",
    lasts="the watchdog's 150 s and the 60 s to end, then one start",
)
def test_node_that_hangs_is_ended_and_started_again(installed: Installed) -> None:
    assert hang_in_a_need(installed, NODE) == ()


def hang_in_a_need(installed: Installed, unit: str) -> tuple[object, ...]:
    """Stop a unit's process while its home draws; give what is wrong after the need's end."""
    pi = installed.pi
    trading = Trading(installed.street, PATIENCE)
    trading.begin()
    pi.machine.until(lambda: installed.street.world.closed, "the contact closes", CONTACT_WITHIN_S)
    before, stopped_s = restarts(pi, unit), up_s(pi)

    pi.machine.run(f"systemctl kill -s STOP {unit}")
    pi.machine.until(lambda: rested_since(pi, stopped_s), "the contacts rest", ENDED_WITHIN_S)
    pi.machine.until(lambda: restarts(pi, unit) > before, "it is ended", ENDED_WITHIN_S)
    print(f"{unit}: at rest and started again {up_s(pi) - stopped_s:.0f} s after it was stopped")
    pi.wait_until_ready(unit)
    trading.live_through(lambda: None)
    return trading.end()


def rested_since(pi: Pi, since_s: float) -> bool:
    """Say whether each contact's line has fallen since an instant after the kernel's start."""
    changed = (each for each in pi.contact_changes() if each.at_s > since_s)
    return {each.line for each in changed if each.to in ("0", "in")} == CONTACT_LINES


def restarts(pi: Pi, unit: str) -> int:
    """Count how often systemd has started a unit again by itself."""
    return int(pi.machine.run(f"systemctl show -P NRestarts {unit}"))


def up_s(pi: Pi) -> float:
    """Give the seconds since the kernel's start."""
    return float(pi.machine.run("cut -d' ' -f1 /proc/uptime"))
