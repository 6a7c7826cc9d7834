"""No stranger orders, buys or cancels for a home, on a real chain and with the shipped contracts.

The token lets anybody transfer nothing out of anybody's account, and call a contract with it.
"""

from random import Random

import pytest

from node.core.auction.clearing import Bid, Order
from node.core.auction.gate import next_gate
from node.core.auction.settlement import Terms, deposit_up
from node.core.auction.tariff import Tariff
from node.core.commands import OpenOrder, PostOffer
from node.core.errors import Refused
from node.ledger.contracts.artifacts import artifact
from node.ledger.contracts.ask import Ask
from node.ledger.contracts.auction import AuctionContract, Placement
from node.ledger.contracts.sale import SaleContract
from node.ledger.contracts.token import TokenContract
from node.ledger.operator import deploy as deployment
from node.ledger.operator.transact import Transactor
from tests.parts.chain import Chain

TARIFF = Tariff(feed_in_per_kwh=100_000, tick_size_per_kwh=4_000)
ORDER = Bid(solar_tick=20, chp_tick=0, energy_units=200)
TOKENS = 50_000_000
DEPOSIT = deposit_up(ORDER, Terms(unit_milliwh=1_000, margin_percent=20, tariff=TARIFF))
_TRANSFER_FROM = "transferFromAndCall(address,address,uint256,bytes)"
_APPROVE = "approve(address,uint256)"


class Street:
    """Hold a home with an order in the auction and an offer to buy from, and a stranger."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        operator, utility, self.home, self.seller, self.stranger = (
            chain.new_account() for _ in range(5)
        )
        settings = deployment.DeploySettings(
            auction=deployment.AuctionSettings(utility=utility.account, tariff=TARIFF)
        )
        found = deployment.deploy(chain.url, operator, settings)
        self.rpc = deployment.connect(chain.url)
        self.auction = AuctionContract(found["auction"])
        self.sale = SaleContract(found["sale"])
        self.token = TokenContract(found["token"])
        self._senders = {
            account.account: Transactor(self.rpc, account, lambda line: None)
            for account in (operator, self.home, self.seller, self.stranger)
        }
        sender = self._senders[operator.account]
        self.meter = deployment.install_meter(
            sender, self.rpc, found["registry"],
            owner=self.home.account, reporter=self.home.account, kind="solar", max_power_w=5_000,
        )  # fmt: skip
        deployment.mint(sender, self.token.address, self.home.account, 2 * TOKENS)
        deposit = self.token.approve_and_call(self.auction.address, TOKENS, b"")
        self.send(self.home.account, self.token.address, deposit)
        offer = PostOffer(
            price_per_kwh=180_000, available_milliwh=10**9, least_milliwh=1_000,
            until_s=self.now_s() + 86_400, duration_s=3_600,
        )  # fmt: skip
        self.send(self.seller.account, self.sale.address, self.sale.post_offer(offer))
        # The next but one, so that its gate does not close meanwhile.
        self.interval = next_gate(self.now_s(), 900, 60) + 1
        placing = self.auction.place(self.placement(ORDER))
        self.send(self.home.account, self.auction.address, placing)

    def now_s(self) -> int:
        return int(self.chain.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def placement(self, order: Order) -> Placement:
        return Placement(interval=self.interval, meter_id=self.meter, order=order)

    def send(self, account: str, to: str, data: str) -> None:
        self._senders[account].send("test", to, data)

    def allow(self, spender: str, amount: int) -> None:
        data = artifact("EnergyToken").call_data(_APPROVE, spender, amount)
        self.send(self.home.account, self.token.address, data)

    def act_for_home(self, contract: str, amount: int, asked: bytes) -> None:
        data = artifact("EnergyToken").call_data(
            _TRANSFER_FROM, self.home.account, contract, amount, asked
        )
        self.send(self.stranger.account, self.token.address, data)

    def picture(self) -> tuple[object, ...]:
        """Give all that is the home's: its order, its balances, and its number."""
        asks: tuple[Ask[object], ...] = (
            self.auction.order_at(self.meter, self.interval),
            self.auction.balance_of(self.home.account),
            self.token.balance_of(self.home.account),
            self.sale.last_number(self.home.account),
            self.sale.orders_of(self.home.account, self.seller.account),
        )
        return tuple(self.chain.ask(ask) for ask in asks)


@pytest.fixture
def street(chain: Chain) -> Street:
    return Street(chain)


def test_a_stranger_orders_for_nobody_by_transferring_nothing(street: Street) -> None:
    """All orders were cancelled a second before the gate; 50 tokens became 20.2."""
    before = street.picture()
    cancelled = Bid(solar_tick=20, chp_tick=0, energy_units=0)
    dearer = Bid(solar_tick=63, chp_tick=0, energy_units=1_000)
    for order in (cancelled, dearer):
        with pytest.raises(Refused, match="AuctionNotByAccount"):
            asked = street.auction.placement(street.placement(order))
            street.act_for_home(street.auction.address, 0, asked)

    assert street.picture() == before


def test_no_allowance_lets_a_stranger_order_or_buy_for_a_home(street: Street) -> None:
    """Whatever it may spend: it burnt the home's order numbers, and bought from whom it liked."""
    draw = Random(20_260_731)
    for _ in range(12):
        allowed = draw.choice((0, 1, draw.randrange(1, TOKENS)))
        street.allow(street.stranger.account, allowed)
        before = street.picture()
        amount = draw.randrange(allowed + 1)
        energy = draw.randrange(1_000, 200_000)
        purchase = street.sale.purchase(
            OpenOrder(
                seller=street.seller.account,
                number=draw.choice((1, 2)),
                energy_milliwh=energy,
                max_price_per_kwh=180_000,
                max_duration_s=3_600,
                max_cost=0,
            )
        )
        order = Bid(
            solar_tick=draw.randrange(1, 64), chp_tick=0, energy_units=draw.choice((0, 100, 1_000))
        )
        placing = street.auction.placement(street.placement(order))
        for contract, value, asked, why in (
            (street.auction.address, amount, placing, "AuctionNotByAccount"),
            (street.sale.address, -(-energy * 180_000 // 10**6), purchase, "Sale|Allowance"),
            (street.sale.address, 0, purchase, "Sale"),
        ):
            with pytest.raises(Refused, match=why):
                street.act_for_home(contract, value, asked)
        assert street.picture() == before


def test_a_stranger_may_give_a_home_what_the_home_allows_it(street: Street) -> None:
    """A transfer without data only raises a balance; one of nothing is refused."""
    street.allow(street.stranger.account, 7)
    street.act_for_home(street.auction.address, 7, b"")
    held = street.chain.ask(street.auction.balance_of(street.home.account))

    with pytest.raises(Refused, match="AuctionNothingDeposited"):
        street.act_for_home(street.auction.address, 0, b"")
    assert held == TOKENS - DEPOSIT + 7
