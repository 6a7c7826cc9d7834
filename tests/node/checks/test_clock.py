"""What `check` says of a file that names a village's time."""

import time

from node.checks.clock import handed_out_time
from node.parameters import parse
from node.system.followed_time import HandedOut, HandingOut


def findings(follow):
    section = "" if follow is None else f"clock: {{follow: {follow}}}\n"
    return list(handed_out_time(parse(f"{section}node: {{name: home1}}\n", "parameters.yml")))


def test_nothing_is_said_of_the_machines_own_clocks():
    assert findings(None) == []


def test_a_villages_time_is_refused_where_no_village_runs(tmp_path):
    (finding,) = findings(tmp_path / "time")

    assert finding.fails
    assert str(tmp_path / "time") in finding.sentence
    assert finding.remedy.startswith("remove clock.follow")


def test_within_a_running_village_it_is_told_and_well(tmp_path):
    record = HandedOut(from_ns=0, real_ns=time.monotonic_ns(), until_ns=0, pace=1.0)
    HandingOut(tmp_path / "time", record)

    (finding,) = findings(tmp_path / "time")

    assert not finding.fails
    assert "village" in finding.sentence
