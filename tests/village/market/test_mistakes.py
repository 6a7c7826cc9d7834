"""What does not add up on the chain is named; a whole interval of two homes is the ground."""

from dataclasses import asdict, replace

import pytest

from node.core.auction.clearing import Bid, Kind, Offer, clear
from node.core.auction.gate import TariffVersion
from node.core.auction.market import ClearedInterval, MarketRules, PostedTariff
from node.core.auction.settlement import Terms, deposit_up, settle
from node.core.auction.tariff import Tariff
from node.core.records import BlockStamp, Registers
from node.ledger.contracts.auction import Placed, Placement, Settled
from village.books import Books
from village.community import TOKENS_OF_UTILITY, TOKENS_PER_HOME, Community
from village.market.books import MarketBooks, Purse
from village.market.mistakes import misfits, mispaired, missing

K = 409_052
HOME1, HOME2, UTILITY = ("0x" + digit * 40 for digit in "123")
ACCOUNTS = {"home1": HOME1, "home2": HOME2}
METERS = {"home1": 1, "home2": 2}
TARIFF = Tariff(feed_in_per_kwh=80_000_000, tick_size_per_kwh=3_000_000)
TERMS = Terms(unit_milliwh=1, margin_percent=20, tariff=TARIFF)
RULES = MarketRules(
    interval_s=3600, gate_lead_s=1500, unit_milliwh=1, least_units=10, margin_percent=20,
    reading_deadline_s=86_400, first_retail_per_kwh=269_000_000,
)  # fmt: skip
BID = Bid(solar_tick=40, chp_tick=0, energy_units=900)
OFFER = Offer(kind=Kind.SOLAR, tick=10, energy_units=1000)
CLEARING = clear([BID, OFFER])
IMPORTED, EXPORTED = 950, 980
GRID_MONEY = 5_000_000
NO_SALE = Books(supply=0, held=0, in_sale=0, orders=())
COMMUNITY = Community(
    accounts=ACCOUNTS,
    meters=METERS,
    addresses=dict.fromkeys(("token", "sale", "registry", "auction"), ""),
)


def settled(account, meter_id, order, metered):
    end = settle(order, CLEARING, metered, TERMS)
    return Settled(
        interval=K, meter_id=meter_id, account=account, fills=end.fills,
        metered_milliwh=metered, missing=False, trade=end.trade, grid=end.grid,
        credited=end.returned + max(end.grid, 0), owed=0,
    )  # fmt: skip


def placed(account, meter_id, order, interval=K):
    return Placed(
        account=account, placement=Placement(interval=interval, meter_id=meter_id, order=order)
    )


BUYER, SELLER = settled(HOME1, 1, BID, IMPORTED), settled(HOME2, 2, OFFER, EXPORTED)
NEXT = Bid(solar_tick=40, chp_tick=0, energy_units=500)
NEXT_DEPOSIT = deposit_up(NEXT, TERMS)


def books(**changes):
    """Both orders are settled, and home1 has deposited for its next one."""
    earned1, earned2 = BUYER.trade + BUYER.grid, SELLER.trade + SELLER.grid
    balance1 = 7_000_000
    grid_balance = GRID_MONEY - BUYER.grid - SELLER.grid
    whole = {
        "rules": RULES,
        "orders": {
            (1, K): placed(HOME1, 1, BID),
            (2, K): placed(HOME2, 2, OFFER),
            (1, K + 1): placed(HOME1, 1, NEXT, K + 1),
        },
        "cleared": {
            K: ClearedInterval(
                interval=K,
                clearing=CLEARING,
                block=BlockStamp(number=9, hash="0x9", timestamp_s=K * 3600 - 1400),
            )
        },
        "settled": {(1, K): BUYER, (2, K): SELLER},
        "tariffs": (
            PostedTariff(version=TariffVersion(number=1, first_interval=0), tariff=TARIFF),
        ),
        "registers": {
            (1, K): Registers(import_milliwh=10, export_milliwh=0),
            (1, K + 1): Registers(import_milliwh=10 + IMPORTED, export_milliwh=0),
            (2, K): Registers(import_milliwh=0, export_milliwh=5),
            (2, K + 1): Registers(import_milliwh=0, export_milliwh=5 + EXPORTED),
        },
        "purses": {
            HOME1: Purse(
                tokens=TOKENS_PER_HOME + earned1 - balance1 - NEXT_DEPOSIT,
                balance=balance1,
                owed=0,
            ),
            HOME2: Purse(tokens=TOKENS_PER_HOME + earned2, balance=0, owed=0),
            UTILITY: Purse(tokens=TOKENS_OF_UTILITY - GRID_MONEY, balance=0, owed=0),
        },
        "in_auction": grid_balance + balance1 + NEXT_DEPOSIT - BUYER.trade - SELLER.trade,
        "grid_balance": grid_balance,
        "grid_owes": 0,
        "gas": {},
        "clearers": {K: UTILITY},
        "gap_s": 180,
    }
    return MarketBooks(**{**whole, **changes})


def test_a_whole_interval_adds_up():
    market = books()

    assert market.mistakes() == []
    assert missing(market, COMMUNITY, [K]) == []
    assert misfits(market, NO_SALE, ACCOUNTS, UTILITY) == []


@pytest.mark.failure(
    part="utility",
    failure="an account or the auction has another amount than its orders brought",
    person="the village's day is not sound: who has how much, and should have",
    money="seen to the base unit",
)
@pytest.mark.parametrize("who", [HOME1, HOME2, UTILITY])
def test_a_base_unit_that_is_not_where_it_should_be_is_found(who):
    purses = books().purses
    more = {**purses, who: replace(purses[who], tokens=purses[who].tokens + 1)}

    found = misfits(books(purses=more), NO_SALE, ACCOUNTS, UTILITY)

    assert len(found) == 1
    assert found[0].split()[0] == {HOME1: "home1", HOME2: "home2", UTILITY: "utility"}[who]


def test_a_base_unit_that_the_auction_lacks_is_found():
    market = books(in_auction=books().in_auction - 1)

    (found,) = misfits(market, NO_SALE, ACCOUNTS, UTILITY)

    assert found.startswith("the auction has ")


def test_a_settlement_by_another_rule_is_found():
    wrong = replace(BUYER, grid=BUYER.grid - 1)

    (found,) = books(settled={(1, K): wrong, (2, K): SELLER}).mistakes()

    assert found.startswith(f"interval {K}, meter 1: settled for ")


def test_what_was_not_read_or_not_settled_is_named():
    market = books(settled={(1, K): BUYER}, registers={})

    assert missing(market, COMMUNITY, [K]) == [
        f"home1 reported no whole interval {K}",
        f"home2 reported no whole interval {K}",
        f"the order of home2 in interval {K} is not settled",
    ]


@pytest.mark.failure(
    part="utility",
    failure="a published pairing does not follow from the fills and the wires",
    person="the village's day is not sound: what was said, and what the fills make",
)
def test_a_pairing_is_worked_out_again_from_the_fills_and_the_wires():
    market, wires = books(), {HOME1: (HOME2,)}
    pairing = market.pairing(K, wires)
    parts = [asdict(part) for part in pairing.parts]

    # The seller stands at the margin, so its 900 of 1,000 round down.
    assert [part["energy_milliwh"] for part in parts] == [899]
    assert mispaired(market, {K: parts}, wires) == []
    more = [{**parts[0], "energy_milliwh": 900}]
    assert mispaired(market, {K: more}, wires)[0].startswith(f"interval {K}: paired ")
    assert len(mispaired(market, {K: parts}, {})) == 1
    assert len(mispaired(market, {K + 5: parts}, wires)) == 1
