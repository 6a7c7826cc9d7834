"""The newest of everything that was told; and whose receipts are believed."""

import pytest

from node.core.auction.pairing import Pairing
from node.core.facts import (
    ChainLost,
    ChainObserved,
    PairingHeard,
    ReceiptReceived,
    RelayLost,
    RelayReported,
)
from node.home.inward.outside import MAX_UNVERIFIED, MOST_PAIRINGS, Outside
from tests.factories.home import NOW_S, chain_view, order, receipt, relay_view
from tests.factories.market import NOW_INTERVAL, market
from tests.factories.settings import HOME, NEIGHBOUR
from tests.factories.street import street
from tests.worlds.recording_ports import Stamps

FORGED = bytes([255]) * 65
SEEN = ChainObserved(view=chain_view(orders=(order(),), last_number=7))


def pictured(*facts, account=HOME):
    stamps = Stamps()
    picture = Outside(account, stamps, NOW_S, street(account))
    for fact in facts:
        picture.absorb(fact, NOW_S + 1)
    return picture, stamps


def told(**changes):
    return ReceiptReceived(receipt=receipt(**changes))


def test_a_relay_that_was_never_seen_is_lost_since_the_start():
    picture, _ = pictured()

    assert (picture.relay, picture.relay_lost_at_s) == (None, NOW_S)


def test_a_lost_relay_is_lost_since_it_was_first_told():
    picture, _ = pictured(RelayReported(view=relay_view()), RelayLost(reason="the cable"))
    picture.absorb(RelayLost(reason="the cable"), NOW_S + 9)

    assert (picture.relay, picture.relay_lost_at_s) == (relay_view(), NOW_S + 1)
    picture.absorb(RelayReported(view=relay_view()), NOW_S + 10)
    assert picture.relay_lost_at_s is None


def test_the_last_view_stays_while_the_chain_is_lost():
    picture, _ = pictured(SEEN, ChainLost(reason="no answer"))

    assert (picture.chain, picture.chain_problem) == (SEEN.view, "no answer")
    picture.absorb(SEEN, NOW_S + 2)
    assert picture.chain_problem is None


@pytest.mark.failure(
    part="neighbour",
    failure="an older receipt comes after a newer one",
    money="the newer one is kept",
)
def test_the_newest_receipt_of_an_order_is_kept():
    picture, _ = pictured(SEEN, told(drawn_milliwh=2_000), told(drawn_milliwh=1_000))

    assert picture.receipts == (receipt(drawn_milliwh=2_000),)


@pytest.mark.failure(
    part="neighbour",
    failure="a forged receipt comes",
    money="ignored: the good one is kept",
)
def test_a_receipt_that_its_buyer_did_not_sign_is_ignored():
    picture, _ = pictured(SEEN, told(), told(drawn_milliwh=9_000, signature=FORGED))

    assert picture.receipts == (receipt(),)


@pytest.mark.failure(
    part="neighbour",
    failure="a receipt for more than was bought comes",
    money="ignored: the good one is kept",
)
def test_a_receipt_for_more_than_was_bought_never_replaces_a_good_one():
    """A buyer could sign it at the end: the contract refuses it, and its seller would lose all."""
    picture, _ = pictured(SEEN, told(), told(drawn_milliwh=200_001))

    assert picture.receipts == (receipt(),)
    early, _ = pictured(ChainObserved(view=chain_view(last_number=6)))
    early.absorb(told(drawn_milliwh=200_001), NOW_S)
    early.absorb(SEEN, NOW_S)
    assert early.receipts == ()


def test_a_strangers_receipt_is_not_even_verified():
    picture, stamps = pictured(SEEN, told(buyer=NEIGHBOUR))

    assert (picture.receipts, stamps.verified) == ((), 0)


def test_before_the_first_block_receipts_wait_and_only_so_many():
    waiting = [told(number=number) for number in range(7, 7 + MAX_UNVERIFIED + 5)]
    picture, stamps = pictured(*waiting)
    assert (picture.receipts, stamps.verified) == ((), 0)

    picture.absorb(SEEN, NOW_S + 2)

    assert stamps.verified == MAX_UNVERIFIED
    assert receipt() in picture.receipts


def test_receipts_of_closed_orders_are_forgotten_but_not_those_of_newer_ones():
    picture, _ = pictured(SEEN, told(), told(number=8))

    picture.absorb(ChainObserved(view=chain_view(last_number=7)), NOW_S + 2)

    assert picture.receipts == (receipt(8),)


@pytest.mark.failure(
    part="journal",
    failure="a kept receipt was changed on the card",
    money="forgotten for the good one",
    lasts="until the first block",
)
def test_a_recalled_receipt_that_its_buyer_did_not_sign_is_forgotten_at_the_first_block():
    """A worn card may have changed it, and a greater one that will not be paid hides good ones."""
    picture, _ = pictured()
    damaged = receipt(drawn_milliwh=9_000, signature=FORGED)
    picture.recall(damaged)
    picture.absorb(told(), NOW_S)

    assert picture.receipts == (damaged,)
    picture.absorb(SEEN, NOW_S)
    assert picture.receipts == (receipt(),)


def test_a_recalled_receipt_that_is_well_stays():
    picture, stamps = pictured()
    picture.recall(receipt())

    for _ in range(2):
        picture.absorb(SEEN, NOW_S)

    assert (picture.receipts, stamps.verified) == ((receipt(),), 1)


def test_a_signed_receipt_needs_no_chain():
    picture, stamps = pictured()

    picture.restore(receipt())

    assert (picture.receipts, stamps.verified) == ((receipt(),), 0)


MARKET = ChainObserved(view=chain_view(), market=market())


def paired(interval, seed=0):
    return PairingHeard(pairing=Pairing(interval=interval, wires_hash=bytes([seed] * 32), parts=()))


def test_the_pairings_of_now_and_next_are_kept_the_last_word_of_each():
    now, again, then = paired(NOW_INTERVAL), paired(NOW_INTERVAL, 1), paired(NOW_INTERVAL + 1)
    picture, _ = pictured(MARKET, now, then, again)

    assert picture.pairings == (again.pairing, then.pairing)


def test_a_pairing_ends_with_its_interval():
    picture, _ = pictured(paired(NOW_INTERVAL - 1), paired(NOW_INTERVAL))
    assert len(picture.pairings) == 2

    picture.absorb(MARKET, NOW_S + 1)

    assert [found.interval for found in picture.pairings] == [NOW_INTERVAL]


@pytest.mark.failure(
    part="chain",
    failure="it is away while a pairing comes",
    contacts="they follow it when the chain is back",
)
def test_a_pairing_that_came_while_the_chain_was_away_counts_when_it_is_back():
    picture, _ = pictured(MARKET, paired(NOW_INTERVAL + 2))
    assert picture.pairings == ()

    picture.absorb(ChainObserved(view=chain_view(NOW_S + 900), market=market()), NOW_S + 900)

    assert [found.interval for found in picture.pairings] == [NOW_INTERVAL + 2]


@pytest.mark.failure(
    part="broker",
    failure="a stranger retains pairings of other times",
    contacts="those of now stay",
)
def test_pairings_of_other_times_never_push_out_those_of_now():
    now = paired(NOW_INTERVAL)
    others = [paired(NOW_INTERVAL + far) for far in (-2, -1, 2, 3, 1_000)]
    picture, _ = pictured(MARKET, now, *others)

    assert picture.pairings == (now.pairing,)


def test_few_pairings_are_remembered_while_no_time_is_known():
    picture, _ = pictured(*[paired(interval) for interval in range(99)])

    assert len(picture.pairings) == MOST_PAIRINGS


def test_the_market_is_that_of_the_newest_block():
    picture, _ = pictured(MARKET)
    assert picture.market == market()

    picture.absorb(SEEN, NOW_S + 1)

    assert picture.market is None
