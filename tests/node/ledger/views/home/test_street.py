"""Every home's orders, from the auction's events alone, whatever a reorganisation changes."""

import pytest
from eth_abi.abi import encode

from node.core.auction.clearing import Bid, Kind, Offer
from node.core.auction.market import StreetInterval
from node.core.errors import ChainUnavailable
from node.keys.keccak import checksum_address
from node.ledger.contracts.auction import AuctionContract
from node.ledger.views.home.street import StreetOrders
from node.ledger.views.partners import topic_of_number

HOME, NEIGHBOUR, ADDRESS = (checksum_address("0x" + digit * 40) for digit in "abc")
AUCTION = AuctionContract(ADDRESS)
K = 500_000
BID, LARGER = (Bid(solar_tick=40, chp_tick=0, energy_units=units) for units in (10, 20))
OFFER = Offer(kind=Kind.SOLAR, tick=5, energy_units=30)


def placed(account, meter_id, order, block, place=0, interval=K):
    side = (0, order.solar_tick, order.chp_tick) if isinstance(order, Bid) else (1, order.tick, 0)
    members = encode(
        ["address", "uint8", "uint8", "uint8", "uint32"], [account, *side, order.energy_units]
    )
    return {
        "blockNumber": hex(block),
        "logIndex": hex(place),
        "topics": [AUCTION.placed_topic, topic_of_number(interval), topic_of_number(meter_id)],
        "data": "0x" + members.hex(),
    }


def learned(*logs):
    street = StreetOrders(AUCTION)
    for log in logs:
        street.learn(log)
    return street


def standing(street, now=K - 1):
    return {told.interval: told.orders for told in street.tell(now)}


def test_each_meters_newest_order_stands_by_its_number():
    street = learned(placed(NEIGHBOUR, 2, OFFER, 7), placed(HOME, 1, BID, 7, 1))

    assert standing(street) == {K: ((HOME, BID), (NEIGHBOUR, OFFER))}
    street.learn(placed(HOME, 1, LARGER, 8))
    assert standing(street) == {K: ((HOME, LARGER), (NEIGHBOUR, OFFER))}


def test_the_chains_order_counts_and_not_the_one_in_which_events_are_found():
    newest, older = placed(HOME, 1, LARGER, 8), placed(HOME, 1, BID, 7, 3)

    assert standing(learned(newest, older)) == {K: ((HOME, LARGER),)}


def test_what_was_cancelled_stands_no_more():
    gone = Bid(solar_tick=40, chp_tick=0, energy_units=0)

    assert standing(learned(placed(HOME, 1, BID, 7), placed(HOME, 1, gone, 8))) == {K: ()}


def test_a_reorganisation_brings_back_the_order_that_was_replaced():
    street = learned(placed(HOME, 1, BID, 7), placed(HOME, 1, LARGER, 9))

    street.forget(8)

    assert standing(street) == {K: ((HOME, BID),)}


@pytest.mark.parametrize("far", [-2, 3, 10_000])
def test_intervals_that_are_over_or_cannot_be_ordered_are_forgotten(far):
    street = learned(placed(HOME, 1, BID, 7), placed(HOME, 1, BID, 7, 1, interval=K + far))

    assert standing(street) == {K: ((HOME, BID),)}
    assert standing(street, K - 1) == {K: ((HOME, BID),)}
    assert standing(street, K + 1) == {}


def test_unchanged_orders_are_the_same_object():
    street = learned(placed(HOME, 1, BID, 7))

    assert street.tell(K) is street.tell(K)
    assert street.tell(K) == (StreetInterval(interval=K, orders=((HOME, BID),)),)


def test_what_is_no_order_is_named():
    with pytest.raises(ChainUnavailable):
        learned({**placed(HOME, 1, BID, 7), "data": "0x00"})
