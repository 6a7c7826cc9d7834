"""An interval of the auction through the ledgers of two homes and a utility, on a real chain."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.core.auction.clearing import Bid, Kind, Offer
from node.core.auction.gate import LANES, gate_closes_s, next_gate
from node.core.auction.settlement import Terms, deposit_up
from node.core.auction.tariff import Tariff
from node.core.commands import (
    ClearInterval,
    CollectOwed,
    DepositTokens,
    FundGrid,
    NoteSilence,
    PlaceOrder,
    PostTariff,
    ReportReadings,
    SendGas,
    SettleOrders,
    WithdrawBalance,
)
from node.core.facts import IntentConfirmed, IntentRefused
from node.core.records import MeterName, Reading, Registers
from node.ledger.contracts.auction import AuctionContract
from node.ledger.operator.auction_settings import AuctionSettings
from node.ledger.operator.deploy import DeploySettings
from tests.parts.auction_asks import tariff_number_in
from tests.parts.chain import ETHER, TOKEN, Chain, Street
from tests.parts.ledger_home import Home

INTERVAL_S, LEAD_S, DEADLINE_S = 900, 60, 86_400
TARIFF = Tariff(feed_in_per_kwh=80_000, tick_size_per_kwh=3_000)
TERMS = Terms(unit_milliwh=1_000, margin_percent=20, tariff=TARIFF)
BID = Bid(solar_tick=40, chp_tick=0, energy_units=500)
OFFER = Offer(kind=Kind.SOLAR, tick=5, energy_units=300)
GRID = 3 * TOKEN


class Market:
    """Hold a buyer, a seller and the utility, each with its own ledger."""

    def __init__(self, chain: Chain, directory: Path) -> None:
        self.chain = chain
        utility = chain.new_account()
        auction = AuctionSettings(utility=utility.account, tariff=TARIFF, gate_lead_s=LEAD_S)
        self.street = Street(chain, DeploySettings(interval_s=INTERVAL_S, auction=auction))
        accounts = (self.street.new_home(), self.street.new_home())
        self.meters = tuple(self.street.new_meter(account) for account in accounts)
        self.street.mint(utility.account, 10 * TOKEN)
        homes = (*accounts, utility)
        names = ("buyer", "seller", "utility")
        self.homes = [
            Home(self.street, home, directory / name)
            for home, name in zip(homes, names, strict=True)
        ]
        self.buyer, self.seller, self.utility = self.homes
        self.auction = AuctionContract(str(self.street.auction))
        self.interval = next_gate(self.now_s() + LEAD_S, INTERVAL_S, LEAD_S)

    def now_s(self) -> int:
        return int(self.chain.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def reach(self, instant_s: int) -> None:
        self.chain.call("evm_setNextBlockTimestamp", instant_s)
        self.chain.mine()

    def balance_of(self, home: Home) -> int:
        account = str(home.account.account if home.account else "")
        return self.chain.ask(self.auction.balance_of(account))

    def order(self) -> None:
        for home, meter, order in zip(self.homes, self.meters, (BID, OFFER), strict=False):
            added = deposit_up(order, TERMS)
            place = PlaceOrder(interval=self.interval, meter_id=meter, order=order, added=added)
            home.submit(place)
            home.wait(IntentConfirmed)

    def clear(self) -> None:
        self.reach(gate_closes_s(self.interval, INTERVAL_S, LEAD_S))
        self.utility.submit(ClearInterval(interval=self.interval))
        self.utility.wait(IntentConfirmed)

    def settle(self, drawn_milliwh: int, fed_milliwh: int) -> None:
        """Report what the buyer drew and the seller fed in, and settle both."""
        self.reach((self.interval + 1) * INTERVAL_S)
        self.report(self.buyer, self.meters[0], drawn_milliwh, 0)
        self.report(self.seller, self.meters[1], 0, fed_milliwh)
        for home in (self.buyer, self.seller):
            home.wait(IntentConfirmed, 2)
        self.utility.submit(SettleOrders(interval=self.interval, meter_ids=self.meters))
        self.utility.wait(IntentConfirmed, 2)

    def report(self, home: Home, meter: int, imported: int, exported: int) -> None:
        start = Registers(import_milliwh=0, export_milliwh=0)
        end = Registers(import_milliwh=imported, export_milliwh=exported)
        readings = tuple(
            Reading(meter=MeterName.CONNECTION, boundary=boundary, registers=registers)
            for boundary, registers in ((self.interval, start), (self.interval + 1, end))
        )
        home.submit(ReportReadings(meter_id=meter, readings=readings))


@pytest.fixture
def market(chain: Chain, tmp_path: Path) -> Iterator[Market]:
    market = Market(chain, tmp_path)
    yield market
    for home in market.homes:
        home.close()


def test_a_home_notes_the_silence_of_a_neighbour_and_is_settled_after_it_counts(
    market: Market,
) -> None:
    market.order()
    market.clear()
    market.reach((market.interval + 1) * INTERVAL_S)
    market.report(market.seller, market.meters[1], 0, 300_000)
    market.seller.wait(IntentConfirmed, 2)
    market.reach((market.interval + 1) * INTERVAL_S + DEADLINE_S)

    market.seller.submit(NoteSilence(interval=market.interval))
    market.seller.wait(IntentConfirmed, 3)

    market.reach(market.now_s() + 2 * INTERVAL_S)
    market.seller.submit(SettleOrders(interval=market.interval, meter_ids=market.meters))
    market.seller.wait(IntentConfirmed, 4)
    assert market.balance_of(market.buyer) < 1_000, "all but the part between share and fill"
    assert market.balance_of(market.seller) > deposit_up(OFFER, TERMS)


def test_an_interval_is_ordered_cleared_settled_and_paid(market: Market) -> None:
    market.order()
    market.clear()
    market.settle(drawn_milliwh=299_000, fed_milliwh=300_000)
    earned = market.balance_of(market.seller)
    market.seller.submit(WithdrawBalance(amount=earned))
    market.seller.wait(IntentConfirmed, 3)

    # 0.3 kWh at the seller's own tick, 0.08 + 5 x 0.003.
    assert earned - deposit_up(OFFER, TERMS) == 28_500
    assert market.seller.view().tokens == 100 * TOKEN + 28_500
    assert not any(home.all(IntentRefused) for home in market.homes)


def test_what_an_empty_grid_owed_is_collected_once_it_is_funded(market: Market) -> None:
    market.order()
    market.clear()
    market.settle(drawn_milliwh=300_000, fed_milliwh=400_000)
    # 0.1 kWh beyond the fill, at feed-in; the grid has no more than what the buyer paid it.
    _, owed = market.chain.ask(market.auction.utility())
    collect = CollectOwed(owed=owed)
    market.seller.submit(collect)
    poor = market.seller.wait(IntentRefused)
    before = market.balance_of(market.seller)
    market.utility.submit(DepositTokens(amount=GRID))
    market.utility.wait(IntentConfirmed, 3)
    market.utility.submit(FundGrid(amount=GRID))
    market.utility.wait(IntentConfirmed, 4)
    market.seller.submit(collect)
    market.seller.wait(IntentConfirmed, 3)

    assert 7_000 < owed <= 8_000
    assert poor.name == "AuctionUtilityShort"
    assert market.balance_of(market.seller) - before == owed
    assert market.chain.ask(market.auction.utility()) == (GRID - owed, 0)


def test_only_the_first_clears_and_nobody_before_the_gate(market: Market) -> None:
    market.order()
    market.utility.submit(ClearInterval(interval=market.interval))
    early = market.utility.wait(IntentRefused)
    market.clear()
    market.buyer.submit(ClearInterval(interval=market.interval))
    late = market.buyer.wait(IntentRefused)

    assert (early.name, late.name) == ("AuctionGateOpen", "AuctionAlreadyCleared")


def test_a_changed_order_moves_only_the_difference(market: Market) -> None:
    market.order()
    less = Bid(solar_tick=40, chp_tick=0, energy_units=100)
    market.buyer.submit(
        PlaceOrder(interval=market.interval, meter_id=market.meters[0], order=less, added=0)
    )
    market.buyer.wait(IntentConfirmed, 2)

    assert market.balance_of(market.buyer) == deposit_up(BID, TERMS) - deposit_up(less, TERMS)


def test_the_utility_funds_the_grid_and_sets_a_later_tariff(market: Market) -> None:
    first = next_gate(market.now_s(), INTERVAL_S, LEAD_S) + LANES
    market.utility.submit(DepositTokens(amount=GRID))
    market.utility.wait(IntentConfirmed)
    market.utility.submit(
        FundGrid(amount=GRID),
        PostTariff(first_interval=first, feed_in_per_kwh=90_000, tick_size_per_kwh=2_000),
    )
    market.utility.wait(IntentConfirmed, 3)

    assert market.chain.ask(market.auction.utility()) == (GRID, 0)
    number = market.chain.ask(tariff_number_in(market.auction, first))
    assert market.chain.ask(market.auction.tariff(number)).tariff == Tariff(
        feed_in_per_kwh=90_000, tick_size_per_kwh=2_000
    )


def test_gas_is_given_once_a_day_even_if_asked_for_twice(market: Market) -> None:
    home = "0x" + "12" * 20
    gift = SendGas(account=home, amount_wei=ETHER, day=market.now_s() // 86_400)
    market.utility.submit(gift)
    market.utility.wait(IntentConfirmed)
    market.utility.submit(gift)
    market.utility.wait(IntentConfirmed, 2)

    assert int(market.chain.call("eth_getBalance", home, "latest"), 16) == ETHER


def test_a_street_without_an_auction_refuses_by_name(street: Street, tmp_path: Path) -> None:
    home = Home(street, street.new_home(), tmp_path)
    home.submit(ClearInterval(interval=1))
    refused = home.wait(IntentRefused)
    home.close()

    assert (refused.name, refused.sentence) == (
        "IntentMalformed",
        "this street has no auction (contract.auction)",
    )
