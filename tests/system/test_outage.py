"""A chain and a broker that are away for long: every reading arrives, the contacts stay safe.

`PEERWATT_SOAK` takes a simulated day; else an hour.
"""

import os

import pytest

from node.core.records import MeterName
from tests.faults.outage import HEADER, campaign

HOURS = 24.0 if "PEERWATT_SOAK" in os.environ else 1.0

pytestmark = pytest.mark.timeout(900)


@pytest.mark.failure(
    part="readings",
    failure="chain and broker are away for an hour (a day in `make soak`) while a home draws",
    contacts="none closes meanwhile",
    person="no reading dropped or missing; memory grows by 6 MB at most",
    lasts="all on the chain, and told to the broker, once both are back: each once, in order",
)
def test_outage_loses_no_reading_closes_no_contact_and_takes_no_memory():
    outcomes = list(campaign(HOURS))

    table = "\n".join([HEADER, *(outcome.row() for outcome in outcomes)])
    print(table)
    assert not any(outcome.problems for outcome in outcomes), table
    for outcome in outcomes:
        assert outcome.arrived >= HOURS * 4 - 1, table
        assert outcome.arrived_mqtt >= (HOURS * 4 - 1) * len(MeterName), table
