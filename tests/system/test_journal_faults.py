"""A real node whose journal is full, read-only, lost or damaged: at rest, says so, buys once.

The card is full for a running process by its size limit (see `tests.faults.hampered_node`).
"""

import resource
from shutil import rmtree

import pytest

from node.core.errors import Refused
from tests.faults.hampered_node import KINDS
from tests.parts.neighbours import BUYER, SELLER, neighbours, orders_of

JOURNAL = "journal.sqlite"
FAULT = "journal_unwritable"


@pytest.fixture(scope="module")
def street(tmp_path_factory):
    """A street whose buyer has bought one order, far more than these tests draw."""

    def watchful(content):
        content["node"]["receipt_slack_wh"] = 0.001
        content["node"]["battery_wh"] = None
        content["node"]["delta"] = 50.0

    with neighbours(tmp_path_factory.mktemp("street")) as running:
        running.world.load_w = 4.0
        running.start(SELLER)
        running.until(lambda: running.mode(SELLER, "delivery") == "offering", "the seller offers")
        running.world.soc_pct[BUYER] = 15.0
        running.start(BUYER, watchful)
        running.until(lambda: running.world.closed, "the contact closes")
        yield running


def picture(street):
    try:
        return street.status(BUYER)
    except (Refused, OSError):
        return None


def draws(street):
    seen = picture(street)
    return street.world.closed and seen is not None and not seen["faults"] and seen["supply"]


def says(street, name):
    seen = picture(street)
    return seen is not None and name in seen["fault_names"] and seen


def order_numbers(street):
    return [order["number"] for order in picture(street)["supply"]["orders"]]


@pytest.mark.failure(
    part="journal",
    failure="the card fills up while the home draws",
    contacts="rest; closed again afterwards",
    person="`safe`: `journal_unwritable`, `journal cannot be used`",
    money="the same order; none is bought",
    lasts="until it takes a write",
)
def test_card_that_fills_up_puts_the_home_to_rest_until_it_takes_writes_again(street):
    street.until(lambda: draws(street), "it draws")
    pid = street.processes.pid_of(BUYER)
    bought = orders_of(street.log(BUYER))
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        seen = street.until(lambda: says(street, FAULT), "the full card is said")
        street.until(lambda: not street.world.closed, "the contact rests")
    finally:
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
    street.until(lambda: draws(street), "it draws again on the same order")

    assert seen["supply"]["mode"] == "safe"
    assert any("journal cannot be used" in sentence for sentence in seen["faults"])
    assert order_numbers(street) == [1]
    assert orders_of(street.log(BUYER)) == bought


@pytest.mark.failure(
    part="journal",
    failure="the node starts on a card that is full or read-only",
    contacts="rest; closed again afterwards",
    person="`safe`: `journal_unwritable`, over MQTT",
    money="the same order, afterwards",
    lasts="until it starts where it can write",
)
@pytest.mark.parametrize("kind", KINDS)
def test_home_that_starts_where_nothing_can_be_written_is_at_rest_and_says_so(street, kind):
    street.processes.stop(BUYER)
    state = street.places.home(BUYER) / "state"
    paths = (*state.iterdir(), state)
    modes = {path: path.stat().st_mode for path in paths}
    parameters = str(street.parameters(BUYER))
    if kind == "read-only":
        for path in paths:
            path.chmod(path.stat().st_mode & 0o555)
    try:
        module = "tests.faults.hampered_node"
        street.run(BUYER, module, kind, "run", "--parameters", parameters)
        street.until(lambda: street.mode(BUYER, "supply") == "safe", "safe, over MQTT")
        said = street.until(
            lambda: FAULT in street.pictures[BUYER]["fault_names"] and street.pictures[BUYER],
            "the fault is told over MQTT",
        )
    finally:
        street.processes.stop(BUYER)
        for path, mode in modes.items():
            path.chmod(mode)

    assert not street.world.closed
    assert said["supply"]["mode"] == "safe"
    street.start(BUYER)
    street.until(lambda: draws(street), "where it can write it draws again")
    assert order_numbers(street) == [1]


@pytest.mark.failure(
    part="journal",
    failure="the journal of a home with an open order is lost, cut short or no database",
    contacts="closed again after the start",
    person="`using open credit` in the log; a damaged one is `kept aside`",
    money="its order is adopted; no other is bought",
)
@pytest.mark.parametrize("what", ["lost", "no database", "cut short"])
def test_home_whose_journal_is_gone_adopts_its_order_and_buys_no_other(street, what):
    street.until(lambda: draws(street), "it draws")
    street.processes.stop(BUYER)
    state = street.places.home(BUYER) / "state"
    before = street.log(BUYER)
    if what == "lost":
        rmtree(state)
    elif what == "no database":
        (state / JOURNAL).write_bytes(b"what a card gives back that is worn out" * 100)
    else:
        whole = (state / JOURNAL).read_bytes()
        (state / JOURNAL).write_bytes(whole[: len(whole) // 2])
    street.start(BUYER)
    street.until(lambda: draws(street), "it draws again")
    said = street.log(BUYER)[len(before) :]

    assert order_numbers(street) == [1]
    assert orders_of(said) == 0
    assert "using open credit" in said
    assert what == "lost" or "kept aside" in said
