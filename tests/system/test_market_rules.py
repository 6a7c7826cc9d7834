"""What the auction fixed, and its tariffs, as a real chain tells them."""

import pytest

from node.core.auction.gate import LANES, TariffVersion, next_gate
from node.core.auction.market import MarketRules, PostedTariff
from node.core.auction.tariff import Tariff
from node.core.errors import ChainUnavailable
from node.ledger.contracts.auction import AuctionContract
from node.ledger.operator.auction_settings import AuctionSettings
from node.ledger.operator.deploy import DeploySettings
from node.ledger.operator.transact import Transactor
from node.ledger.views.auction import read_rules, read_tariffs
from tests.parts.chain import Chain, Street

TARIFF = Tariff(feed_in_per_kwh=80_000, tick_size_per_kwh=3_000)
RULES = MarketRules(
    interval_s=900,
    gate_lead_s=45,
    unit_milliwh=1_000,
    least_units=7,
    margin_percent=25,
    reading_deadline_s=7_200,
    first_retail_per_kwh=269_000,
)


@pytest.fixture
def street(chain: Chain) -> Street:
    utility = chain.new_account()
    auction = AuctionSettings(
        utility=utility.account,
        tariff=TARIFF,
        unit_milliwh=RULES.unit_milliwh,
        least_units=RULES.least_units,
        gate_lead_s=RULES.gate_lead_s,
        margin_percent=RULES.margin_percent,
        reading_deadline_s=RULES.reading_deadline_s,
    )
    street = Street(chain, DeploySettings(interval_s=RULES.interval_s, auction=auction))
    street.transactor = Transactor(street.rpc, utility, print)
    return street


def test_the_rules_are_those_of_the_deployment(street: Street) -> None:
    assert read_rules(street.rpc, AuctionContract(str(street.auction))) == RULES


def test_an_address_without_an_auction_is_refused_by_name(street: Street) -> None:
    with pytest.raises(ChainUnavailable, match=r"IntervalAuction\.INTERVAL did not answer"):
        read_rules(street.rpc, AuctionContract(street.chain.new_account().account))


def test_the_tariff_in_force_and_all_later_ones_are_read(street: Street) -> None:
    """More of them than one page, so that the search goes back over its edge."""
    auction = AuctionContract(str(street.auction))
    posted = [_posted(1, 0, TARIFF)]
    for number in range(2, 20):
        now_s = int(street.chain.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        first = next_gate(now_s, RULES.interval_s, RULES.gate_lead_s) + LANES
        tariff = Tariff(feed_in_per_kwh=80_000 + number, tick_size_per_kwh=3_000)
        receipt = street.transactor.send(
            "tariff", auction.address, auction.set_tariff(first, tariff)
        )
        (log,) = receipt["logs"]
        posted.append(_posted(number, first, tariff))
        assert log["topics"][0] == auction.tariff_set_topic
        assert auction.tariff_set(log) == posted[-1]
        street.chain.call("evm_setNextBlockTimestamp", now_s + RULES.interval_s)
        street.chain.mine()

    for oldest in (0, 1, 17):
        since = posted[oldest].version.first_interval
        assert read_tariffs(street.rpc, auction, since) == tuple(posted[oldest:])
        assert read_tariffs(street.rpc, auction, since + 1)[0] in posted[oldest : oldest + 2]


def _posted(number: int, first_interval: int, tariff: Tariff) -> PostedTariff:
    version = TariffVersion(number=number, first_interval=first_interval)
    return PostedTariff(version=version, tariff=tariff)
