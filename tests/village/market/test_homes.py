"""What homes of the market remember is what a home that lived there would, and no more."""

from node.core.auction.clearing import Kind
from node.core.forecast.need import DAY_S, absorb_interval, forecast, new_forecast
from node.core.trading.prices import new_memory
from node.home.inward.history import PREFIX, History
from node.state.journal import JOURNAL_NAME, Journal
from village.market.homes import INTERVAL_S, PAST_HOURS, remember
from village.market.street import MARKET_DAY
from village.plant.homes_data import FONTANA_CSV, read_past, read_profiles


def recalled(state):
    journal = Journal(state / JOURNAL_NAME)
    journal.open()
    history = History(INTERVAL_S, {kind: new_memory(DAY_S // INTERVAL_S) for kind in Kind})
    history.recall(journal.items(PREFIX))
    journal.close()
    return dict(history.energies())


def test_a_home_remembers_the_weeks_before_by_interval_and_nothing_of_the_day(tmp_path):
    (past,) = read_past(FONTANA_CSV, homes=1, first_day=MARKET_DAY, hours=PAST_HOURS)
    start_s = read_profiles(FONTANA_CSV, homes=1, first_day=MARKET_DAY).start_s

    remember(tmp_path / "state", past, start_s)

    known = recalled(tmp_path / "state")
    newest = start_s // INTERVAL_S - 1
    assert max(known) == newest
    assert known[newest] == (past.load_mw[-1], past.pv_mw[-1])
    assert known[newest - 100] == (past.load_mw[-101], past.pv_mw[-101])
    assert len(known) > 27 * 24


def test_a_home_that_remembers_forecasts_its_first_hour(tmp_path):
    (past,) = read_past(FONTANA_CSV, homes=1, first_day=MARKET_DAY, hours=PAST_HOURS)
    remember(tmp_path / "state", past, 1_472_544_000)

    state = new_forecast(INTERVAL_S)
    for interval, (load, solar) in recalled(tmp_path / "state").items():
        state = absorb_interval(state, interval, load, solar)

    assert forecast(state, 1_472_544_000 // INTERVAL_S) is not None
