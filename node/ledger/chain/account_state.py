"""Read how an account stands at a block: its nonces, its balance for gas, and the gas's price."""

from dataclasses import dataclass

from node.core.errors import ChainUnavailable
from node.ledger.chain import answers as read
from node.ledger.chain.asking import Question, both, each, nothing, one
from node.ledger.chain.fees import fair_gas_price
from node.ledger.chain.heads import Head


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """Hold what sending needs to know at a block: fees, nonces and the balance for gas."""

    head: Head
    gas_price_wei: int
    balance_wei: int
    nonce: int
    pending_nonce: int


def account_state_at(head: Head, account: str | None) -> Question[AccountState]:
    """Ask how an account stands at a block; a mere onlooker has none, and asks the price alone."""
    at, own = hex(head.number), nothing([0, 0, 0])
    if account is not None:
        own = each(
            (
                _number("eth_getBalance", account, at),
                _number("eth_getTransactionCount", account, at),
                _number("eth_getTransactionCount", account, "pending"),
            )
        )
    return both(
        _number("eth_gasPrice"), own, lambda price, found: _account_state(head, price, *found)
    )


def _number(method: str, *params: object) -> Question[int]:
    return one((method, list(params)), read.number)


def _account_state(
    head: Head, gas_price_wei: int, balance_wei: int, nonce: int, pending_nonce: int
) -> AccountState:
    if max(nonce, pending_nonce) > read.MOST_INDEX:
        raise ChainUnavailable("the endpoint counts more transactions than there can be")
    return AccountState(
        head=head,
        gas_price_wei=fair_gas_price(
            gas_price_wei=gas_price_wei,
            base_fee_wei=head.base_fee_wei,
            balance_wei=balance_wei,
        ),
        balance_wei=balance_wei,
        nonce=nonce,
        pending_nonce=max(nonce, pending_nonce),
    )
