"""What a utility shows as it starts: nothing that means nothing, and trouble where it lasts."""

from pathlib import Path

import pytest

from node.away import AwayLedger, NoBroker, VolatileStore
from node.core.facts import StreetObserved
from node.core.utility.state import UtilitySettings
from node.settings import STARTING_S
from node.state.history.keeper import HistoryKeeper
from node.system.clock import Clock
from node.system.followed_time import FollowedTime, HandedOut, HandingOut
from node.utility.commands import _lines
from node.utility.loop import UtilityLoop, UtilityLoopSettings
from node.utility.pairings import Pairings
from node.utility.tables import UTILITY_TABLES
from node.utility.tariffs import Tariffs
from tests.factories.market import utility_view

S = 10**9
BEGAN_S = 1000
RULES = UtilitySettings(peak_w=1_000, gas_target_wei=0, gas_per_day_wei=0, gas_all_per_day_wei=None)


class Started:
    """Hold a utility that has just begun, whose chain and relay have not spoken."""

    def __init__(self, directory: Path) -> None:
        self._time = HandingOut(directory / "time", _standing(BEGAN_S))
        broker = NoBroker()
        clock = Clock(
            speed=1.0,
            origin_real_s=0.0,
            origin_calendar_s=0.0,
            followed=FollowedTime(directory / "time"),
        )
        self.loop = UtilityLoop(
            settings=UtilityLoopSettings(name="utility", account=None),
            rules=RULES,
            clock=clock,
            tariffs=Tariffs("UTC", []),
            pairings=Pairings(broker, ["relay"], BEGAN_S),
            ledger=AwayLedger("no connection", self._post),
            broker=broker,
            store=VolatileStore("of a test"),
            history=HistoryKeeper(directory, UTILITY_TABLES, clock.monotonic_s, clock.calendar_s),
            on_step=lambda _s: None,
        )
        AwayLedger("no connection", self._post).start()

    def _post(self, fact: object) -> None:
        self.loop.post(fact)

    def after(self, seconds: float) -> None:
        """Let so much time have passed since the start."""
        self._time.write(_standing(BEGAN_S + seconds))

    @property
    def said(self) -> str:
        """Give what a person is shown."""
        return "\n".join(_lines(self.loop.snapshot()))


def _standing(at_s: float) -> HandedOut:
    at_ns = round(at_s * S)
    return HandedOut(from_ns=at_ns, real_ns=0, until_ns=at_ns, pace=1.0)


@pytest.fixture
def started(tmp_path: Path) -> Started:
    return Started(tmp_path)


def test_what_has_not_spoken_yet_is_no_problem_while_it_starts(started):
    assert "starting         chain, broker and relays are asked" in started.said
    assert "problem" not in started.said


def test_what_is_silent_beyond_the_start_is_told(started):
    started.after(STARTING_S)

    assert "problem          chain: no connection" in started.said
    assert "problem          relays: relay said nothing yet" in started.said
    assert "asked" not in started.said


def test_a_start_is_over_once_all_is_well_and_does_not_come_back(started):
    started.loop.hear_wiring("relay", [])
    started.loop.post(StreetObserved(view=utility_view()))
    assert "starting" not in started.said

    AwayLedger("no connection", started.loop.post).start()

    assert "problem          chain: no connection" in started.said
