"""Offers, purchases, receipts and refunds between two homes on a real chain."""

import pytest

from node.core.commands import CloseOrder, PostOffer, Redeem, RefundOrder
from node.core.facts import ChainObserved, IntentConfirmed, IntentRefused
from node.keys.receipts import is_signed_by_buyer
from tests.parts.chain import TOKEN
from tests.parts.ledger_home import Home, offer, order
from tests.parts.ledger_pair import Pair
from tests.parts.waiting import until


def test_purchase_is_one_transaction_and_seen_at_its_block(pair: Pair) -> None:
    before = pair.street.chain.transactions_of(pair.buyer_account)
    pair.buyer.submit(order(pair.seller_account))
    confirmed = pair.buyer.wait(IntentConfirmed)

    assert pair.street.chain.transactions_of(pair.buyer_account) == before + 1
    (opened,) = pair.buyer.view().orders
    assert (opened.buyer, opened.seller, opened.number) == (
        pair.buyer_account,
        pair.seller_account,
        1,
    )
    assert opened.energy_milliwh == 200_000
    assert pair.buyer.view().tokens == 100 * TOKEN - 36_000
    assert pair.buyer.view().last_number == 1
    # The view that holds the order comes before the word that it is confirmed.
    facts = pair.buyer.facts
    seen = [i for i, f in enumerate(facts) if isinstance(f, ChainObserved) and f.view.orders]
    assert seen[0] < facts.index(confirmed)
    assert confirmed.block.number == opened_block(pair.buyer, confirmed)


def opened_block(home: Home, confirmed: IntentConfirmed) -> int:
    return next(
        fact.view.block.number
        for fact in home.all(ChainObserved)
        if fact.view.block.hash == confirmed.block.hash
    )


def test_seller_sees_the_order_of_a_buyer_it_never_heard_of(pair: Pair) -> None:
    pair.buy()

    (sold,) = until(lambda: pair.seller.view().orders, "the seller sees the order")
    assert (sold.buyer, sold.number) == (pair.buyer_account, 1)


def test_same_order_submitted_often_is_sent_once(pair: Pair) -> None:
    for _ in range(5):
        pair.buyer.submit(order(pair.seller_account))
    pair.buyer.wait(IntentConfirmed)
    for _ in range(5):
        pair.buyer.submit(order(pair.seller_account))
    pair.buyer.wait(IntentConfirmed, 6)

    assert pair.street.chain.transactions_of(pair.buyer_account) == 1
    assert len(pair.buyer.view().orders) == 1
    assert not pair.buyer.all(IntentRefused)


def test_order_number_on_other_terms_is_refused(pair: Pair) -> None:
    pair.buy()
    pair.buyer.submit(order(pair.seller_account, energy_milliwh=300_000))

    assert pair.buyer.wait(IntentRefused).name == "AlreadyPromised"
    assert pair.street.chain.transactions_of(pair.buyer_account) == 1


def test_receipt_is_redeemed_and_then_closed(pair: Pair) -> None:
    pair.buy()
    redeem = pair.receipt(50_000)
    assert is_signed_by_buyer(redeem.receipt, chain_id=31337, sale=pair.street.sale)
    tokens = pair.seller.view().tokens
    pair.seller.submit(redeem)
    pair.seller.wait(IntentConfirmed, 2)

    assert pair.seller.view().tokens == tokens + 9_000
    assert pair.seller.view().orders[0].drawn_milliwh == 50_000

    pair.seller.submit(Redeem(receipt=pair.receipt(60_000).receipt, close=True))
    pair.seller.wait(IntentConfirmed, 3)

    assert pair.seller.view().orders == ()
    until(lambda: not pair.buyer.view().orders, "the buyer sees the order closed")
    assert pair.buyer.view().tokens == 100 * TOKEN - 10_800


def test_seller_renounces_an_order(pair: Pair) -> None:
    pair.buy()
    pair.seller.submit(CloseOrder(buyer=pair.buyer_account, number=1))
    pair.seller.wait(IntentConfirmed, 2)

    until(lambda: pair.buyer.view().tokens == 100 * TOKEN, "all money is back")


@pytest.mark.failure(
    part="neighbour",
    failure="the seller never settles an order that nothing was drawn of",
    money="refused before the grace is over; then all comes back",
    lasts="the order's time and its grace, 1 h",
)
def test_refund_waits_for_the_grace_and_then_returns_all(pair: Pair) -> None:
    pair.buy()
    refund = RefundOrder(buyer=pair.buyer_account, seller=pair.seller_account, number=1)
    pair.buyer.submit(refund)

    assert pair.buyer.wait(IntentRefused).name == "SaleGraceRunning"

    pair.street.chain.call("evm_increaseTime", 3_600 + 3_600 + 1)
    pair.street.chain.mine()
    pair.buyer.submit(refund)
    pair.buyer.wait(IntentConfirmed, 2)
    assert pair.buyer.view().tokens == 100 * TOKEN


@pytest.mark.failure(
    part="chain",
    failure="an offer is dearer, smaller or otherwise than thought",
    person="refused by name, with the numbers",
    money="no transaction",
)
@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        ({"max_price_per_kwh": 100_000}, "SalePriceAboveLimit", "0.18 per kWh"),
        ({"energy_milliwh": 2_000_000, "max_cost": TOKEN}, "SaleEnergyAboveAvailable", "1000 Wh"),
        ({"energy_milliwh": 10}, "SaleEnergyBelowLeast", "least order of 1 Wh"),
        ({"max_cost": 10}, "SaleChargeAboveValue", "costs 0.036"),
        ({"number": 0}, "SaleNumberStep", "does not follow"),
        ({"number": 2**33}, "IntentMalformed", ""),
    ],
)
def test_doomed_purchase_is_refused_in_plain_words_and_costs_nothing(
    pair: Pair, changes: dict[str, int], name: str, words: str
) -> None:
    wanted = order(pair.seller_account)
    values = {key: getattr(wanted, key) for key in wanted.__slots__} | changes
    pair.buyer.submit(type(wanted)(**values))
    refused = pair.buyer.wait(IntentRefused)

    assert refused.name == name
    assert words in refused.sentence
    assert pair.street.chain.transactions_of(pair.buyer_account) == 0


def test_several_intents_fly_at_once_and_protective_ones_lead(pair: Pair) -> None:
    pair.buy()
    chain = pair.street.chain
    chain.set_automine(False)
    view = pair.seller.view()
    pair.seller.submit(offer(view, price=190_000), pair.receipt(10_000))
    until(lambda: len(chain.pending()) == 2, "both are in the pool")
    chain.mine()
    pair.seller.wait(IntentConfirmed, 3)

    assert len(pair.seller.view().offers) == 1
    assert pair.seller.view().offers[0].price_per_kwh == 190_000
    assert pair.seller.view().orders[0].drawn_milliwh == 10_000


def test_withdrawn_offer_is_still_seen_with_nothing_available(pair: Pair) -> None:
    view = pair.seller.view()
    standing = view.offers[0]
    pair.seller.submit(
        PostOffer(
            price_per_kwh=standing.price_per_kwh,
            available_milliwh=0,
            least_milliwh=1,
            until_s=standing.until_s,
            duration_s=standing.duration_s,
        )
    )
    pair.seller.wait(IntentConfirmed, 2)

    until(lambda: pair.buyer.view().offers[0].available_milliwh == 0, "the buyer sees it")
