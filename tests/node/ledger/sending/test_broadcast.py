"""What the common clients say to a transaction, in their own words: a table of meanings."""

import pytest

from node.ledger.chain.endpoint import RpcError
from node.ledger.sending.broadcast import Reception, reception_of

TAKEN, USED, NOT_NOW = Reception.TAKEN, Reception.NONCE_USED, Reception.NOT_NOW
CHEAP, POOR, NO = Reception.UNDERPRICED, Reception.NO_FUNDS, Reception.REFUSED

WORDS = {
    "geth": [
        ("already known", TAKEN),
        ("nonce too low: next nonce 5, tx nonce 3", USED),
        ("nonce too low", USED),
        ("nonce too high: address 0x00, tx: 9 state: 3", NOT_NOW),
        ("txpool is full", NOT_NOW),
        ("future transaction tries to replace pending", NOT_NOW),
        ("account limit exceeded", NOT_NOW),
        ("transaction indexing is in progress", NOT_NOW),
        ("replacement transaction underpriced", CHEAP),
        ("transaction underpriced: gas tip cap 1, minimum needed 1000000", CHEAP),
        ("max fee per gas less than block base fee: address 0x00, maxFeePerGas: 1", CHEAP),
        ("insufficient funds for gas * price + value: balance 0, tx cost 9, overshot 9", POOR),
        ("exceeds block gas limit", NO),
        ("intrinsic gas too low: have 1, want 21000", NO),
        ("max priority fee per gas higher than max fee per gas: address 0x00", NO),
        ("tx fee (1.20 ether) exceeds the configured cap (1.00 ether)", NO),
        ("only replay-protected (EIP-155) transactions allowed over RPC", NO),
        ("transaction type not supported", NO),
        ("invalid sender", NO),
        ("oversized data: transaction size 200000, limit 131072", NO),
        ("invalid chain id for signer: have 5 want 1", NO),
    ],
    "Erigon": [
        ("ALREADY_EXISTS: already known", TAKEN),
        ("existing tx with same hash", TAKEN),
        ("NonceTooLow: nonce too low", USED),
        ("pending sub-pool is full", NOT_NOW),
        ("Spammer", NOT_NOW),
        ("INTERNAL_ERROR: underpriced", CHEAP),
        ("FeeTooLow: fee too low", CHEAP),
        ("replacement transaction underpriced", CHEAP),
        ("insufficient funds", POOR),
        ("block gas limit exceeded", NO),
        ("intrinsic gas too low", NO),
        ("rlp too long", NO),
        ("max initcode size exceeded", NO),
    ],
    "Nethermind": [
        ("AlreadyKnown", TAKEN),
        ("OldNonce, Current nonce: 5, nonce of rejected tx: 3.", USED),
        ("NonceGap, Future nonce. Expected nonce: 5", NOT_NOW),
        ("NonceTooFarInFuture", NOT_NOW),
        ("PendingTxsOfOtherType", NOT_NOW),
        ("Syncing", NOT_NOW),
        ("FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7", CHEAP),
        ("FeeTooLowToCompete", CHEAP),
        ("ReplacementNotAllowed", CHEAP),
        ("InsufficientFunds, Account balance: 0, cumulative cost: 9", POOR),
        ("GasLimitExceeded, Gas limit: 30000000, gas limit of rejected tx: 90000000", NO),
        ("FailedToResolveSender", NO),
        ("NotSupportedTxType", NO),
    ],
    "Besu": [
        ("Known transaction", TAKEN),
        ("Nonce too low", USED),
        ("Transaction nonce is too distant from current sender nonce", NOT_NOW),
        ("An invalid transaction with a lower nonce exists", NOT_NOW),
        ("Gas price below configured minimum gas price", CHEAP),
        ("Gas price below current base fee", CHEAP),
        ("Replacement transaction underpriced", CHEAP),
        ("Upfront cost exceeds account balance", POOR),
        ("Transaction gas limit exceeds block gas limit", NO),
        ("Intrinsic gas exceeds gas limit", NO),
        ("Sender account not authorized to send transactions", NO),
        ("Transaction pool not enabled", NO),
    ],
    "Reth": [
        ("already known", TAKEN),
        ("nonce too low: next nonce 5, tx nonce 3", USED),
        ("nonce too high", NOT_NOW),
        ("txpool is full", NOT_NOW),
        ("transaction underpriced", CHEAP),
        ("replacement transaction underpriced", CHEAP),
        ("max fee per gas less than block base fee", CHEAP),
        ("insufficient funds for gas * price + value: have 0 want 9", POOR),
        ("exceeds block gas limit", NO),
        ("intrinsic gas too low", NO),
    ],
    "anvil": [
        ("transaction already imported", TAKEN),
        ("nonce too low", USED),
        ("nonce too high", NOT_NOW),
        ("replacement transaction underpriced", CHEAP),
        ("max fee per gas less than block base fee", CHEAP),
        ("Insufficient funds for gas * price + value", POOR),
        ("intrinsic gas too low", NO),
    ],
    "Ganache": [
        ("VM Exception while processing transaction: revert", TAKEN),
        ("the tx doesn't have the correct nonce. account has nonce of: 5 tx has nonce of: 3", USED),
        (
            "the tx doesn't have the correct nonce. account has nonce of: 3 tx has nonce of: 5",
            NOT_NOW,
        ),
        ("nonce too low", USED),
        ("transaction underpriced", CHEAP),
        ("insufficient funds for gas * price + value", POOR),
        (
            "sender doesn't have enough funds to send tx. The upfront cost is: 9 and the sender's"
            " account only has: 0",
            POOR,
        ),
        ("Exceeds block gas limit", NO),
        ("intrinsic gas too low", NO),
    ],
    "Hardhat": [
        ("Known transaction: 0x12", TAKEN),
        ("VM Exception while processing transaction: reverted with custom error 'A()'", TAKEN),
        ("Nonce too low. Expected nonce to be 5 but got 3.", USED),
        (
            "Nonce too high. Expected nonce to be 2 but got 5. Note that transactions can't be"
            " queued when automining.",
            NOT_NOW,
        ),
        (
            "Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 2 is"
            " necessary to replace the existing transaction with nonce 1.",
            CHEAP,
        ),
        (
            "Transaction maxFeePerGas (1) is too low for the next block, which has a"
            " baseFeePerGas of 7",
            CHEAP,
        ),
        (
            "Sender doesn't have enough funds to send tx. The max upfront cost is: 9 and the"
            " sender's balance is: 0.",
            POOR,
        ),
        ("Transaction gas limit is 9 and exceeds block gas limit of 8", NO),
        ("Transaction requires at least 21000 gas but got 1", NO),
    ],
    "gateways": [
        ("request limit reached", NOT_NOW),
        ("Too Many Requests", NOT_NOW),
        ("daily request count exceeded, request rate limited", NOT_NOW),
        ("the method eth_sendRawTransaction does not exist/is not available", NO),
        ("project ID does not have access to this network", Reception.STRANGE),
        ("Internal error", Reception.STRANGE),
        ("", Reception.STRANGE),
        ("unknown transaction type 9", NO),
    ],
}


@pytest.mark.parametrize(
    ("make", "message", "reception"),
    [(make, *told) for make, rows in WORDS.items() for told in rows],
)
def test_what_the_common_clients_say_is_understood(
    make: str, message: str, reception: Reception
) -> None:
    assert reception_of(RpcError(-32000, message, None)) is reception, make


def test_a_hash_is_a_yes() -> None:
    assert reception_of("0x12") is Reception.TAKEN
