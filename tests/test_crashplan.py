"""A crash is planned wherever every searched life passes, and nowhere that only some do."""

from tests.faults.crashing_node import KINDS
from tests.faults.crashplan import Crash, planned

FIRST = (["open", "chain", "birth", "others"], ["open", "chain", "birth"])
LATER = (["open", "birth", "buy", "reading"], ["open", "reading", "birth", "buy"], ["open", "buy"])


def test_every_point_that_all_later_lives_pass_is_crashed_at_in_each_way():
    crashes = planned("home1", FIRST, LATER).crashes

    assert [
        Crash(home="home1", point=point, kind=kind) for point in ("open", "buy") for kind in KINDS
    ] == [crash for crash in crashes if not crash.fresh]


def test_what_only_first_lives_surely_pass_is_crashed_at_in_a_first_life():
    crashes = planned("home1", FIRST, LATER).crashes

    assert [
        Crash(home="home1", point=point, kind=kind, fresh=True)
        for point in ("chain", "birth")
        for kind in KINDS
    ] == [crash for crash in crashes if crash.fresh]


def test_what_only_some_lives_passed_is_told_and_not_planned():
    assert planned("home1", FIRST, LATER).seldom == ("others", "reading")
