"""An endpoint that lies to a home or a utility buys nothing twice, and nothing of it stays.

`PEERWATT_SOAK` plays every question in every way; else each question in one.
"""

import os

import pytest

from tests.faults.liar import campaign, table
from tests.faults.liar_cases import cases, one_of_each

IS_SOAK = "PEERWATT_SOAK" in os.environ
SEED = 20_261

pytestmark = pytest.mark.timeout(7200 if IS_SOAK else 1500)


@pytest.mark.failure(
    part="chain",
    failure="an endpoint answers any one question falsely: absurdly, slightly, as of an earlier "
    "block or of another chain, once or for a while, alone or beside an honest one",
    money="nothing bought twice beside an honest one, one order too many at most alone",
    lasts="until it tells the truth, without a restart",
)
@pytest.mark.parametrize("who", ["home", "utility"])
def test_nothing_of_a_lie_stays(who):
    wanted = [case for case in (cases() if IS_SOAK else one_of_each(SEED)) if case.who == who]

    outcomes = list(campaign(wanted))

    assert len(outcomes) == len(wanted)
    assert not [found for found in outcomes if found.wrong], table(outcomes)
    # A question that is new has to be added, or nobody would lie to it.
    asked = frozenset().union(*(found.asked for found in outcomes))
    assert asked <= {case.question for case in cases() if case.who == who}
