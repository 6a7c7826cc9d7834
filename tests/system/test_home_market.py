"""What a home sees of the auction on a real chain: beside its view, cheap, and true after all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.core.auction.clearing import clear
from node.core.auction.gate import LANES
from node.core.auction.market import HomeMarket
from node.core.auction.settlement import deposit_up, settle
from node.core.auction.tariff import Tariff
from node.core.errors import ChainUnavailable
from node.ledger.chain.heads import WATCHED_BLOCKS
from node.ledger.contracts.artifacts import artifact
from node.ledger.contracts.auction import Placement
from node.ledger.views.home.observer import REFRESH_BLOCKS
from tests.parts.eyes import HomeEye
from tests.parts.market_street import MarketStreet, PlayedHome, bid, offer, running_market


@pytest.fixture
def street() -> Iterator[MarketStreet]:
    with running_market(homes=3) as street:
        yield street


@pytest.fixture
def directories(tmp_path: Path) -> Iterator[Path]:
    """Give a new directory each time."""

    def made() -> Iterator[Path]:
        number = 0
        while True:
            number += 1
            directory = tmp_path / str(number)
            directory.mkdir()
            yield directory

    return made()


def money(market: HomeMarket) -> tuple[int, int]:
    return market.balance, market.owed


def test_a_home_sees_what_its_meter_may_carry(street, directories) -> None:
    home = street.homes[0]

    view = HomeEye(street, home, next(directories)).look_around().view

    assert view.meter_max_power_w == 2**32 - 1


def test_each_look_sees_what_a_search_at_the_same_block_finds(street, directories) -> None:
    buyer, seller, other = street.homes
    eyes = {home.account: HomeEye(street, home, next(directories)) for home in (buyer, seller)}
    seen = []

    def look() -> None:
        for home in (buyer, seller):
            told = eyes[home.account].look_around()
            market = told.market
            anew = HomeEye(street, home, next(directories)).look_around()
            assert (market, told.street) == (anew.market, anew.street)
        seen.append((len(market.orders), len(market.cleared)))

    look()
    interval = street.open_interval()
    for home, order in ((buyer, bid(500)), (seller, offer(300)), (other, bid(100))):
        street.place(home, interval, order)
        look()
    street.place(seller, interval, offer(200))
    look()
    street.place(seller, interval + 1, offer(50))
    look()
    street.reach_gate(interval)
    street.as_utility(street.auction.clear(interval))
    look()
    for boundary in (interval, interval + 1):
        street.reach(boundary * street.interval_s)
        for home in street.homes:
            street.report(home, boundary, imported=1_000, exported=2_000)
        look()
    street.as_utility(street.auction.settle(interval, [home.meter_id for home in street.homes]))
    look()

    assert seen == [(0, 0), (0, 0), (1, 0), (1, 0), (1, 0), (2, 0), (2, 1), (2, 1), (2, 1), (1, 1)]


def test_orders_results_and_money_are_those_of_the_rule_in_python(street, directories) -> None:
    buyer, seller, other = street.homes
    eye = HomeEye(street, buyer, next(directories))
    interval = street.open_interval()
    orders = {buyer.account: bid(500), seller.account: offer(300), other.account: bid(100, 9)}
    for home in street.homes:
        street.place(home, interval, orders[home.account])
    street.place(buyer, interval, bid(400, 41))
    orders[buyer.account] = bid(400, 41)
    market = eye.look()

    (placed,) = market.orders
    assert (placed.account, placed.meter_id, placed.interval, placed.order) == (
        buyer.account,
        buyer.meter_id,
        interval,
        bid(400, 41),
    )
    assert placed.deposit == deposit_up(bid(400, 41), street.terms_in(interval))
    assert buyer.money_in == placed.deposit + market.balance
    street.reach_gate(interval)
    street.as_utility(street.auction.clear(interval))
    result = eye.look().result(interval)
    assert result.clearing == clear(list(orders.values()))
    assert result.block.timestamp_s >= street.gate_s(interval)
    for boundary in (interval, interval + 1):
        street.reach(boundary * street.interval_s)
        street.report(buyer, boundary, imported=100_000)
    before = eye.look().balance
    street.as_utility(street.auction.settle(interval, [buyer.meter_id]))
    after = eye.look()

    end = settle(bid(400, 41), result.clearing, 100_000, street.terms_in(interval))
    # The utility has not funded the grid, which owes for what was not drawn of the fill.
    assert end.grid > 0
    assert money(after) == (before + end.returned, end.grid)
    assert after.orders == ()


def test_a_quiet_block_costs_one_request_and_the_market_one_search_of_it(
    street, directories
) -> None:
    buyer = street.homes[0]
    eyes = [HomeEye(street, buyer, next(directories), trades=trades) for trades in (True, False)]
    street.place(buyer, street.open_interval(), bid(100))
    found = [eye.look() for eye in eyes]
    quiet = []
    for eye in eyes:
        eye.requests.clear()
    for _ in range(3):
        street.chain.mine()
        assert [eye.look() for eye in eyes] == found
        # The first of them asks for the head itself, as does the one that only the test asks.
        quiet.append([eye.requests.copy() for eye in eyes])
        for eye in eyes:
            eye.requests.clear()

    assert found[1] is None
    for mine, others in quiet:
        assert len(mine) == len(others) == 3
        assert mine[1] == [*others[1], "eth_getLogs"]


@pytest.mark.failure(
    part="chain",
    failure="a reorganisation takes an order or a clearing back (a home)",
    lasts="until the next look: all of it is seen as it is now",
)
def test_what_a_reorganisation_took_back_is_seen_as_it_is_now(street, directories) -> None:
    buyer, seller, _ = street.homes
    eye = HomeEye(street, buyer, next(directories))
    depths = iter((1, 2, 3, 2, 1))
    seen = []

    def look_after_a_reorganisation() -> None:
        before = eye.look()
        street.chain.call("anvil_reorg", next(depths), [])
        eye.observer.forget()
        after = eye.look()
        assert after == HomeEye(street, buyer, next(directories)).look()
        seen.append((len(before.orders), len(after.orders), len(after.cleared)))

    interval = street.open_interval()
    for units in (500, 300, 200):
        street.place(seller, interval, offer(units))
        street.place(buyer, interval, bid(units))
        look_after_a_reorganisation()
        if units == 300:
            street.chain.mine(2 * WATCHED_BLOCKS)
            eye.look()
    street.place(buyer, interval, bid(250))
    street.reach_gate(interval)
    street.as_utility(street.auction.clear(interval))
    look_after_a_reorganisation()
    street.reach(street.gate_s(interval) + 30)
    street.as_utility(street.auction.clear(interval))
    assert len(eye.look().cleared) == 1
    for boundary in (interval, interval + 1):
        street.reach(boundary * street.interval_s)
        street.report(buyer, boundary)
    street.as_utility(street.auction.settle(interval, [buyer.meter_id]))
    look_after_a_reorganisation()

    assert seen[0] == (1, 0, 0)
    assert seen[-1] == (0, 1, 1)


def test_a_tariff_is_seen_before_it_is_in_force_and_an_old_one_goes(street, directories) -> None:
    eye = HomeEye(street, street.homes[0], next(directories))
    (first,) = eye.look().tariffs
    later = Tariff(feed_in_per_kwh=90_000, tick_size_per_kwh=2_000)
    # One more than need be: the street's time goes on, and a boundary may pass before the block.
    begins = street.open_interval() + LANES + 1
    street.as_utility(street.auction.set_tariff(begins, later))

    tariffs = eye.look().tariffs

    assert [posted.tariff for posted in tariffs] == [first.tariff, later]
    street.reach(begins * street.interval_s)
    street.chain.mine(REFRESH_BLOCKS)
    assert [posted.tariff for posted in eye.look().tariffs] == [later]


def test_the_first_look_tells_a_day_of_results_and_later_ones_the_newest(
    street, directories
) -> None:
    buyer, other, _ = street.homes
    intervals = []
    eye = HomeEye(street, buyer, next(directories))
    for _ in range(7):
        intervals.append(street.open_interval())
        street.place(other, intervals[-1], bid(100))
        for boundary in (intervals[-1], intervals[-1] + 1):
            street.reach(boundary * street.interval_s)
            street.report(other, boundary)
        street.as_utility(street.auction.clear(intervals[-1]))
        eye.look()

    fresh = HomeEye(street, buyer, next(directories))
    assert [found.interval for found in fresh.look().cleared] == intervals
    street.place(buyer, street.open_interval(), bid(100))
    assert [found.interval for found in fresh.look().cleared] == intervals[-4:]
    assert fresh.look() == eye.look()


def test_an_order_of_a_meter_that_has_another_owner_now_is_not_ours(street, directories) -> None:
    """Who placed an order owes and receives its money, also after the meter is transferred."""
    buyer, other, _ = street.homes
    street.place(buyer, street.open_interval(), bid(100))
    heir = PlayedHome(account=other.account, meter_id=buyer.meter_id)

    assert HomeEye(street, heir, next(directories)).look().orders == ()
    assert len(HomeEye(street, buyer, next(directories)).look().orders) == 1


def test_a_home_sees_that_its_meter_was_given_away_and_may_cancel_all_the_same(
    street, directories
) -> None:
    buyer, other, _ = street.homes
    interval = street.open_interval()
    street.place(buyer, interval, bid(100))
    eye = HomeEye(street, buyer, next(directories))
    assert eye.look_around().view.meter_owner == buyer.account

    transfer = artifact("MeterRegistry").call_data(
        "transferFrom(address,address,uint256)", buyer.account, other.account, buyer.meter_id
    )
    street.send((buyer.account, street.registry.address, transfer))

    seen = eye.look_around()
    assert seen.view.meter_owner == other.account
    (standing,) = seen.market.orders
    cancel = street.auction.place(
        Placement(interval=interval, meter_id=buyer.meter_id, order=bid(0))
    )
    street.send((buyer.account, street.auction.address, cancel))
    assert eye.look().balance == standing.deposit


@pytest.mark.failure(
    part="chain",
    failure="an endpoint fails in the middle of reading the auction",
    lasts="until the next look: nothing is left out",
)
@pytest.mark.parametrize("request_number", range(2, 6))
def test_what_an_endpoint_did_not_answer_is_asked_again(
    street, directories, request_number: int
) -> None:
    buyer = street.homes[0]
    eye = HomeEye(street, buyer, next(directories))
    eye.look()
    interval = street.open_interval()
    street.place(buyer, interval, bid(100))
    begins = interval + LANES
    tariff = Tariff(feed_in_per_kwh=90_000, tick_size_per_kwh=2_000)
    street.as_utility(street.auction.set_tariff(begins, tariff))
    street.reach_gate(interval)
    street.as_utility(street.auction.clear(interval))
    eye.requests.clear()
    ask = eye.rpc.batch

    def failing(calls):
        if len(eye.requests) == request_number:
            raise ChainUnavailable("the cable")
        return ask(calls)

    eye.rpc.batch = failing
    with pytest.raises(ChainUnavailable):
        eye.look()
    eye.rpc.batch = ask

    assert eye.observer.is_stale
    market = eye.look()
    assert market == HomeEye(street, buyer, next(directories)).look()
    assert (len(market.orders), len(market.cleared), len(market.tariffs)) == (1, 1, 2)
