"""A home's ledger on a real chain: what it sees, buys, sells, reports, and how it is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.core.commands import CloseOrder, PostOffer, Redeem, RefundOrder, ReportReadings
from node.core.facts import ChainObserved, IntentConfirmed, IntentRefused
from node.core.records import MeterName, Reading, Registers
from node.filelock import FileLocked
from node.ledger.deploy import DeploySettings
from node.ledger.receipts import is_signed_by_buyer, sign_receipt
from tests.chain import TOKEN, Chain, Street, running_chain, until
from tests.ledger_home import Home, offer, order


class Pair:
    """A seller with an offer on the chain, and a buyer that watches it."""

    def __init__(self, street: Street, directory: Path) -> None:
        self.street = street
        self.seller = Home(street, street.new_home(), directory / "seller")
        self.seller_account = self.seller.account.account if self.seller.account else ""
        self.seller.submit(offer(self.seller.view()))
        self.seller.wait(IntentConfirmed)
        self.buyer = Home(
            street, street.new_home(), directory / "buyer", sellers=(self.seller_account,)
        )
        self.buyer_account = self.buyer.account.account if self.buyer.account else ""
        assert self.buyer.view().offers

    def buy(self, number: int = 1) -> None:
        self.buyer.submit(order(self.seller_account, number))
        self.buyer.wait(IntentConfirmed, number)

    def receipt(self, drawn_milliwh: int, number: int = 1) -> Redeem:
        assert self.buyer.account is not None
        receipt = sign_receipt(
            self.buyer.account,
            chain_id=31337,
            sale=self.street.sale,
            seller=self.seller_account,
            number=number,
            drawn_milliwh=drawn_milliwh,
        )
        return Redeem(receipt=receipt, close=False)

    def close(self) -> None:
        self.seller.close()
        self.buyer.close()


@pytest.fixture
def pair(street: Street, tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(street, tmp_path)
    yield pair
    pair.close()


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


@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        ({"max_price_per_kwh": 100_000}, "SalePriceAboveLimit", "0.18 per kWh"),
        ({"energy_milliwh": 2_000_000, "max_cost": TOKEN}, "SaleEnergyAboveAvailable", "1000 Wh"),
        ({"energy_milliwh": 10}, "SaleEnergyBelowLeast", "least order of 1 Wh"),
        ({"max_cost": 10}, "SaleChargeAboveValue", "costs 0.036"),
        ({"number": 0}, "SaleNumberNotRising", "does not follow"),
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


def test_report_and_then_an_outage_of_reports(street: Street, tmp_path: Path) -> None:
    account = street.new_home()
    meter_id = street.new_meter(account)
    street.chain.call("evm_increaseTime", 5 * 900)
    street.chain.mine()
    home = Home(street, account, tmp_path)
    boundary = home.view().block.timestamp_s // 900
    home.submit(report(meter_id, boundary - 3, 1_000))
    home.submit(report(meter_id, boundary - 2, 2_000, 3_000, 4_000))
    home.wait(IntentConfirmed, 2)
    home.submit(report(meter_id, boundary - 1, 5_000))

    refused = home.wait(IntentRefused)
    assert refused.name == "RegistryBoundaryNotRising"
    home.close()


def report(meter_id: int, boundary: int, *imported: int) -> ReportReadings:
    return ReportReadings(
        meter_id=meter_id,
        readings=tuple(
            Reading(
                meter=MeterName.CONNECTION,
                boundary=boundary + index,
                registers=Registers(import_milliwh=milliwh, export_milliwh=0),
            )
            for index, milliwh in enumerate(imported)
        ),
    )


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


def test_newer_offer_replaces_one_that_still_waits(street: Street, tmp_path: Path) -> None:
    home = Home(street, street.new_home(), tmp_path)
    view = home.view()
    home.submit(*[offer(view, price=price) for price in (1_000, 2_000, 3_000, 4_000)])
    until(
        lambda: home.view().offers and home.view().offers[0].price_per_kwh == 4_000,
        "the newest offer stands",
    )

    assert {refused.name for refused in home.all(IntentRefused)} <= {"Superseded"}
    home.close()


def test_onlooker_without_key_observes_and_refuses(pair: Pair, tmp_path: Path) -> None:
    home = Home(pair.street, None, tmp_path / "onlooker", sellers=(pair.seller_account,))
    assert home.view().offers
    home.submit(order(pair.seller_account))

    assert home.wait(IntentRefused).name == "ReadOnly"
    home.close()


def test_account_that_only_observes_still_sees_its_own(pair: Pair, tmp_path: Path) -> None:
    pair.buy()
    home = Home(pair.street, pair.buyer.account, tmp_path / "reader", read_only=True)

    assert home.view().last_number == 1
    assert home.view().orders
    home.close()


def test_account_without_gas_is_told_so(pair: Pair) -> None:
    pair.street.chain.fund(pair.buyer_account, 1_000)
    pair.buyer.submit(order(pair.seller_account))

    assert pair.buyer.wait(IntentRefused).name == "GasTooLow"
    pair.street.chain.fund(pair.buyer_account)
    pair.buyer.submit(order(pair.seller_account))
    pair.buyer.wait(IntentConfirmed)


def test_confirmation_waits_for_the_depth(street: Street, tmp_path: Path) -> None:
    home = Home(street, street.new_home(), tmp_path, confirmations=3)
    view = home.view()
    home.submit(offer(view))
    until(lambda: home.view().offers, "the offer is seen")
    number = home.view().block.number
    street.chain.mine()
    until(lambda: home.view().block.number == number + 1, "a second block is seen")
    assert not home.all(IntentConfirmed)

    street.chain.mine()
    assert home.wait(IntentConfirmed).block.number == number
    home.close()


def test_chain_without_fees_needs_no_gas_money(tmp_path: Path) -> None:
    with running_chain("--base-fee", "0", "--gas-price", "0") as chain:
        street = Street(chain)
        home = Home(street, street.new_home(wei=0), tmp_path)
        home.submit(offer(home.view()))
        home.wait(IntentConfirmed)

        assert home.view().gas_balance_wei == 0
        home.close()


def test_chain_before_the_fee_market_gets_plain_gas_prices(tmp_path: Path) -> None:
    with running_chain("--hardfork", "berlin") as chain:
        street = Street(chain)
        home = Home(street, street.new_home(), tmp_path)
        home.submit(offer(home.view()))
        confirmed = home.wait(IntentConfirmed)

        assert chain.call("eth_getTransactionByHash", confirmed.transaction)["type"] == "0x0"
        home.close()


def test_second_ledger_with_the_same_keystore_is_refused(
    street: Street, tmp_path: Path, chain: Chain
) -> None:
    from node.ledger.keys import create_account

    account = create_account(tmp_path / "keystore.json", "password")
    chain.fund(account.account)
    first = Home(street, account, tmp_path / "first")
    with pytest.raises(FileLocked, match="another process uses it"):
        Home(street, account, tmp_path / "second")
    first.close()


def test_interval_and_ring_are_as_told(chain: Chain) -> None:
    street = Street(chain, DeploySettings(interval_s=3_600, ring=64, grace_s=120))
    from node.ledger.registry import RegistryContract
    from node.ledger.sale import SaleContract

    registry, sale = RegistryContract(street.registry), SaleContract(street.sale)
    interval = street.rpc.call(
        "eth_call", {"to": street.registry, "data": registry.interval()}, "latest"
    )
    grace = street.rpc.call("eth_call", {"to": street.sale, "data": sale.grace()}, "latest")

    assert registry.interval_s(interval) == 3_600
    assert sale.grace_s(grace) == 120


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
