"""The auction on a real chain, spoken with as a node does: deployed once, where it is wanted."""

import pytest

from node.core.auction.clearing import Bid, Kind, Offer
from node.core.auction.gate import next_gate
from node.core.auction.tariff import Tariff
from node.core.errors import Refused
from node.ledger.contracts.artifacts import UnexpectedAnswer
from node.ledger.contracts.auction import AuctionContract, Placement
from node.ledger.contracts.token import TokenContract
from node.ledger.operator import deploy as deployment
from node.ledger.operator.transact import Transactor
from node.ledger.views.partners import topic_of_number
from tests.admission import Lane
from tests.parts.auction_asks import lane_of, tariff_number_in
from tests.parts.chain import Chain

TARIFF = Tariff(feed_in_per_kwh=100_000, tick_size_per_kwh=4_000)


class Community:
    """The operator, who is the utility and owns a meter, and its auction."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.operator = chain.new_account()
        self.settings = deployment.DeploySettings(
            auction=deployment.AuctionSettings(
                utility=self.operator.account, tariff=TARIFF, one_key=True
            )
        )
        self.addresses = deployment.deploy(chain.url, self.operator, self.settings)
        self.rpc = deployment.connect(chain.url)
        self.transactor = Transactor(self.rpc, self.operator, print)
        self.auction = AuctionContract(self.addresses["auction"])
        self.meter = deployment.install_meter(
            self.transactor, self.rpc, self.addresses["registry"],
            owner=self.operator.account, reporter=self.operator.account, kind="solar",
            max_power_w=5_000,
        )  # fmt: skip

    def send(self, data: str) -> dict:
        return dict(self.transactor.send("test", self.auction.address, data))

    def next_interval(self) -> int:
        head = self.chain.call("eth_getBlockByNumber", "latest", False)
        # A minute on, so that the gate does not close meanwhile.
        return next_gate(int(head["timestamp"], 16) + 60, 900, 60)


@pytest.fixture
def community(chain: Chain) -> Community:
    return Community(chain)


def test_an_auction_is_deployed_once(community: Community) -> None:
    again = deployment.deploy(
        community.chain.url, community.operator, community.settings, known=community.addresses
    )

    assert again == community.addresses
    assert again["auction"] is not None


def test_no_auction_is_deployed_where_none_is_wanted(chain: Chain) -> None:
    found = deployment.deploy(chain.url, chain.new_account(), deployment.DeploySettings())

    assert found.keys() == {"token", "registry", "sale"}


def test_orders_and_tariffs_are_read_as_they_were_written(community: Community) -> None:
    auction, interval = community.auction, community.next_interval()
    offer = Offer(kind=Kind.SOLAR, tick=12, energy_units=500)
    with pytest.raises(Refused, match="AuctionBalanceShort"):
        community.send(auction.place(Placement(interval=interval, meter_id=1, order=offer)))

    deployment.mint(
        community.transactor, community.addresses["token"], community.operator.account, 10**9
    )
    token = TokenContract(community.addresses["token"])
    data = token.approve_and_call(auction.address, 10**9, b"")
    community.transactor.send("deposit", token.address, data)
    receipt = community.send(auction.place(Placement(interval=interval, meter_id=1, order=offer)))

    placed = auction.placed(receipt["logs"][0])
    assert placed.account == community.operator.account
    assert placed.placement == Placement(interval=interval, meter_id=1, order=offer)
    chain = community.chain
    assert chain.ask(auction.order_at(1, interval)) == placed
    assert chain.ask(auction.order_at(2, interval)) is None
    assert chain.ask(lane_of(auction, interval)) == Lane(interval=interval, cleared=False)
    assert chain.ask(tariff_number_in(auction, interval)) == 1
    assert chain.ask(auction.tariff(1)).tariff == TARIFF
    assert chain.ask(auction.balance_of(placed.account)) == 10**9 - 126_000
    made_up = {
        "topics": [auction.cleared_topic, topic_of_number(interval)],
        "data": "0x" + "0" * 64 * 7,
    }
    with pytest.raises(UnexpectedAnswer, match="not cleared"):
        chain.ask(auction.clearing_of(made_up))


def test_a_buyers_order_is_encoded_for_the_token(community: Community) -> None:
    bid = Bid(solar_tick=20, chp_tick=9, energy_units=500)

    data = community.auction.placement(Placement(interval=7, meter_id=3, order=bid))

    words = [int.from_bytes(data[at : at + 32], "big") for at in range(0, len(data), 32)]
    assert words == [7, 0, 20, 9, 500, 3]


def test_the_utility_sets_tariffs_and_moves_its_money(community: Community) -> None:
    auction = community.auction
    later = community.next_interval() + 10
    dearer = Tariff(feed_in_per_kwh=110_000, tick_size_per_kwh=5_000)
    community.send(auction.set_tariff(later, dearer))

    chain = community.chain
    assert chain.ask(tariff_number_in(auction, later)) == 2
    assert chain.ask(auction.tariff(2)).tariff == dearer
    assert chain.ask(auction.utility()) == (0, 0)
    assert chain.ask(auction.owed_to(community.operator.account)) == 0
    for data, name in (
        (auction.fund(1), "AuctionBalanceShort"),
        (auction.withdraw(1), "AuctionBalanceShort"),
        (auction.announce_withdrawal(1), "AuctionUtilityShort"),
        (auction.execute_withdrawal(), "AuctionWithdrawalNotDue"),
        (auction.note_silence(1), "AuctionNotCleared"),
        (auction.collect_owed(), "AuctionNothingOwed"),
        (auction.clear(1), "AuctionNoOrders"),
        (auction.settle(1, [1]), "AuctionNotCleared"),
    ):
        with pytest.raises(Refused, match=name):
            community.send(data)
