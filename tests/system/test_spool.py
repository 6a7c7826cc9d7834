"""Chain and broker away for several intervals: every reading arrives afterwards, each once."""

import pytest

from node.core.errors import Refused
from tests.faults.outages import lose_chain_and_broker, restore_chain_and_broker
from tests.parts.meter_events import reported, rises
from tests.parts.neighbours import BUYER, SELLER, Pace, neighbours

PACE = Pace(speed=1.0, block_s=1.0, interval_s=2, waits=True)
OUTAGE_INTERVALS = 5


@pytest.fixture
def street(tmp_path):
    with neighbours(tmp_path, PACE) as running:
        yield running


def waiting(street, home):
    """Give how many readings wait, -1 while the node does not say."""
    try:
        return street.status(home).get("readings_waiting", -1)
    except Refused:
        return -1


@pytest.mark.failure(
    part="readings",
    failure="chain and broker are away for five intervals, the node restarts meanwhile",
    person="`readings_waiting` rises, and falls to 0; none dropped",
    lasts="all on the chain once both are back, each once, in order",
)
def test_every_reading_of_an_outage_arrives_afterwards_once_and_in_order(street):
    street.start(SELLER)
    street.until(lambda: street.mode(SELLER, "delivery") == "offering", "the seller offers")
    street.start(BUYER)
    street.world.soc_pct[BUYER] = 15.0
    street.until(lambda: street.world.closed, "the contact closes")
    for home in (SELLER, BUYER):
        street.until(lambda home=home: reported(street, home), f"{home} reports")

    # While it was founded the chain ran ahead of the clock: the first may be too old for it.
    dropped = {home: street.status(home)["readings_dropped"] for home in (SELLER, BUYER)}

    lose_chain_and_broker(street)
    for home in (SELLER, BUYER):
        street.until(
            lambda home=home: waiting(street, home) >= OUTAGE_INTERVALS, f"{home}'s readings wait"
        )
    street.processes.stop(BUYER)
    street.start(BUYER)
    street.until(
        lambda: waiting(street, BUYER) >= OUTAGE_INTERVALS, "the restarted node knows what waits"
    )
    restore_chain_and_broker(street)

    for home in (SELLER, BUYER):
        street.until(lambda home=home: waiting(street, home) == 0, f"{home}'s readings arrived")
    found = reported(street, SELLER)
    boundaries = [boundary for boundary, _, _ in found]
    assert boundaries == list(range(boundaries[0], boundaries[0] + len(found)))
    for home in (SELLER, BUYER):
        assert rises(reported(street, home)), f"{home}: each boundary once, no register falls"
        assert street.status(home)["readings_dropped"] == dropped[home]
    assert found[-1][2] > found[0][2], "it delivered, and the chain knows"
