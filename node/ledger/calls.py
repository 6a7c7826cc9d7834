"""Turn an intent into a call: to which contract, with which data, within how much gas."""

from dataclasses import dataclass
from typing import assert_never

from node.core.commands import (
    CloseOrder,
    Intent,
    OpenOrder,
    PostOffer,
    Redeem,
    RefundOrder,
    ReportReadings,
)
from node.ledger.keccak import checksum_address
from node.ledger.registry import RegistryContract
from node.ledger.sale import SaleContract
from node.ledger.settings import LedgerSettings
from node.ledger.token import TokenContract

# Bounds, not estimates: what the contracts were measured to use at their dearest, and half again.
OPEN_ORDER_GAS = 200_000
POST_OFFER_GAS = 80_000
REDEEM_GAS = 110_000
CLOSE_GAS = 90_000
REPORT_GAS = 100_000
REPORT_EACH_GAS = 36_000
PLAIN_TRANSFER_GAS = 21_000
MOST_GAS = 16_777_216
"""No transaction above this can be sent on chains that have EIP-7825."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractCall:
    """Hold one call, with a gas limit that the chain's estimate may raise."""

    to: str
    data: str
    gas: int


class Contracts:
    """Hold the three contracts that a home speaks with."""

    def __init__(self, settings: LedgerSettings) -> None:
        self.token = TokenContract(checksum_address(settings.token))
        self.sale = SaleContract(checksum_address(settings.sale))
        self.registry = RegistryContract(checksum_address(settings.registry))

    def call_of(self, intent: Intent) -> ContractCall:
        """Build the call that carries an intent out.

        Raises:
            ValueError: the intent cannot be written as a call.
        """
        sale, token, registry = self.sale, self.token, self.registry
        match intent:
            case OpenOrder():
                purchase = sale.purchase(intent)
                data = token.approve_and_call(sale.address, intent.max_cost, purchase)
                return ContractCall(to=token.address, data=data, gas=OPEN_ORDER_GAS)
            case PostOffer():
                data, gas = sale.post_offer(intent), POST_OFFER_GAS
            case Redeem(receipt=receipt, close=True):
                data, gas = sale.redeem_and_close(receipt), REDEEM_GAS
            case Redeem(receipt=receipt):
                data, gas = sale.redeem(receipt), REDEEM_GAS
            case CloseOrder():
                data, gas = sale.close(intent.buyer, intent.number), CLOSE_GAS
            case RefundOrder():
                data = sale.refund(intent.buyer, intent.seller, intent.number)
                gas = CLOSE_GAS
            case ReportReadings():
                data = registry.report(intent.meter_id, intent.readings)
                gas = REPORT_GAS + REPORT_EACH_GAS * (len(intent.readings) - 1)
                return ContractCall(to=registry.address, data=data, gas=gas)
            case _:
                assert_never(intent)
        return ContractCall(to=sale.address, data=data, gas=gas)


def priority_of(intent: Intent) -> int:
    """Say which intent goes first: money that protects, then light, then offers, then reports."""
    match intent:
        case Redeem() | CloseOrder() | RefundOrder():
            return 0
        case OpenOrder():
            return 1
        case PostOffer():
            return 2
        case ReportReadings():
            return 3
        case _:
            assert_never(intent)
