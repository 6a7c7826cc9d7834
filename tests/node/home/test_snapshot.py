"""What a home says of itself."""

import json

from node.core import home
from node.core.budget import Spent
from node.core.delivery.state import Delivery
from node.core.energy.meters import OWN_ORIGIN, Count, Metering, Origin
from node.core.energy.spool import EMPTY, Spool, Spools
from node.core.faults import Severity
from node.home.snapshot import measurements, snapshot, values
from tests.factories.home import (
    DAY,
    NOW_S,
    delivery_state_in,
    drawing,
    fault,
    meter,
    observation,
    reading,
    supply_state_on_seller1,
)
from tests.factories.seen import seen_of
from tests.factories.settings import HOME, PRICE1, SELLER1, settings

STATE = home.HomeState(
    supply=supply_state_on_seller1(waiting="200 Wh of credit left at seller1"),
    delivery=delivery_state_in(Delivery.NOT_OFFERING),
    faults=(fault(Severity.NOTICE),),
)
UNMETERED = Metering(meters=(), by_origin=())
BOUGHT = Origin(seller=SELLER1, number=7)
METERING = Metering(
    meters=(),
    by_origin=(
        (OWN_ORIGIN, Count(milliwh=40, rest_milliwh=0.5)),
        (BOUGHT, Count(milliwh=9, rest_milliwh=0.0)),
    ),
)
SPOOLS = Spools(
    chain=Spool(waiting=(reading(7), reading(8)), dropped=3),
    broker=Spool(waiting=(reading(7),), dropped=4),
)
NONE = Spools(chain=EMPTY, broker=EMPTY)


def test_the_whole_home_is_plain_json():
    told = snapshot("home", "prosumer", HOME, seen_of(STATE, drawing()), METERING, SPOOLS)

    assert json.loads(json.dumps(told)) == told
    assert told["supply"] == {
        "mode": "on_seller",
        "since_s": 120.0,
        "reason": "SoC 19.4 % < limit 20 %: bought 200 Wh from seller1",
        "waiting": "200 Wh of credit left at seller1",
        "seller": SELLER1,
        "closed": True,
        "credit_milliwh": 200_000,
        "spent_today": 0,
        "orders": [
            {
                "seller": SELLER1,
                "number": 7,
                "energy_milliwh": 200_000,
                "drawn_milliwh": 0,
                "price_per_kwh": PRICE1,
            }
        ],
    }
    assert told["load_by_origin"] == [
        {"seller": None, "number": None, "energy_milliwh": 40},
        {"seller": SELLER1, "number": 7, "energy_milliwh": 9},
    ]
    assert (told["readings_waiting"], told["readings_dropped"]) == (2, 3)
    assert (told["readings_waiting_mqtt"], told["readings_dropped_mqtt"]) == (1, 4)
    assert (told["soc_pct"], told["block"], told["tokens"]) == (19.0, 700, 100_000_000)
    assert (told["faults"], told["fault_names"]) == (["a sensor failed"], ["sensor_failed"])


def test_a_home_that_knows_nothing_says_so_and_never_zero():
    blind = observation(soc_pct=None, chain=None, relay=None, load=None, connection=None)
    chosen = settings(supply=None, delivery=None)
    state = home.initial(chosen, NOW_S, Spent(day=DAY, amount=0), was_drawing=False)

    seen = seen_of(state, blind)
    told = snapshot("home", "producer", None, seen, UNMETERED, NONE)
    told_values = measurements(seen)
    values = {topic: json.loads(text) for topic, text in told_values.items()}

    assert (told["supply"], told["load"], told["block"]) == (None, None, None)
    assert values == {
        "measurement/soc_pct": {"value": None, "unit": "%"},
        "measurement/tokens": {"value": None, "unit": "base units"},
    }


def test_the_panels_own_meter_is_told_where_there_is_one():
    panel = meter(0, 9_000, power_w=-45.0)

    seen = seen_of(STATE, drawing(), generation=panel)
    told = snapshot("home", "prosumer", HOME, seen, UNMETERED, NONE)
    values = measurements(seen)

    assert told["generation"]["export_milliwh"] == 9_000
    assert json.loads(values["measurement/generation_power_w"]) == {"value": -45.0, "unit": "W"}


def test_each_measurement_has_its_unit():
    seen = drawing(connection=meter(1_234, 5, power_w=60.00004))
    values = measurements(seen_of(STATE, seen, fed_by_neighbours_milliwh=777, earned_today=5))

    assert {topic: json.loads(text) for topic, text in values.items()} == {
        "measurement/soc_pct": {"value": 19.0, "unit": "%"},
        "measurement/tokens": {"value": 100_000_000, "unit": "base units"},
        "measurement/load_power_w": {"value": 60.0, "unit": "W"},
        "measurement/load_bus_voltage_v": {"value": 12.8, "unit": "V"},
        "measurement/load_import_milliwh": {"value": 0, "unit": "mWh"},
        "measurement/load_export_milliwh": {"value": 0, "unit": "mWh"},
        "measurement/connection_power_w": {"value": 60.0, "unit": "W"},
        "measurement/connection_bus_voltage_v": {"value": 12.8, "unit": "V"},
        "measurement/connection_import_milliwh": {"value": 1_234, "unit": "mWh"},
        "measurement/connection_export_milliwh": {"value": 5, "unit": "mWh"},
        "measurement/fed_by_neighbours_milliwh": {"value": 777, "unit": "mWh"},
        "measurement/neighbours_price_per_kwh": {"value": PRICE1, "unit": "base units/kWh"},
        "measurement/spent_today": {"value": 0, "unit": "base units"},
        "measurement/earned_today": {"value": 5, "unit": "base units"},
        "measurement/credit_milliwh": {"value": 200_000, "unit": "mWh"},
    }


def test_a_row_of_a_value_says_what_it_is_and_whether_it_only_rises():
    rows = {row["name"]: row for row in values(seen_of(STATE, drawing(chain=None)))}

    assert rows["soc_pct"] == {
        "name": "soc_pct",
        "title": "State of charge",
        "value": 19.0,
        "unit": "%",
        "rises": False,
    }
    assert (rows["load_import_milliwh"]["rises"], rows["credit_milliwh"]["rises"]) == (True, False)
    # What is not known is left out, and is never zero.
    assert "tokens" not in rows
