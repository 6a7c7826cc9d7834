"""Chain and broker away for several intervals: every reading arrives afterwards, each once."""

import http.client
import itertools
import signal
from os import kill

import pytest

from node.core.errors import Refused
from node.ledger.artifacts import artifact, topic_of
from tests.neighbours import BUYER, SELLER, Pace, neighbours
from village.chain import call

pytestmark = pytest.mark.timeout(240)

PACE = Pace(speed=1.0, block_s=1.0, interval_s=2)
WORD = 64
OUTAGE_INTERVALS = 5


@pytest.fixture
def street(tmp_path):
    with neighbours(tmp_path, PACE) as running:
        yield running


def reported(street, home):
    """Give the boundaries and registers of a home's meter, in the order of the chain's events."""
    event = artifact("MeterRegistry").events["MeterReported(uint256,uint32,uint112,uint112)"]
    meter = f"0x{street.community.meters[home]:064x}"
    wanted = {"fromBlock": "0x0", "topics": [topic_of(event), meter]}
    chain = http.client.HTTPConnection("127.0.0.1", street.places.chain_port, timeout=10)
    found = call(chain, "eth_getLogs", wanted)
    chain.close()
    return [tuple(int(log["data"][2 + at * WORD :][:WORD], 16) for at in range(3)) for log in found]


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


def rises(rows):
    return all(
        one[0] < two[0] and one[1] <= two[1] and one[2] <= two[2]
        for one, two in itertools.pairwise(rows)
    )


def lose_chain_and_broker(street):
    street.stop_blocks()
    kill(street.processes.pid_of("chain"), signal.SIGSTOP)
    street.processes.stop("broker")


def restore_chain_and_broker(street):
    kill(street.processes.pid_of("chain"), signal.SIGCONT)
    street.processes.restart("broker")
    street.resume_blocks()
