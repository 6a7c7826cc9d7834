"""Turn an intent into a call: to which contract, with which data, within how much gas."""

from dataclasses import dataclass
from typing import assert_never

from node.core.auction.tariff import Tariff
from node.core.commands import (
    AnnounceWithdrawal,
    AuctionIntent,
    ClearInterval,
    CloseOrder,
    CollectOwed,
    DepositTokens,
    ExecuteWithdrawal,
    FundGrid,
    Intent,
    NoteSilence,
    OpenOrder,
    PlaceOrder,
    PostOffer,
    PostTariff,
    Redeem,
    RefundOrder,
    ReportReadings,
    SaleIntent,
    SendGas,
    SettleOrders,
    WithdrawBalance,
)
from node.keys.keccak import checksum_address
from node.ledger.contracts.auction import AuctionContract, Placement
from node.ledger.contracts.registry import RegistryContract
from node.ledger.contracts.sale import SaleContract
from node.ledger.contracts.token import TokenContract
from node.ledger.settings import LedgerSettings

# Bounds, not estimates: what the contracts were measured to use at their dearest, and half again.
OPEN_ORDER_GAS = 200_000
POST_OFFER_GAS = 80_000
REDEEM_GAS = 110_000
CLOSE_GAS = 90_000
REPORT_GAS = 100_000
REPORT_EACH_GAS = 36_000
PLACE_GAS = 350_000
CLEAR_GAS = 2_700_000
SETTLE_GAS = 100_000
SETTLE_EACH_GAS = 84_000
"""At its dearest the grid is short: each home gets a debt, which is two slots more."""
AUCTION_MONEY_GAS = 120_000
TARIFF_GAS = 150_000
PLAIN_TRANSFER_GAS = 21_000
MOST_GAS = 16_777_216
"""No transaction above this can be sent on chains that have EIP-7825."""


AuctionMoney = (
    DepositTokens
    | WithdrawBalance
    | CollectOwed
    | FundGrid
    | AnnounceWithdrawal
    | ExecuteWithdrawal
)
"""What moves an account's money at the auction, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractCall:
    """Hold one call, with a gas limit that the chain's estimate may raise."""

    to: str
    data: str
    gas: int
    value_wei: int


class Contracts:
    """Hold the contracts that a node speaks with; a street may have no auction."""

    def __init__(self, settings: LedgerSettings) -> None:
        self.token = TokenContract(checksum_address(settings.token))
        self.sale = SaleContract(checksum_address(settings.sale))
        self.registry = RegistryContract(checksum_address(settings.registry))
        self.auction: AuctionContract | None = None
        if settings.auction is not None:
            self.auction = AuctionContract(checksum_address(settings.auction))

    def call_of(self, intent: Intent) -> ContractCall:
        """Build the call that carries an intent out.

        Raises:
            ValueError: the intent cannot be written as a call.
        """
        match intent:
            case ReportReadings():
                data = self.registry.report(intent.meter_id, intent.readings)
                gas = REPORT_GAS + REPORT_EACH_GAS * (len(intent.readings) - 1)
                return _call(self.registry.address, data, gas)
            case SendGas():
                return ContractCall(
                    to=checksum_address(intent.account),
                    data="0x",
                    gas=PLAIN_TRANSFER_GAS,
                    value_wei=intent.amount_wei,
                )
            case OpenOrder() | PostOffer() | Redeem() | CloseOrder() | RefundOrder():
                return self._sale_call(intent)
            case _:
                if self.auction is None:
                    raise ValueError("this street has no auction (contract.auction)")
                return self._auction_call(intent, self.auction)

    def _sale_call(self, intent: SaleIntent) -> ContractCall:
        sale, token = self.sale, self.token
        match intent:
            case OpenOrder():
                purchase = sale.purchase(intent)
                data = token.approve_and_call(sale.address, intent.max_cost, purchase)
                return _call(token.address, data, OPEN_ORDER_GAS)
            case PostOffer():
                return _call(sale.address, sale.post_offer(intent), POST_OFFER_GAS)
            case Redeem(receipt=receipt, close=True):
                return _call(sale.address, sale.redeem_and_close(receipt), REDEEM_GAS)
            case Redeem(receipt=receipt):
                return _call(sale.address, sale.redeem(receipt), REDEEM_GAS)
            case CloseOrder():
                return _call(sale.address, sale.close(intent.buyer, intent.number), CLOSE_GAS)
            case RefundOrder():
                data = sale.refund(intent.buyer, intent.seller, intent.number)
                return _call(sale.address, data, CLOSE_GAS)
            case _:
                assert_never(intent)

    def _auction_call(self, intent: AuctionIntent, auction: AuctionContract) -> ContractCall:
        match intent:
            case PlaceOrder(added=0):
                return _call(auction.address, auction.place(_placement(intent)), PLACE_GAS)
            case PlaceOrder(added=added):
                placement = auction.placement(_placement(intent))
                data = self.token.transfer_and_call(auction.address, added, placement)
                return _call(self.token.address, data, PLACE_GAS)
            case ClearInterval(interval=interval):
                return _call(auction.address, auction.clear(interval), CLEAR_GAS)
            case NoteSilence(interval=interval):
                return _call(auction.address, auction.note_silence(interval), AUCTION_MONEY_GAS)
            case SettleOrders():
                gas = SETTLE_GAS + SETTLE_EACH_GAS * len(intent.meter_ids)
                data = auction.settle(intent.interval, intent.meter_ids)
                return _call(auction.address, data, gas)
            case PostTariff():
                tariff = Tariff(
                    feed_in_per_kwh=intent.feed_in_per_kwh,
                    tick_size_per_kwh=intent.tick_size_per_kwh,
                )
                data = auction.set_tariff(intent.first_interval, tariff)
                return _call(auction.address, data, TARIFF_GAS)
            case _:
                return self._money_call(intent, auction)

    def _money_call(self, intent: AuctionMoney, auction: AuctionContract) -> ContractCall:
        match intent:
            case DepositTokens(amount=amount):
                data = self.token.transfer_and_call(auction.address, amount, b"")
                return _call(self.token.address, data, AUCTION_MONEY_GAS)
            case WithdrawBalance(amount=amount):
                data = auction.withdraw(amount)
            case CollectOwed():
                data = auction.collect_owed()
            case FundGrid(amount=amount):
                data = auction.fund(amount)
            case AnnounceWithdrawal(amount=amount):
                data = auction.announce_withdrawal(amount)
            case ExecuteWithdrawal():
                data = auction.execute_withdrawal()
            case _:
                assert_never(intent)
        return _call(auction.address, data, AUCTION_MONEY_GAS)


def priority_of(intent: Intent) -> int:
    """Say which intent goes first: money that protects, then light, then trade, then the rest."""
    match intent:
        case Redeem() | CloseOrder() | RefundOrder():
            return 0
        case OpenOrder() | ClearInterval():
            return 1
        case PostOffer() | PlaceOrder() | PostTariff():
            return 2
        case (
            ReportReadings()
            | SettleOrders()
            | NoteSilence()
            | SendGas()
            | DepositTokens()
            | FundGrid()
            | AnnounceWithdrawal()
            | ExecuteWithdrawal()
            | WithdrawBalance()
            | CollectOwed()
        ):
            return 3
        case _:
            assert_never(intent)


def _placement(intent: PlaceOrder) -> Placement:
    return Placement(interval=intent.interval, meter_id=intent.meter_id, order=intent.order)


def _call(to: str, data: str, gas: int) -> ContractCall:
    return ContractCall(to=to, data=data, gas=gas, value_wei=0)
