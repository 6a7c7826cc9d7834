"""Equip the street for the auction: what is deployed, the utility's file, what homes remember.

A home forecasts from the hours that it has metered. One that has lived here for a month has them
in its journal, so the month before the played day is written there, by the code that keeps it, and
nothing of the day itself.
"""

from pathlib import Path

from node.core.auction.clearing import Kind
from node.core.forecast.need import DAY_S
from node.core.trading.prices import new_memory
from node.core.units import TOKEN
from node.home.inward.history import KEPT_DAYS, History
from node.keys.account import create_account, new_password, write_private
from node.ledger.operator.auction_settings import AuctionSettings
from node.state.journal import JOURNAL_NAME, Journal
from node.system.clock import Clock
from village.households import (
    COMMUNITY,
    RELAY,
    UTILITY,
    Addresses,
    Places,
    clock_section,
    contracts_at,
    write_parameters,
)
from village.market.street import TARIFF
from village.plant.homes_data import Profile

INTERVAL_S = 3600
GATE_LEAD_S = 1500
"""Two seconds at full speed: clearing, its block, the pairing, and the homes' look at both."""
UNIT_MILLIWH = 1
LEAST_UNITS = 10
PEAK_W_PER_HOME = 5
PAST_HOURS = KEPT_DAYS * 24


def open_utility(places: Places) -> str:
    """Make the utility's account and password file; give its address."""
    folder = places.home(UTILITY)
    folder.mkdir(parents=True)
    password = new_password()
    write_private(folder / "password", password + "\n")
    return create_account(folder / "keystore.json", password).account


def auction_of(utility: str) -> AuctionSettings:
    """Say what the street's auction is."""
    return AuctionSettings(
        utility=utility,
        tariff=TARIFF,
        unit_milliwh=UNIT_MILLIWH,
        least_units=LEAST_UNITS,
        gate_lead_s=GATE_LEAD_S,
    )


def write_utility(
    places: Places, homes: int, addresses: Addresses, clock: Clock, prices: int = 1
) -> Path:
    """Write the utility's parameters file, and give its path; it asks so many times the prices."""
    folder = places.home(UTILITY)
    tariff = {
        "from": "00:00",
        "feed_in": prices * TARIFF.feed_in_per_kwh // TOKEN,
        "retail": prices * TARIFF.retail_per_kwh // TOKEN,
    }
    content = {
        "community": COMMUNITY,
        "clock": clock_section(clock, places.time),
        "contract": {
            "node": places.rpc,
            **contracts_at(addresses),
            "interval_s": INTERVAL_S,
            "poll_s": 0.1,
            "max_age_s": 10,
        },
        "relay": {"name": RELAY},
        "mqtt": {"host": "127.0.0.1", "port": places.broker_port},
        "utility": {
            "name": UTILITY,
            "state_directory": str(folder / "state"),
            "keystore": str(folder / "keystore.json"),
            "password_file": str(folder / "password"),
            "peak_w": PEAK_W_PER_HOME * homes,
            # Without bands the tariff stands that the auction was deployed with.
            **({"tariff": [tariff]} if prices != 1 else {}),
        },
    }
    return write_parameters(folder / "parameters.yml", content)


def remember(state: Path, past: Profile, start_s: int) -> None:
    """Write into a home's journal the hours before an instant, as if it had metered them."""
    history = History(INTERVAL_S, {kind: new_memory(DAY_S // INTERVAL_S) for kind in Kind})
    first = start_s // INTERVAL_S - len(past.load_mw)
    # A watt for an hour is a watt-hour: the played powers are the energies.
    for at, energies in enumerate(zip(past.load_mw, past.pv_mw, strict=True)):
        history.add(first + at, energies)
    state.mkdir(parents=True)
    journal = Journal(state / JOURNAL_NAME)
    journal.open()
    try:
        for key, text in history.changed().items():
            journal.put(key, text, durable=False)
        journal.flush()
    finally:
        journal.close()
