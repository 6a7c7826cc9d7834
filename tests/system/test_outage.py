"""A chain and a broker that are away for long: every reading arrives, the contacts stay safe.

None closes, and the one that was closed opens soon after its credit has ended. `PEERWATT_SOAK`
takes a simulated day; else two hours.
"""

import os

import pytest

from node.core.records import MeterName
from tests.faults.outage import HEADER, campaign

HOURS = 24.0 if "PEERWATT_SOAK" in os.environ else 2.0


@pytest.mark.failure(
    part="readings",
    failure="chain and broker are away for two hours (a day in `make soak`) while a home draws",
    contacts="none closes meanwhile; the buyer's opens, 1.1 h after its credit's end at most",
    person="no reading dropped or missing; memory grows by 6 MB at most",
    lasts="all on the chain, and told to the broker, once both are back: each once, in order",
)
def test_outage_loses_no_reading_leaves_no_contact_closed_and_takes_no_memory():
    outcomes = list(campaign(HOURS))

    table = "\n".join([HEADER, *(outcome.row() for outcome in outcomes)])
    print(table)
    assert not any(outcome.problems for outcome in outcomes), table
    for outcome in outcomes:
        assert outcome.arrived >= HOURS * 4, table
        assert outcome.arrived_mqtt >= (HOURS * 4 - 1) * len(MeterName), table
        assert outcome.opened_after_h <= outcome.opens_within_h < HOURS, table
