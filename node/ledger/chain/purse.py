"""Read what sending needs to know of a block: fees, nonces, and the balance for gas."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from node.core.errors import ChainUnavailable
from node.ledger.chain import answers as read
from node.ledger.chain.endpoint import Call
from node.ledger.chain.fees import fair_gas_price
from node.ledger.chain.heads import Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """Hold what sending needs to know of a block: fees, nonces and the balance for gas."""

    head: Head
    gas_price_wei: int
    balance_wei: int
    nonce: int
    pending_nonce: int


def purse_calls(account: str | None, at: str) -> list[Call]:
    """Ask for an account's purse at a block; a mere onlooker has none, and asks the price alone."""
    calls: list[Call] = [("eth_gasPrice", [])]
    if account is not None:
        calls += [
            ("eth_getBalance", [account, at]),
            ("eth_getTransactionCount", [account, at]),
            ("eth_getTransactionCount", [account, "pending"]),
        ]
    return calls


def read_purse(head: Head, answers: Sequence[Any]) -> Purse:
    """Read the answers to `purse_calls`.

    Raises:
        ChainUnavailable: they are none.
    """
    gas_price_wei, *own = [read.number(answer) for answer in answers]
    balance_wei, nonce, pending_nonce = own or (0, 0, 0)
    if max(nonce, pending_nonce) > read.MOST_INDEX:
        raise ChainUnavailable("the endpoint counts more transactions than there can be")
    return Purse(
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
