"""Find out which transaction has used a nonce, from the chain alone.

An endpoint may count a transaction long before it shows the outcome. So a nonce that is used is no
sign that a stranger used it: only the stranger's own transaction is, and it bears this key's
signature, which no endpoint can make up.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from node.keys.account import Account
from node.keys.keccak import checksum_address
from node.keys.transactions import Fields
from node.ledger.chain import answers as read
from node.ledger.chain.endpoint import Call, RpcError
from node.ledger.chain.heads import Head
from node.ledger.chain.rpc import AnswerTooLarge, Rpc
from node.state.promise import Attempt

_DOUBLINGS = 40
"""The state of older blocks is asked for, each twice as far back: 2 ** 40 is beyond every chain."""


class Fate(Enum):
    """Say what used a nonce."""

    OURS = "ours"
    FOREIGN = "foreign"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Fates:
    """Look for what used one account's nonces; used from the ledger's thread alone.

    `ABSENT`: the endpoint knows none of the promise's transactions, and shows no other either.
    `UNKNOWN`: it could not say.
    """

    def __init__(self, rpc: Rpc, account: Account) -> None:
        self._rpc = rpc
        self._account = account

    def of(self, nonce: int, attempts: Sequence[Attempt], head: Head) -> Fate:
        """Say what used a nonce, which some of a promise's transactions were signed with.

        Raises:
            ChainUnavailable: no endpoint answered.
        """
        hashes = [attempt.hash for attempt in attempts if attempt.nonce == nonce]
        known = self._rpc.batch([("eth_getTransactionByHash", [h]) for h in hashes])
        if any(isinstance(answer, dict) for answer in known):
            return Fate.OURS
        if any(isinstance(answer, RpcError) for answer in known):
            return Fate.UNKNOWN
        try:
            found = self._used_by(nonce, head)
        except (RpcError, AnswerTooLarge):
            return Fate.ABSENT
        if found is None:
            return Fate.ABSENT
        if str(found.get("hash")).lower() in {h.lower() for h in hashes}:
            return Fate.OURS
        return Fate.FOREIGN if self._is_signed_here(found) else Fate.ABSENT

    def _used_by(self, nonce: int, head: Head) -> Mapping[str, Any] | None:
        number = self._block_of(nonce, head.number)
        if number is None:
            return None
        block = self._rpc.call("eth_getBlockByNumber", hex(number), True)
        if not isinstance(block, dict) or not isinstance(block.get("transactions"), list):
            return None
        me = self._account.account.lower()
        for transaction in block["transactions"]:
            if (
                isinstance(transaction, dict)
                and str(transaction.get("from")).lower() == me
                and read.index(transaction.get("nonce")) == nonce
            ):
                return transaction
        return None

    def _block_of(self, nonce: int, newest: int) -> int | None:
        """Find the block that used a nonce; None where the endpoint has no state that old."""
        steps = [newest - 2**n for n in range(_DOUBLINGS) if newest - 2**n > 0]
        numbers = [newest, *steps, 0]
        low: int | None = None
        high: int | None = None
        for number, answer in zip(numbers, self._rpc.batch(self._counts(numbers)), strict=True):
            if isinstance(answer, RpcError):
                break
            if read.index(answer) > nonce:
                high = number
            else:
                low = number
                break
        if low is None or high is None:
            return None
        while high - low > 1:
            middle = (low + high) // 2
            (answer,) = self._rpc.batch(self._counts([middle]))
            if isinstance(answer, RpcError):
                return None
            if read.index(answer) > nonce:
                high = middle
            else:
                low = middle
        return high

    def _counts(self, numbers: Sequence[int]) -> list[Call]:
        me = self._account.account
        return [("eth_getTransactionCount", [me, hex(number)]) for number in numbers]

    def _is_signed_here(self, transaction: Mapping[str, Any]) -> bool:
        """Say whether this key has signed it: the same fields, signed again, have the same hash."""
        try:
            signed = self._account.sign_transaction(_fields(transaction, self._rpc.chain_id or 0))
        except (LookupError, ValueError, TypeError, AttributeError):
            return False
        return signed.hash.lower() == str(transaction.get("hash")).lower()


def _fields(transaction: Mapping[str, Any], chain_id: int) -> Fields:
    fields: dict[str, int | str | bytes] = {
        "chainId": chain_id,
        "nonce": read.index(transaction["nonce"]),
        "value": read.number(transaction["value"]),
        "gas": read.index(transaction["gas"]),
        "data": str(transaction["input"]),
    }
    if transaction.get("to") is not None:
        fields["to"] = checksum_address(str(transaction["to"]))
    if read.index(transaction.get("type", "0x0")) == 2:
        return fields | {
            "type": 2,
            "maxFeePerGas": read.number(transaction["maxFeePerGas"]),
            "maxPriorityFeePerGas": read.number(transaction["maxPriorityFeePerGas"]),
        }
    return fields | {"gasPrice": read.number(transaction["gasPrice"])}
