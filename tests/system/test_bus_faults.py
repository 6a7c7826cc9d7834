"""Chips that fail on a real node's bus: the home rests, says which, and heals by itself."""

import gzip
import itertools
import json

import pytest

from node.core.errors import Refused
from node.links.status import ask
from tests.parts.neighbours import BUYER, SELLER, neighbours, orders_of
from village.chips.outfits import GAUGE_ADDRESS, SHUNTS
from village.chips.played import ChipFault

LOAD = SHUNTS["load"]
MAX_AGE_S = 1.0
FAULTS = {
    "the gauge does not acknowledge": (GAUGE_ADDRESS, ChipFault.NO_ANSWER, "soc_missing"),
    "the gauge says 256 %": (GAUGE_ADDRESS, ChipFault.ONES, "soc_missing"),
    "the meter does not acknowledge": (LOAD, ChipFault.NO_ANSWER, "sensor_failed"),
    "the meter's values are stuck": (LOAD, ChipFault.STUCK, "sensor_failed"),
    "the meter overflows": (LOAD, ChipFault.OVERFLOW, "sensor_failed"),
}
STRETCH_S = 2.5
"""Longer than a round may take."""
CYCLES_S = 20.0
WRITTEN_WITHIN_S = 200.0
"""A guard against hanging."""


@pytest.fixture(scope="module")
def street(tmp_path_factory):
    """A street whose buyer needs energy, and draws it unless a fault keeps it at rest."""

    def hasten(content):
        content["node"]["max_age_s"] = MAX_AGE_S

    with neighbours(tmp_path_factory.mktemp("street")) as running:
        running.start(SELLER)
        running.until(lambda: running.mode(SELLER, "delivery") == "offering", "the seller offers")
        running.world.soc_pct[BUYER] = 15.0
        running.start(BUYER, hasten)
        running.until(lambda: running.world.closed, "the contact closes")
        yield running


def picture(street):
    try:
        return street.status(BUYER)
    except Refused:
        return None


def cycles_of(street):
    """Give the instants of the newest cycles by the home's own record, however busy who asks is."""
    path = ask(street.places.home(BUYER) / "state", {"do": "record"}, within_s=WRITTEN_WITHIN_S)
    with gzip.open(path, "rt") as lines:
        cycles = map(json.loads, itertools.islice(lines, 1, None))
        return [cycle["observation"]["calendar_s"] for cycle in cycles]


def at_rest_for(street, fault):
    """Give the picture in which it rests for a fault; None before."""
    seen = picture(street)
    is_so = seen and fault in seen["fault_names"] and seen["supply"]["mode"] == "safe"
    return seen if is_so else None


def at_rest_for_it_alone(street, fault):
    """Give the picture in which, moreover, the SoC is missing only where that is the fault."""
    seen = at_rest_for(street, fault)
    return seen if seen and (seen["soc_pct"] is None) == (fault == "soc_missing") else None


def is_healed(street):
    seen = picture(street)
    return seen is not None and not seen["faults"] and seen["supply"]["mode"] != "safe"


@pytest.mark.failure(
    part="sensors",
    failure="the meter on a node's bus does not acknowledge, repeats its values or overflows",
    contacts="rest",
    person="`safe`: `sensor_failed`, and what clears it; SoC known",
    money="one order in all",
    lasts="until it answers as it should",
)
@pytest.mark.failure(
    part="sensors",
    failure="the gauge on a node's bus does not acknowledge, or says 256 %",
    contacts="rest",
    person="`safe`: `soc_missing`, and what clears it; no SoC",
    money="one order in all",
    lasts="until it answers as it should",
)
@pytest.mark.parametrize("name", FAULTS)
def test_home_whose_chip_fails_rests_and_heals(street, name):
    address, fault, expected = FAULTS[name]
    street.until(lambda: street.world.closed, "it draws")
    chip = street.buses[BUYER].chips[address]
    chip.fault = fault
    # A busy machine makes samples of sound chips late as well, for a moment.
    seen = street.until(lambda: at_rest_for_it_alone(street, expected), name)
    street.until(lambda: not street.world.closed, "the contact rests")
    chip.fault = None
    street.until(lambda: is_healed(street), "the fault clears")

    assert any("clears with" in sentence for sentence in seen["faults"])
    assert orders_of(street.log(BUYER)) == 1
    assert "back on own source" not in street.log(BUYER), "no false value was believed"


@pytest.mark.failure(
    part="sensors",
    failure="a chip holds the clock of a node's bus for 2.5 s at a time",
    contacts="rest; closed again afterwards",
    person="`safe`: `soc_missing`, `sensor_failed`; the load's power is unknown; cycles go on",
    money="one order in all",
    lasts="until it lets go",
)
def test_chip_that_holds_the_clock_makes_samples_stale_and_delays_no_cycle(street):
    street.until(lambda: street.world.closed, "it draws")
    bus = street.buses[BUYER]
    begun_s = picture(street)["calendar_s"]
    bus.stretch_s = STRETCH_S
    street.until(lambda: at_rest_for(street, "soc_missing"), "the samples are stale")
    street.until(lambda: not street.world.closed, "the contact rests")
    street.until(lambda: picture(street)["calendar_s"] > begun_s + CYCLES_S, "cycles go on")
    during = picture(street)
    bus.stretch_s = 0.0
    street.until(lambda: is_healed(street), "the fault clears")

    instants = [at for at in cycles_of(street) if begun_s <= at <= during["calendar_s"]]
    assert len(instants) > CYCLES_S / STRETCH_S
    steps = [after - before for before, after in itertools.pairwise(instants)]
    assert max(steps) < STRETCH_S, "a loop that waits for the bus takes as long as the bus"
    assert "sensor_failed" in during["fault_names"]
    assert during["load"]["power_w"] is None
    assert "no answer within 1 s" in street.log(BUYER) or "hung" in street.log(BUYER)
    street.until(lambda: street.world.closed, "it draws again on the same order")
    assert orders_of(street.log(BUYER)) == 1
