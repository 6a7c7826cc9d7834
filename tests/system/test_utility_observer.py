"""What the utility sees of a real chain: the same by events and by a search, whatever happens."""

from collections.abc import Iterator

import pytest

from node.core.auction.settlement import deposit_up
from node.ledger.chain.heads import WATCHED_BLOCKS
from node.ledger.contracts.artifacts import artifact
from tests.parts.eyes import UtilityEye
from tests.parts.market_street import MarketStreet, bid, offer, running_market


@pytest.fixture
def street() -> Iterator[MarketStreet]:
    with running_market(homes=3) as street:
        yield street


def play_interval(street: MarketStreet, look) -> None:
    """Live through an interval, and look after each thing that happens in it."""
    buyer, seller, other = street.homes
    interval = street.open_interval()
    for home, order in ((buyer, bid(500)), (seller, offer(300)), (other, bid(100))):
        street.place(home, interval, order)
        look()
    street.place(other, interval, bid(0))
    look()
    street.place(buyer, interval, bid(400))
    look()
    street.reach_gate(interval)
    street.as_utility(street.auction.clear(interval))
    look()
    street.reach(interval * street.interval_s)
    for home in street.homes:
        street.report(home, interval)
    street.reach((interval + 1) * street.interval_s)
    for home in street.homes:
        street.report(home, interval + 1, imported=1_000, exported=2_000)
    look()
    meters = [buyer.meter_id, seller.meter_id]
    for meter in meters:
        street.as_utility(street.auction.settle(interval, [meter]))
        look()


def test_each_look_sees_what_a_search_at_the_same_block_finds(street: MarketStreet) -> None:
    eye, seen = UtilityEye(street), []

    def look() -> None:
        view = eye.look()
        fresh = UtilityEye(street).look()
        assert view == fresh
        seen.append((len(view.orders), len(view.cleared)))

    play_interval(street, look)

    assert seen == [(1, 0), (2, 0), (3, 0), (3, 0), (3, 0), (2, 1), (2, 1), (1, 1), (0, 0)]


def test_an_order_has_its_deposit_and_an_interval_its_result(street: MarketStreet) -> None:
    eye = UtilityEye(street)
    buyer, seller, _ = street.homes
    interval = street.open_interval()
    street.place(buyer, interval, bid(500))
    street.place(seller, interval, offer(300))
    street.reach_gate(interval)
    street.as_utility(street.auction.clear(interval))
    view = eye.look()

    assert [order.deposit for order in view.orders] == [
        deposit_up(bid(500), street.terms_in(interval)),
        deposit_up(offer(300), street.terms_in(interval)),
    ]
    result = view.result(interval)
    assert result is not None
    assert (result.clearing.solar.volume_units, result.clearing.solar.price_tick) == (300, 5)
    assert result.block.timestamp_s >= street.gate_s(interval)
    assert view.tokens == 1_000_000_000
    assert (view.balance, view.grid_balance, view.grid_owes) == (0, 0, 0)


def test_a_quiet_block_costs_one_request_however_many_orders_there_are(
    street: MarketStreet,
) -> None:
    eye = UtilityEye(street)
    interval = street.open_interval()
    for home in street.homes:
        street.place(home, interval, bid(100))
    eye.look()
    before = len(eye.requests)
    street.chain.mine()
    first = eye.look()
    street.chain.mine()
    second = eye.look()

    # One for the head itself, one for all that the block has.
    assert len(eye.requests) - before == 4
    assert first.orders is second.orders


@pytest.mark.failure(
    part="chain",
    failure="a reorganisation takes orders, a clearing and a settlement back (the utility)",
    lasts="until the next look: all of it is seen as it is now",
)
def test_what_a_reorganisation_took_back_is_seen_as_it_is_now(street: MarketStreet) -> None:
    eye = UtilityEye(street)
    looks = 0

    def look_after_a_reorganisation() -> None:
        nonlocal looks
        eye.look()
        looks += 1
        street.chain.call("anvil_reorg", 1 + looks % 3, [])
        eye.observer.forget()
        assert eye.look() == UtilityEye(street).look()

    buyer, seller, _ = street.homes
    interval = street.open_interval()
    for units in (500, 300, 200):
        street.place(buyer, interval, bid(units))
        street.place(seller, interval, offer(units))
        look_after_a_reorganisation()
        if units == 300:
            # From here on the deep book lies below what a reorganisation may reach.
            street.chain.mine(2 * WATCHED_BLOCKS)
            eye.look()
    street.reach_gate(interval)
    street.as_utility(street.auction.clear(interval))
    look_after_a_reorganisation()

    assert looks == 4


def test_an_order_of_long_ago_is_found_though_others_trade_on(street: MarketStreet) -> None:
    """The search is over as soon as it has the newest orders of those who trade."""
    left, *others = street.homes
    forgotten = street.open_interval()
    street.place(left, forgotten, bid(100))
    street.reach_gate(forgotten)
    street.as_utility(street.auction.clear(forgotten))
    for _ in range(4):
        interval = street.open_interval()
        for home in others:
            street.place(home, interval, bid(100))
        street.chain.mine(100)
        street.reach((interval + 1) * street.interval_s)
        street.as_utility(street.auction.clear(interval))
        for home in others:
            street.report(home, interval)
            street.report(home, interval + 1)
        meters = [home.meter_id for home in others]
        street.as_utility(street.auction.settle(interval, meters))

    view = UtilityEye(street).look()

    assert [(order.interval, order.meter_id) for order in view.orders] == [
        (forgotten, left.meter_id)
    ]
    assert view.result(forgotten) is not None


def gas_of(eye: UtilityEye) -> dict[str, int]:
    return {home.account: home.balance_wei for home in eye.look().homes}


def test_the_homes_gas_is_that_of_every_meters_owner_and_reporter(street: MarketStreet) -> None:
    eye = UtilityEye(street, None)
    owner, other, last = street.homes
    reporter = street.chain.new_account(7).account
    registry = artifact("MeterRegistry")
    key = registry.call_data("setReporter(uint256,address)", last.meter_id, reporter)
    street.send((last.account, street.registry.address, key))
    eye.look()
    street.chain.mine()
    first = gas_of(eye)
    street.chain.fund(other.account, 5)
    street.chain.mine()
    second = gas_of(eye)

    assert set(first) == {owner.account, other.account, last.account, reporter}
    assert (first[reporter], second[other.account]) == (7, 5)


def test_each_home_is_seen_with_its_money_and_its_newest_reading(street: MarketStreet) -> None:
    home, eye = street.homes[0], UtilityEye(street, None)
    eye.look()
    interval = street.open_interval()
    street.place(home, interval, bid(100))
    street.reach(interval * street.interval_s)
    street.report(home, interval)
    street.chain.mine()
    seen = {one.account: one for one in eye.look().homes}
    money = dict(zip((one.account for one in street.homes), street.balances(), strict=True))

    assert seen[home.account].boundary == interval
    assert {account: one.balance for account, one in seen.items()} == money
    # A meter counts from the boundary before it was installed on.
    others = [one.boundary for account, one in seen.items() if account != home.account]
    assert all(boundary is not None and boundary < interval for boundary in others)


def test_a_meter_installed_later_is_found_and_a_list_names_the_homes_instead(
    street: MarketStreet,
) -> None:
    by_registry, by_list = UtilityEye(street, None), UtilityEye(street, (street.homes[0].account,))
    by_registry.look()
    home = street.new_home(9)
    seen = []
    for _ in range(2):
        street.chain.mine()
        seen.append((gas_of(by_registry), gas_of(by_list)))

    assert home.account in seen[1][0]
    assert list(seen[1][1]) == [street.homes[0].account]
