"""A street whose utility lies, or whose chain stands still: `python -m village --market --scene`.

An afternoon of two hours and three homes, played honestly and in each scene.
"""

import json
import subprocess
import sys

import pytest

from village.market.scenes import SCENES

HOMES, HOURS = 3, 2
WITHIN_S = 1700

pytestmark = pytest.mark.timeout(WITHIN_S + 60)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    directory = tmp_path_factory.mktemp("scenes")
    result = directory / "result.json"
    command = [
        sys.executable, "-m", "village", "--market", "--plain",
        "--homes", f"{HOMES}", "--hours", f"{HOURS}", "--hour", "15",
        "--directory", str(directory / "street"), "--json", str(result),
        "--scene", *SCENES,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    printed = done.stdout + done.stderr
    assert result.exists(), printed[-8000:]
    return done.returncode, printed, json.loads(result.read_text())


def test_the_last_line_says_whether_anybody_lost(played):
    status, printed, result = played

    assert (status, result["sound"]) == (0, True), printed[-12_000:]
    assert "Every scene holds: nobody lost by it." in printed


@pytest.mark.failure(
    part="utility",
    failure="a whole street's publishes nothing, publishes false pairings, or does not clear",
    contacts="close as fills and wires pair, as on the honest day",
    money="each order settled by its meter; no home loses against the grid alone",
)
@pytest.mark.parametrize("name", ["silent", "false-pairings", "uncleared"])
def test_a_street_trades_on_whatever_its_utility_leaves_out_or_makes_up(played, name):
    _, printed, result = played
    scene = result["scenes"][name]
    day, honest = scene["day"], result["honest"]

    assert scene["problems"] == [], printed[-12_000:]
    assert day["followed"] == day["parts"] == honest["parts"] > 0
    assert scene["missing"] == 0


def test_what_is_published_and_cleared_is_the_scenes_own(played):
    scenes = played[2]["scenes"]

    assert scenes["silent"]["published"] == 0
    assert scenes["false-pairings"]["false"] == scenes["false-pairings"]["published"] > 0
    assert (scenes["uncleared"]["cleared"], scenes["uncleared"]["cleared_by_utility"]) == (HOURS, 0)


def test_no_home_orders_under_a_tariff_ten_times_too_high(played):
    dear = played[2]["scenes"]["dear"]

    assert (dear["problems"], dear["orders"]) == ([], 0)


@pytest.mark.failure(
    part="chain",
    failure="a whole street's chain stands still for 25 hours in the midst of a delivery",
    money="each order is settled by its meter; no home loses against the grid alone",
    lasts="until it goes on",
)
def test_a_chain_that_stands_still_for_25_hours_punishes_no_home_of_the_street(played):
    still = played[2]["scenes"]["standstill"]

    assert still["problems"] == []
    assert still["gap_s"] >= 25 * 3600
    assert (still["settled"] > 0, still["missing"]) == (True, 0)
