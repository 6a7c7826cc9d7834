"""Two real homes and a utility that is away, withholds, lies or mistypes: nobody loses by it."""

import json

import pytest
import yaml

from node.core.auction.pairing import Pairing, Part
from node.links.broker.pairings import pairings_text
from tests.parts.community_ear import CommunityEar
from tests.parts.market_neighbours import (
    LEAD_S,
    PACE,
    UTILITY,
    MarketNeighbours,
    market_neighbours,
)
from tests.parts.neighbours import BUYER, SELLER
from tests.system.test_market_neighbours import (
    INTERVAL_REAL_S,
    NEED_MILLIWH,
    ensure_paid_once,
    filled_interval,
    wait_until_closed,
    wait_until_settled,
)
from village.households import COMMUNITY

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def market(tmp_path):
    with market_neighbours(tmp_path) as running:
        yield running


def faults_of(market: MarketNeighbours, home: str) -> str:
    return " ".join(market.street.pictures.get(home, {}).get("faults", ()))


def cleared_at(market: MarketNeighbours, interval: int) -> int:
    """Give the chain time at which an interval was cleared."""
    auction = market.auction
    wanted = {"fromBlock": "0x0", "address": auction.address, "topics": [auction.cleared_topic]}
    (block,) = (
        log["blockNumber"]
        for log in market.rpc.call("eth_getLogs", wanted)
        if auction.cleared_interval(log) == interval
    )
    return int(market.rpc.call("eth_getBlockByNumber", block, False)["timestamp"], 16)


@pytest.mark.failure(
    part="utility",
    failure="there is none: nobody clears, and nobody publishes a pairing",
    contacts="close as the homes work it out",
    person="nothing",
    money="each order settled once, by the homes themselves; none is lost",
    lasts="as long as it is away",
)
def test_two_homes_trade_without_any_utility(market):
    market.start_homes()

    interval = filled_interval(market)
    wait_until_closed(market, interval)
    bought, sold = wait_until_settled(market, interval)

    starts_s = interval * PACE.interval_s
    assert starts_s - LEAD_S < cleared_at(market, interval) < starts_s
    # A register is whole milliwatt-hours, so that what it rose by is known to one.
    assert abs(bought.fills.solar_units - NEED_MILLIWH) <= 1
    assert bought.metered_milliwh > 0.5 * NEED_MILLIWH
    assert not bought.missing and not sold.missing
    assert "pairing" not in faults_of(market, BUYER)
    ensure_paid_once(market)


@pytest.mark.failure(
    part="utility",
    failure="it publishes false pairings to both homes",
    contacts="close as the homes work it out",
    person="fault `pairing_differs`",
    money="each order settled once; none is lost",
)
def test_false_pairings_move_no_contact(market):
    market.start_homes()
    buyer, seller = (market.street.accounts[home] for home in (BUYER, SELLER))
    stranger = "0x" + "66" * 20
    interval = filled_interval(market)
    ear = CommunityEar(market.street.places.broker_port, COMMUNITY)
    try:
        assert ear.is_listening.wait(INTERVAL_REAL_S)
        for account, false in (
            (buyer, {"buyer": buyer, "seller": stranger}),
            (seller, {"buyer": stranger, "seller": seller}),
        ):
            part = Part(kind="solar", energy_milliwh=NEED_MILLIWH // 2, **false)
            told = [
                Pairing(interval=one, wires_hash=bytes(32), parts=(part,))
                for one in (interval, interval + 1)
            ]
            for few in (told, told[1:]):
                text = pairings_text(few, account, ["relay"])
                ear.say(f"{UTILITY}/pairing/{account}", text, retain=True)
        market.street.until(
            lambda: "another pairing" in faults_of(market, BUYER),
            "the difference is told",
            2 * INTERVAL_REAL_S,
        )
        wait_until_closed(market, interval)
    finally:
        ear.close()
    wait_until_settled(market, interval)

    ensure_paid_once(market)


@pytest.mark.failure(
    part="utility",
    failure="it posts a tariff that is ten times too high",
    person="fault `tariff_refused`: what it asks, and the home's limit",
    money="nothing is ordered under it",
    lasts="until another tariff holds",
)
def test_nothing_is_ordered_under_a_tariff_ten_times_too_high(market):
    path = market.directory / UTILITY / "parameters.yml"
    content = yaml.safe_load(path.read_text())
    content["utility"]["tariff"] = [{"from": "00:00", "feed_in": 0.8, "retail": 2.69}]
    path.write_text(yaml.safe_dump(content))
    market.start()
    market.street.until(
        lambda: "asks 2.69/kWh" in faults_of(market, BUYER) + faults_of(market, SELLER),
        "the tariff is refused",
        8 * INTERVAL_REAL_S,
    )
    refused_from = market.now_s() // PACE.interval_s + 1
    market.street.until(
        lambda: market.now_s() // PACE.interval_s > refused_from + 2,
        "two intervals more have passed",
        6 * INTERVAL_REAL_S,
    )

    for home in (BUYER, SELLER):
        orders = [order["interval"] for order in market.auction_of(home)["orders"]]
        assert max(orders, default=0) <= refused_from, json.dumps(market.auction_of(home))
    ensure_paid_once(market)
