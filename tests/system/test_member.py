"""A home without contacts trades at the auction by its meters alone, beside one that has them."""

import threading

import pytest
import yaml

from tests.parts.market_neighbours import LOAD_W, PACE, market_neighbours
from tests.parts.neighbours import BUYER, SELLER
from village.meters.topics import TopicTeller

INTERVAL_REAL_S = PACE.interval_s / PACE.speed
EVERY_S = 0.1
METER = "house12/meter"


@pytest.fixture
def market(tmp_path):
    with market_neighbours(tmp_path) as running:
        yield running


@pytest.fixture
def metered(market):
    """What the house's meter says over MQTT: mains, ten watts, all the time."""
    teller, ended = TopicTeller(market.street.places.broker_port), threading.Event()

    def tell():
        while not ended.wait(EVERY_S):
            teller.say(METER, {"power": LOAD_W})

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join()
    teller.close()


def become_member(market):
    """Leave of the buyer's file what a member has: no chip, no relay, no seller, no battery."""
    path = market.street.parameters(BUYER)
    content = yaml.safe_load(path.read_text())
    node = content["node"]
    for name in ("sensors", "i2c", "battery_wh", "limit", "resume", "sell_floor", "delta"):
        node.pop(name)
    source = {"kind": "mqtt", "at": METER, "power": "/power", "max_age_s": 5}
    node["role"] = "member"
    node["sources"] = {
        "meter": {**source, "feeds": "connection"},
        "house": {**source, "feeds": "load"},
    }
    del content["sellers"], content["relay"]
    path.write_text(yaml.safe_dump(content))


def test_a_member_buys_by_its_meters_alone_and_is_settled_by_them(market, metered):
    become_member(market)
    market.start()
    street = market.street

    def bought():
        orders = market.auction_of(BUYER).get("orders", ())
        filled = [o["interval"] for o in orders if market.filled(BUYER, o["interval"])]
        return min(filled, default=None)

    interval = street.until(bought, "an order of the member is filled", 90.0)
    settled = street.until(
        lambda: market.settled_of(BUYER, interval), "it is settled", 6 * INTERVAL_REAL_S
    )
    seen = street.status(BUYER)

    assert settled.trade < 0
    assert {"relay_lost", "soc_missing", "sensor_failed"}.isdisjoint(seen["fault_names"])
    assert (seen["supply"], seen["delivery"]) == (None, None)
    assert seen["connection"]["import_milliwh"] > 0
    assert not market.world.closed
    for home in (BUYER, SELLER):
        mine = [one for one in market.settled() if one.meter_id == market.meter(home)]
        assert market.gain(home) == sum(one.trade + one.grid for one in mine)
