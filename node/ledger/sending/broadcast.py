"""Sign a transaction, send it, and understand what the endpoint said to it."""

import re
from collections.abc import Sequence
from enum import Enum

from node.keys.account import Account
from node.keys.transactions import Fields
from node.ledger.chain.endpoint import RpcError
from node.ledger.chain.fees import Fees
from node.ledger.chain.rpc import Rpc
from node.ledger.sending.row import PLAIN_TRANSFER_GAS, ContractCall
from node.state.promise import Attempt


class Reception(Enum):
    """Say what an endpoint did with a transaction; of a `STRANGE` word nobody knows."""

    TAKEN = "taken"
    NONCE_USED = "nonce used"
    UNDERPRICED = "underpriced"
    NO_FUNDS = "no funds"
    NOT_NOW = "not now"
    REFUSED = "refused"
    STRANGE = "strange"


# Endpoints agree on no code, only roughly on words. The first words that fit count.
_WORDS: tuple[tuple[Reception, tuple[str, ...]], ...] = (
    (Reception.REFUSED, ("gas limit", "gaslimit", "unknown transaction")),
    (
        Reception.TAKEN,
        (
            "already known",
            "alreadyknown",
            "already_known",
            "known transaction",
            "already imported",
            "already exists",
            "already_exists",
            "same hash",
            "already in the pool",
            # Chains for development mine a transaction that fails, and then say how it failed.
            "vm exception",
            "execution reverted",
            "transaction reverted",
        ),
    ),
    (
        Reception.NONCE_USED,
        (
            "nonce too low",
            "nonce is too low",
            "nonce_too_low",
            "oldnonce",
            "old nonce",
            "below sender account nonce",
            "below current nonce",
        ),
    ),
    (
        Reception.NOT_NOW,
        (
            "nonce too high",
            "noncetoohigh",
            "nonce_too_high",
            "nonce gap",
            "noncegap",
            "nonce too far",
            "noncetoofar",
            "too distant",
            "lower nonce",
            "future transaction",
            "future nonce",
            "pool is full",
            "txpool full",
            "pool_full",
            "pool overflow",
            "account limit",
            "in-flight",
            "already reserved",
            "other type",
            "othertype",
            "spammer",
            "syncing",
            "syncinprogress",
            "indexing",
            "rate limit",
            "request limit",
            "limit exceeded",
            "too many",
            "busy",
            "try again",
            "timeout",
            "timed out",
            "not ready",
        ),
    ),
    (
        Reception.UNDERPRICED,
        (
            "underpriced",
            "fee too low",
            "feetoolow",
            "fee_too_low",
            "fee cap too low",
            "price too low",
            "price below",
            "is too low for the next block",
            "minimum gas price",
            "less than block base fee",
            "lower than the block base fee",
            "below current base fee",
            "below the current base fee",
            "max fee per gas less",
            "replacementnotallowed",
            "replacement not allowed",
            "is necessary to replace",
        ),
    ),
    (
        Reception.NO_FUNDS,
        (
            "insufficient fund",
            "insufficientfund",
            "upfront cost",
            "insufficient balance",
            "enough funds",
        ),
    ),
    (
        Reception.REFUSED,
        (
            "intrinsic gas",
            "intrinsicgas",
            "out of gas",
            "transaction requires at least",
            "exceeds the configured cap",
            "higher than max fee",
            "invalid sender",
            "failedtoresolvesender",
            "not authorized",
            "unauthorized",
            "permission",
            "oversized data",
            "rlp",
            "initcode",
            "type not supported",
            "unsupported transaction type",
            "unsupported tx type",
            "notsupportedtxtype",
            "replay-protected",
            "chain id",
            "chainid",
            "invalid signature",
            "pool not enabled",
            "method not found",
            "does not exist",
            "not available",
            "not whitelisted",
        ),
    ),
)


_NONCES = re.compile(r"account has nonce of: (\d{1,18}) tx has nonce of: (\d{1,18})")
"""Ganache has the same words for a nonce that is used and for one that comes too early."""


def reception_of(answer: object) -> Reception:
    """Read an endpoint's answer to a transaction."""
    if not isinstance(answer, RpcError):
        return Reception.TAKEN
    message = answer.message.lower()
    if numbers := _NONCES.search(message):
        account, transaction = map(int, numbers.groups())
        return Reception.NONCE_USED if transaction < account else Reception.NOT_NOW
    for reception, words in _WORDS:
        if any(word in message for word in words):
            return reception
    return Reception.STRANGE


def signed(
    account: Account, *, chain_id: int, nonce: int, fees: Fees, call: ContractCall | None
) -> Attempt:
    """Sign a call; without one, sign a transfer of nothing to oneself that only uses the nonce."""
    fields: dict[str, int | str | bytes] = {
        "chainId": chain_id,
        "nonce": nonce,
        "to": call.to if call else account.account,
        "value": call.value_wei if call else 0,
        "gas": call.gas if call else PLAIN_TRANSFER_GAS,
        "data": call.data if call else "0x",
        **_fee_fields(fees),
    }
    transaction = account.sign_transaction(fields)
    return Attempt(
        nonce=nonce,
        hash=transaction.hash,
        raw=transaction.raw,
        fee_wei=fees.fee_wei,
        tip_wei=fees.tip_wei,
        closes=call is None,
    )


def send(rpc: Rpc, attempts: Sequence[Attempt]) -> tuple[list[object], bool]:
    """Send transactions in this order; each answer is a hash or an `RpcError`.

    Beside them it says whether they were put to an endpoint before the answers came: then each may
    have been taken, whatever the answers are.

    Raises:
        ChainUnavailable: no endpoint answered, and each may or may not have been taken.
    """
    answers = rpc.batch([("eth_sendRawTransaction", ["0x" + a.raw.hex()]) for a in attempts])
    return answers, rpc.was_repeated


def _fee_fields(fees: Fees) -> Fields:
    if fees.legacy:
        return {"gasPrice": fees.fee_wei}
    return {"type": 2, "maxFeePerGas": fees.fee_wei, "maxPriorityFeePerGas": fees.tip_wei}
