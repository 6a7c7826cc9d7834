"""The book of the auction's unsettled orders, event by event."""

from dataclasses import replace

import pytest

from node.ledger.contracts.auction import Placed, Placement
from node.ledger.views.book import MarketBook
from tests.factories.market import POSTED, RULES
from tests.factories.settings import HOME, NEIGHBOUR
from tests.factories.trading import BID, METER, OFFER, K, cleared

OTHER_METER = METER + 1
CANCELLED = replace(BID, solar_tick=0, chp_tick=0, energy_units=0)


def placed(meter_id=METER, account=HOME, order=BID):
    return Placed(account=account, placement=Placement(interval=K, meter_id=meter_id, order=order))


def book(*events):
    found = MarketBook(RULES, (POSTED,))
    for event in events:
        found.apply(event)
    return found


@pytest.mark.parametrize("meters", [(METER,), (METER, OTHER_METER)])
def test_an_interval_of_cancelled_orders_alone_is_forgotten_when_it_is_cleared(meters):
    """A cancelled order holds its lane until then, so the utility clears such an interval too."""
    cancelled = [placed(meter_id, order=CANCELLED) for meter_id in meters]

    found = book(*map(placed, meters), *cancelled, cleared())

    assert (found.orders, found.cleared) == ((), ())


def test_an_order_that_stands_keeps_the_result_when_another_was_cancelled():
    result = cleared(OFFER)

    found = book(placed(order=CANCELLED), placed(OTHER_METER, NEIGHBOUR, OFFER), result)

    assert [order.meter_id for order in found.orders] == [OTHER_METER]
    assert found.cleared == (result,)


def test_a_result_of_an_interval_without_orders_is_not_kept():
    assert book(cleared()).cleared == ()
