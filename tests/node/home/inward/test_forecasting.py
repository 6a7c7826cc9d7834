"""What a home expects: learned from its meters and the results, kept over restarts, never late."""

import asyncio
import math
from dataclasses import replace

import pytest

from node.core.auction.clearing import WHOLE, Kind, Step
from node.core.energy.meters import OWN_ORIGIN, Count, Meter, Metering, Point
from node.core.forecast.need import forecast
from node.core.forecast.records import MOST_OUTCOMES, thinned
from node.core.forecast.running import Running
from node.core.records import MeterName, Reading, Register, Registers
from node.home.inward.forecasting import SAVE_EVERY_S, Forecasting, ForecastingSettings
from node.home.inward.history import PREFIX, History
from node.home.memory.memory import Memory
from tests.factories.home import CALENDAR_S, chain_view, observation
from tests.factories.market import INTERVAL_S, NOW_INTERVAL, RULES, cleared_solar, market

SLOTS = 96
SETTINGS = ForecastingSettings(
    interval_s=INTERVAL_S,
    place_lead_s=450.0,
    revise_lead_s=90.0,
    load=(MeterName.LOAD, Register.IMPORT),
    solar=(MeterName.GENERATION, Register.IMPORT),
)
UNMETERED = Metering(meters=(), by_origin=())
START_S = NOW_INTERVAL * INTERVAL_S
GATE = NOW_INTERVAL + 1
"""Its gate closes 840 s after the running interval's start: the looks are at 390 s and 750 s."""
SEEN = replace(observation(), chain=chain_view(), market=market())


def energies(interval):
    """Give a home that cooks in the evening, with a panel on its roof."""
    hour = interval % SLOTS / 4
    load = 40_000 + round(90_000 * math.exp(-((hour - 19) ** 2) / 4)) + interval * 7_919 % 9_000
    return load, max(0, round(200_000 * math.sin((hour - 6) / 12 * math.pi)))


def written(journal, days=16, until=NOW_INTERVAL - 1):
    """Write down what a home has seen until an interval."""
    history = History(INTERVAL_S, {})
    for interval in range(until - days * SLOTS, until):
        history.add(interval, energies(interval))
    for key, text in history.changed().items():
        journal.put(key, text, durable=False)


def meter_at(name, milliwh, calendar_s):
    """Give a meter that was last sampled at an instant."""
    count = Count(milliwh=milliwh, rest_milliwh=0.0)
    newest = Point(taken_at_s=0.0, calendar_s=calendar_s, power_w=1.0, origin=OWN_ORIGIN)
    return Meter(
        name=name,
        imported=count,
        exported=Count(milliwh=1, rest_milliwh=0.0),
        newest=newest,
        next_boundary=0,
        gaps=0,
        gap_s=0.0,
        clock_steps=0,
    )


class Home:
    """A forecasting with its memory, and meters that rise."""

    def __init__(self, journal, settings=SETTINGS):
        self.journal = journal
        self.memory = Memory(journal, 1_000)
        self.forecasting = Forecasting(settings, self.memory)
        self.registers = dict.fromkeys(MeterName, 0)

    async def learned(self):
        self.forecasting.start()
        while self.forecasting.accuracy is None:
            self.forecasting.look(SEEN, UNMETERED)
            await asyncio.sleep(0)
        return self

    def reach(self, boundary, *rises, meters=(MeterName.LOAD, MeterName.GENERATION)):
        """Tell the readings of a boundary, risen by so much since the one before."""
        for meter, rise in zip(meters, rises, strict=False):
            self.registers[meter] += rise
        self.forecasting.add(
            Reading(
                meter=meter,
                boundary=boundary,
                registers=Registers(import_milliwh=self.registers[meter], export_milliwh=1),
            )
            for meter in meters
        )

    def look(self, **seen):
        return self.forecasting.look(replace(SEEN, market=market(**seen)), UNMETERED)

    def look_at(self, passed_s, *, late_s=0, **risen):
        """Look so long after the running interval began; each meter has risen by so much."""
        meters = tuple(
            meter_at(MeterName[name.upper()], self.registers[MeterName[name.upper()]] + rise, at_s)
            for (name, rise), at_s in zip(
                risen.items(), (START_S + passed_s, START_S + passed_s - late_s), strict=False
            )
        )
        seen = replace(SEEN, now_s=SEEN.now_s + START_S + passed_s - CALENDAR_S)
        chain = replace(SEEN.chain, observed_at_s=seen.now_s)
        stamp = replace(chain.block, timestamp_s=START_S + passed_s)
        seen = replace(seen, chain=replace(chain, block=stamp))
        return self.forecasting.look(seen, Metering(meters=meters, by_origin=()))

    def expected(self, running):
        """Give what the state tells of the next gate's interval, and the running one's part."""
        found = forecast(self.forecasting._state, GATE, running)
        return thinned(found.outcomes_milliwh)

    def known(self):
        return dict(self.forecasting._history.energies())

    def saved(self):
        self.memory.close()
        found = History(INTERVAL_S, self.forecasting._history.prices)
        found.recall(self.journal.items(PREFIX))
        return dict(found.energies())


@pytest.fixture
def home(journal):
    return Home(journal)


async def test_a_home_that_knows_nothing_expects_nothing(home):
    await home.learned()

    assert home.look() == ()


async def test_both_intervals_that_take_orders_are_expected_from_what_was_kept(journal):
    written(journal)
    home = await Home(journal).learned()

    found = home.look()

    gate = -(-(CALENDAR_S + 60) // INTERVAL_S)
    assert [outlook.interval for outlook in found] == [gate, gate + 1]
    load, solar = energies(gate)
    for outlook in found:
        outcomes = outlook.outcomes_milliwh
        assert list(outcomes) == sorted(outcomes)
        assert len(outcomes) == MOST_OUTCOMES
        assert outcomes[0] < load - solar < outcomes[-1]
        assert outlook.ticks == (31, 31)


async def test_without_a_market_nothing_is_expected(journal):
    written(journal)
    home = await Home(journal).learned()

    assert home.forecasting.look(replace(SEEN, market=None), UNMETERED) == ()
    assert home.forecasting.look(replace(SEEN, chain=None), UNMETERED) == ()


async def running_home(journal):
    """Give a home that knows its last days, and saw the running interval begin."""
    written(journal, until=NOW_INTERVAL)
    home = await Home(journal).learned()
    home.reach(NOW_INTERVAL)
    return home


async def test_an_order_knows_what_the_running_interval_has_shown(journal):
    home = await running_home(journal)
    part = 1 / 2

    found = home.look_at(450, load=140_000, generation=3_000)

    running = Running(interval=NOW_INTERVAL, part=part, load_milliwh=140_000, solar_milliwh=3_000)
    assert found[0].outcomes_milliwh == home.expected(running) != home.expected(None)


async def test_the_running_interval_is_looked_at_as_an_order_is_placed_and_as_it_is_changed(
    journal,
):
    home = await running_home(journal)
    outcomes = [
        home.look_at(passed_s, load=500 * passed_s, generation=0)[0].outcomes_milliwh
        for passed_s in (100, 389, 390, 391, 600, 749, 750, 751, 839)
    ]

    looks = [
        Running(
            interval=NOW_INTERVAL,
            part=passed_s / 900,
            load_milliwh=500 * passed_s,
            solar_milliwh=0,
        )
        for passed_s in (390, 750)
    ]
    before, first, last = (home.expected(found) for found in (None, *looks))
    assert outcomes == [before] * 2 + [first] * 4 + [last] * 3
    assert len({before, first, last}) == 3


async def test_nothing_is_expected_beyond_what_the_meter_may_carry(journal):
    home = await running_home(journal)
    seen = replace(SEEN, chain=replace(SEEN.chain, meter_max_power_w=100))

    plain = home.forecasting.look(SEEN, UNMETERED)[0].outcomes_milliwh
    bound = home.forecasting.look(seen, UNMETERED)[0].outcomes_milliwh

    assert max(map(abs, plain)) > 25_000
    assert bound == tuple(max(-25_000, min(25_000, outcome)) for outcome in plain)


async def test_what_runs_teaches_nothing_and_is_no_error(journal):
    home = await running_home(journal)
    state = home.forecasting._state
    home.look_at(450, load=900_000, generation=0)
    home.look_at(800, load=1_900_000, generation=0)

    assert home.forecasting._state is state


async def test_the_next_gate_forgets_what_ran_before_it(journal):
    home = await running_home(journal)
    home.look_at(800, load=900_000, generation=0)

    found = home.look_at(850, load=950_000, generation=0)

    assert found[0].interval == GATE + 1
    told = forecast(home.forecasting._state, GATE + 1)
    assert found[0].outcomes_milliwh == thinned(told.outcomes_milliwh)


@pytest.mark.failure(
    part="readings",
    failure="the home started, or a meter was silent, while the interval ran",
    person="the order goes by the intervals that have ended",
)
@pytest.mark.parametrize(
    ("begun", "late_s", "meters"),
    [
        (False, 0, ("load", "generation")),
        (True, 5, ("load", "generation")),
        (True, 0, ("load",)),
        (True, 800, ("load", "generation")),
        (True, 0, ()),
    ],
)
async def test_an_interval_not_seen_by_all_meters_from_its_start_is_not_guessed(
    journal, begun, late_s, meters
):
    written(journal, until=NOW_INTERVAL)
    home = await Home(journal).learned()
    home.reach(NOW_INTERVAL if begun else NOW_INTERVAL - 1)

    found = home.look_at(800, late_s=late_s, **dict.fromkeys(meters, 90_000))

    assert found[0].outcomes_milliwh == home.expected(None)


async def test_a_meter_that_was_silent_at_the_look_is_asked_again(journal):
    home = await running_home(journal)
    home.look_at(760, late_s=5, load=90_000, generation=0)

    found = home.look_at(765, load=91_000, generation=0)

    running = Running(interval=NOW_INTERVAL, part=765 / 900, load_milliwh=91_000, solar_milliwh=0)
    assert found[0].outcomes_milliwh == home.expected(running)


async def test_where_the_connection_is_the_only_meter_both_its_registers_run(journal):
    connection = MeterName.CONNECTION
    settings = replace(
        SETTINGS, load=(connection, Register.IMPORT), solar=(connection, Register.EXPORT)
    )
    written(journal, until=NOW_INTERVAL)
    home = await Home(journal, settings).learned()
    registers = Registers(import_milliwh=0, export_milliwh=0)
    home.forecasting.add([Reading(meter=connection, boundary=NOW_INTERVAL, registers=registers)])

    found = home.look_at(450, connection=70_000)

    running = Running(interval=NOW_INTERVAL, part=1 / 2, load_milliwh=70_000, solar_milliwh=1)
    assert found[0].outcomes_milliwh == home.expected(running)


@pytest.mark.failure(
    part="file",
    failure="the auction's interval is another than the file's",
    person="an error in the log; `check` names the key",
    money="nothing is ordered",
)
async def test_an_auction_with_other_intervals_is_not_forecast(journal, caplog):
    written(journal)
    home = await Home(journal).learned()

    found = [home.look(rules=replace(RULES, interval_s=3_600)) for _ in range(2)]

    assert found == [(), ()]
    assert caplog.text.count("the auction's intervals have 3600 s, not 900 s") == 1


async def test_an_interval_is_learned_from_when_it_has_ended(journal):
    written(journal)
    home = await Home(journal).learned()
    before = home.look()
    home.reach(NOW_INTERVAL - 1)
    assert home.look() is before
    home.reach(NOW_INTERVAL, 123_000, 45_000)

    assert home.known()[NOW_INTERVAL - 1] == (123_000, 45_000)
    assert home.look() != before


async def test_how_far_off_it_was_is_told(journal):
    written(journal)
    home = await Home(journal).learned()

    accuracy = home.forecasting.accuracy

    assert 0 < accuracy.error_milliwh < accuracy.plain_milliwh


async def test_while_kept_days_are_learned_nothing_is_expected_and_nothing_lost(journal):
    written(journal)
    home = Home(journal)
    home.forecasting.start()
    home.reach(NOW_INTERVAL - 1)
    home.reach(NOW_INTERVAL, 123_000, 45_000)
    assert home.forecasting.accuracy is None

    await home.learned()

    other = Home(journal)
    other.reach(NOW_INTERVAL - 1)
    other.reach(NOW_INTERVAL, 123_000, 45_000)
    await other.learned()
    assert home.look() == other.look() != ()


@pytest.mark.failure(
    part="readings",
    failure="a boundary was missed",
    person="that interval is a gap of the forecast",
)
async def test_a_gap_of_either_meter_is_no_energy(home):
    await home.learned()
    home.reach(10)
    home.reach(12, 5_000, 0)
    home.reach(13, 6_000, 100)
    home.reach(14, 7_000, meters=(MeterName.LOAD,))
    home.reach(15, 8_000, 100)
    home.reach(16, 9_000, 200)

    assert home.known() == {12: (6_000, 100), 15: (9_000, 200)}


async def test_a_home_without_panels_has_no_solar_energy(journal):
    home = await Home(journal, replace(SETTINGS, solar=None)).learned()
    home.reach(10)
    home.reach(11, 5_000, 9_000)

    assert home.known() == {10: (5_000, 0)}


async def test_where_the_connection_is_the_only_meter_its_two_registers_tell(journal):
    connection = MeterName.CONNECTION
    settings = replace(
        SETTINGS, load=(connection, Register.IMPORT), solar=(connection, Register.EXPORT)
    )
    home = await Home(journal, settings).learned()
    for boundary, imported, exported in ((10, 0, 0), (11, 5_000, 700)):
        registers = Registers(import_milliwh=imported, export_milliwh=exported)
        home.forecasting.add([Reading(meter=connection, boundary=boundary, registers=registers)])

    assert home.known() == {10: (5_000, 700)}


async def test_prices_are_learned_from_each_result_once(home):
    await home.learned()
    short = Step(
        volume_units=100, price_tick=40, marginal_tick=50, seller_fraction=WHOLE, buyer_fraction=9
    )
    results = (cleared_solar(7, unserved_units=50), cleared_solar(8, short, unserved_units=50))
    home.look(cleared=results)
    home.look(cleared=results)

    prices = home.forecasting._history.prices
    assert [prices[Kind.SOLAR].ticks[at] for at in (6, 7, 8)] == [31, 37, 46]
    assert [prices[Kind.CHP].ticks[at] for at in (6, 7, 8)] == [31, 37, 37]
    assert home.look(cleared=(cleared_solar(6, short),)) == ()
    assert prices[Kind.SOLAR].ticks[6] == 31


async def test_what_is_learned_is_saved_four_times_a_day_and_at_the_end(home):
    await home.learned()
    writings = []
    keep = home.memory.keep_texts
    home.memory.keep_texts = lambda texts: (writings.append(texts), keep(texts))
    first = 19_000 * SLOTS
    for boundary in range(first, first + SLOTS + 1):
        home.reach(boundary, 1_000, 0)
    assert len(writings) == 86_400 // SAVE_EVERY_S
    home.reach(first + SLOTS + 1, 1_000, 0)

    home.forecasting.close()
    home.forecasting.close()

    assert len(writings) == 1 + 86_400 // SAVE_EVERY_S
    assert home.saved() == home.known()
    assert len(home.known()) == SLOTS + 1


@pytest.mark.failure(
    part="readings",
    failure="the clock ran ahead by a year, and was set right",
    person="the forecast goes on with what was before",
)
async def test_what_a_wrong_clock_dated_ahead_is_forgotten(journal):
    written(journal)
    home = await Home(journal).learned()
    right = home.known()
    for boundary in (NOW_INTERVAL + 35_000, NOW_INTERVAL + 35_001):
        home.reach(boundary, 1_000, 0)
    home.reach(NOW_INTERVAL - 1)
    home.reach(NOW_INTERVAL, 2_000, 0)
    await home.learned()

    assert home.known() == {**right, NOW_INTERVAL - 1: (2_000, 0)}
    assert home.look() != ()


async def test_an_interval_that_comes_again_changes_nothing(journal):
    written(journal)
    home = await Home(journal).learned()
    known = home.known()
    home.reach(NOW_INTERVAL - 3)
    home.reach(NOW_INTERVAL - 2, 1, 1)

    assert home.known() == known


async def test_learning_ends_with_the_home(journal):
    written(journal)
    home = Home(journal)
    home.forecasting.close()
    home.forecasting.start()
    await asyncio.wait_for(home.forecasting._learning, 5)

    assert home.forecasting._learning.result().loads == ()
