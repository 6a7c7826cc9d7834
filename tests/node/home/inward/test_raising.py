"""One false word of an endpoint never stays in the registers; a true one is taken, once."""

from dataclasses import replace

import pytest

from node.core.records import MeterName, Reading, Registers
from node.home.inward.raising import STEADY_S, Raising
from tests.factories.home import BLOCK, CALENDAR_S, NOW_S, chain_view, stamp

INTERVAL_S = 900
DAY_S = 86_400
POWER_W = 1_000
BOUNDARY = CALENDAR_S // INTERVAL_S


def registers(imported, exported=0):
    return Registers(import_milliwh=imported, export_milliwh=exported)


def view(told, number=BLOCK, power_w=POWER_W):
    meter = Reading(meter=MeterName.CONNECTION, boundary=BOUNDARY, registers=told)
    block = replace(stamp(), number=number)
    return chain_view(meter=meter, meter_max_power_w=power_w, block=block)


class Bench:
    def __init__(self, kept=None, kept_at_s=CALENDAR_S - DAY_S, confirmations=1):
        self.taken = []
        self.raising = Raising(
            kept=kept,
            kept_at_s=kept_at_s,
            interval_s=INTERVAL_S,
            confirmations=confirmations,
            raise_to=self.taken.append,
        )

    def look(self, told, block_number=BLOCK, at_s=0.0, power_w=POWER_W):
        seen = view(told, block_number, power_w)
        self.raising.look(seen, NOW_S + at_s, CALENDAR_S + at_s)


def test_registers_are_raised_when_a_later_block_says_so_too():
    bench = Bench()
    bench.look(registers(5_000))
    assert bench.taken == []
    bench.look(registers(5_000), BLOCK + 1)
    bench.look(registers(9_000), BLOCK + 2)

    assert bench.taken == [registers(5_000)]
    assert bench.raising.is_done


def test_they_are_raised_by_a_block_of_the_configured_depth():
    bench = Bench(confirmations=4)
    for later in range(3):
        bench.look(registers(5_000), BLOCK + later)
    assert bench.taken == []
    bench.look(registers(5_000), BLOCK + 3)

    assert bench.taken == [registers(5_000)]


def test_on_a_chain_that_stands_still_they_are_raised_after_a_minute():
    bench = Bench()
    bench.look(registers(5_000))
    bench.look(registers(5_000), at_s=STEADY_S - 1)
    assert bench.taken == []
    bench.look(registers(5_000), at_s=STEADY_S)

    assert bench.taken == [registers(5_000)]


@pytest.mark.failure(
    part="chain",
    failure="an endpoint tells registers once that are far above a meter's",
    person="nothing stays of it",
)
@pytest.mark.parametrize("lie", [registers(2**63), registers(5_001), registers(5_000, 2**62)])
def test_one_false_word_does_not_stay_in_the_registers(lie):
    bench = Bench(kept=registers(4_000))
    bench.look(lie)
    bench.look(registers(5_000), BLOCK + 1)
    bench.look(registers(5_000), BLOCK + 2)

    assert bench.taken == [registers(5_000)]


@pytest.mark.failure(
    part="chain",
    failure="an endpoint goes on telling registers that a meter cannot have reached",
    person="`report_refused`: `this meter can have reached`",
    lasts="until it tells what can be",
)
def test_what_the_maximum_power_does_not_allow_is_not_believed_and_is_told():
    bench = Bench(kept=registers(4_000))
    day_milliwh = POWER_W * 24 * 1_000
    for later in range(5):
        bench.look(registers(2 * day_milliwh), BLOCK + later)
    assert bench.taken == []
    assert "this meter can have reached" in bench.raising.problem

    for later in range(5, 7):
        bench.look(registers(day_milliwh), BLOCK + later)
    assert bench.taken == [registers(day_milliwh)]
    assert bench.raising.problem is None


@pytest.mark.parametrize(("kept", "kept_at_s"), [(None, CALENDAR_S), (registers(1), None)])
def test_a_card_that_was_lost_takes_what_the_chain_has_kept(kept, kept_at_s):
    bench = Bench(kept=kept, kept_at_s=kept_at_s)
    for later in range(2):
        bench.look(registers(10**12), BLOCK + later)

    assert bench.taken == [registers(10**12)]


def test_a_chain_without_the_meter_raises_nothing():
    raising = Bench().raising
    raising.look(None, NOW_S, CALENDAR_S)
    raising.look(chain_view(), NOW_S, CALENDAR_S)

    assert not raising.is_done
