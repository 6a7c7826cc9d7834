"""Endpoints bound the blocks of one search for events, each by another number."""

from pathlib import Path
from typing import Any

import pytest

from node.core.facts import ChainLost, ChainObserved, IntentConfirmed
from node.keys.account import Account
from node.ledger.views.utility.observer import CHECK_BLOCKS
from tests.parts.chain import Street
from tests.parts.eyes import UtilityEye
from tests.parts.ledger_home import Home, offer
from tests.parts.market_street import bid, running_market
from tests.parts.rpc_gate import Gate
from tests.parts.waiting import until


@pytest.mark.failure(
    part="chain",
    failure="the line is away for more blocks than the endpoint searches at once",
    person="chain lost, then seen again: searched in smaller spans",
    money="the next purchase is made",
)
@pytest.mark.parametrize(("most", "away"), [(1, 20), (10, 150), (1_000, 1_500)])
def test_outage_longer_than_an_endpoints_searches_is_caught_up(
    most: int, away: int, gated_home: Home, street: Street, seller: str, gate: Gate
) -> None:
    gate.most_blocks = most
    gate.closed = True
    gated_home.wait(ChainLost)
    street.chain.mine(away)
    seen = len(gated_home.all(ChainObserved))
    gate.closed = False
    gated_home.wait(ChainObserved, seen + 1)
    gated_home.buy(seller)
    gated_home.close()

    assert gate.wide


def test_event_of_an_outage_is_found_in_whichever_span_it_is(
    street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    """The seller, whom nobody told of this buyer, learns of the order by its event alone."""
    other = street.new_home()
    watcher = Home(street, other, tmp_path, urls=(gate.url,))
    watcher.submit(offer(watcher.view()))
    watcher.wait(IntentConfirmed)
    gate.most_blocks, gate.closed = 4, True
    watcher.wait(ChainLost)
    street.chain.mine(9)
    (tmp_path / "buyer").mkdir()
    home = Home(street, buyer, tmp_path / "buyer", sellers=(other.account,))
    home.view()
    home.buy(other.account)
    home.close()
    street.chain.mine(9)
    gate.closed = False

    until(lambda: watcher.view().orders, "the order is seen")
    watcher.close()


@pytest.mark.parametrize("most", [1, 16, 100])
def test_utility_catches_up_with_an_endpoint_of_small_searches(most: int) -> None:
    with running_market(homes=2) as street:
        gate = Gate(street.chain.port)
        eye = UtilityEye(street, url=gate.url)
        eye.look()
        gate.most_blocks = most
        interval = street.open_interval()
        street.place(street.homes[0], interval, bid(500))
        street.chain.mine(150)
        view = eye.look()
        gate.close()

    assert [placed.meter_id for placed in view.orders] == [street.homes[0].meter_id]
    assert gate.wide


def no_events(method: str, _params: list[Any], true: Any) -> Any:
    return [] if method == "eth_getLogs" else true


@pytest.mark.failure(
    part="chain",
    failure="an endpoint leaves events out in their time",
    person="an order is seen some blocks later",
    lasts="until it tells them: 30 blocks for a home, 32 for the utility",
)
def test_event_that_was_left_out_in_its_time_is_found_some_blocks_later(
    street: Street, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    other = street.new_home()
    watcher = Home(street, other, tmp_path, urls=(gate.url,))
    watcher.submit(offer(watcher.view()))
    watcher.wait(IntentConfirmed)
    gate.lie = no_events
    (tmp_path / "buyer").mkdir()
    home = Home(street, buyer, tmp_path / "buyer", sellers=(other.account,))
    home.view()
    opened = home.buy(other.account)
    home.close()
    until(lambda: watcher.view().block.number >= opened.block.number, "the block is looked at")
    gate.lie = None

    def seen() -> bool:
        street.chain.mine()
        return bool(watcher.view().orders)

    until(seen, "the order is seen", 60)
    watcher.close()


def test_utility_finds_an_event_that_was_left_out_in_its_time() -> None:
    with running_market(homes=2) as street:
        gate = Gate(street.chain.port)
        eye = UtilityEye(street, url=gate.url)
        eye.look()
        interval = street.open_interval()
        gate.lie = no_events
        street.place(street.homes[0], interval, bid(500))
        assert not eye.look().orders
        gate.lie = None
        street.place(street.homes[1], interval, bid(400))
        assert len(eye.look().orders) == 1
        for _ in range(CHECK_BLOCKS):
            street.chain.mine()
            view = eye.look()
        gate.close()

    assert {placed.meter_id for placed in view.orders} == {h.meter_id for h in street.homes}
