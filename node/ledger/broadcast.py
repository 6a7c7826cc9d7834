"""Sign a transaction, send it, and understand what the endpoint said to it."""

from collections.abc import Sequence
from enum import Enum

from node.ledger.calls import PLAIN_TRANSFER_GAS, ContractCall
from node.ledger.fees import Fees
from node.ledger.keys import Account, Fields
from node.ledger.rpc import Rpc, RpcError
from node.promise import Attempt


class Outcome(Enum):
    """Say what an endpoint did with a transaction."""

    TAKEN = "taken"
    NONCE_USED = "nonce used"
    UNDERPRICED = "underpriced"
    NO_FUNDS = "no funds"
    NOT_NOW = "not now"
    REFUSED = "refused"


# Endpoints agree on no code, only roughly on words: geth, erigon, besu, nethermind, reth, anvil.
_WORDS: tuple[tuple[Outcome, tuple[str, ...]], ...] = (
    (
        Outcome.TAKEN,
        (
            "already known",
            "known transaction",
            "already imported",
            "already exists",
            "alreadyknown",
        ),
    ),
    (Outcome.NONCE_USED, ("nonce too low", "nonce is too low", "nonce_too_low", "oldnonce")),
    (
        Outcome.UNDERPRICED,
        (
            "underpriced",
            "fee too low",
            "feetoolow",
            "price too low",
            "less than block base fee",
            "below current base fee",
            "max fee per gas less",
        ),
    ),
    (
        Outcome.NO_FUNDS,
        ("insufficient fund", "upfront cost", "insufficient balance", "insufficientfunds"),
    ),
    (
        Outcome.NOT_NOW,
        ("pool is full", "txpool full", "limit", "too many", "busy", "nonce too high", "nonce gap"),
    ),
)


def outcome_of(answer: object) -> Outcome:
    """Read an endpoint's answer to a transaction."""
    if not isinstance(answer, RpcError):
        return Outcome.TAKEN
    message = answer.message.lower()
    if "gas limit" in message:
        return Outcome.REFUSED
    for outcome, words in _WORDS:
        if any(word in message for word in words):
            return outcome
    return Outcome.REFUSED


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


def send(rpc: Rpc, attempts: Sequence[Attempt]) -> list[object]:
    """Send transactions in this order; each answer is a hash or an `RpcError`.

    Raises:
        ChainUnavailable: no endpoint answered, and each may or may not have been taken.
    """
    return rpc.batch([("eth_sendRawTransaction", ["0x" + a.raw.hex()]) for a in attempts])


def _fee_fields(fees: Fees) -> Fields:
    if fees.legacy:
        return {"gasPrice": fees.fee_wei}
    return {"type": 2, "maxFeePerGas": fees.fee_wei, "maxPriorityFeePerGas": fees.tip_wei}
