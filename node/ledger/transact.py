"""Send one transaction and wait for it: for the operator's commands, not for a running node."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from node.core.errors import Refused
from node.ledger import answers as read
from node.ledger.calls import MOST_GAS
from node.ledger.fees import fair_gas_price, market_fees
from node.ledger.heads import head_of
from node.ledger.keys import Account, Fields
from node.ledger.rpc import Rpc, RpcError

WAIT_S = 300.0
_POLL_S = 0.05
_SLOW_POLL_S = 1.0
_MOST_FEE_WEI = 10**12


class Transactor:
    """Send as one account, each transaction after the one before is in a block."""

    def __init__(self, rpc: Rpc, account: Account, tell: Callable[[str], None]) -> None:
        self._rpc = rpc
        self._account = account
        self._tell = tell

    @property
    def account(self) -> str:
        """Give the sending account."""
        return self._account.account

    def send(self, what: str, to: str | None, data: str) -> Mapping[str, Any]:
        """Carry one call out, or deploy if `to` is None; return the receipt.

        Raises:
            Refused: the chain or the contract said no, or the wait ended.
            ChainUnavailable: no endpoint answered.
        """
        return self._send(what, self._fields(what, to, data))

    def _send(self, what: str, fields: Fields) -> Mapping[str, Any]:
        signed = self._account.sign_transaction(fields)
        try:
            self._rpc.call("eth_sendRawTransaction", "0x" + signed.raw.hex())
        except RpcError as error:
            if "known" not in error.message.lower():
                raise Refused("EndpointRefused", f"{what}: {error}") from error
        receipt = self._receipt(what, signed.hash)
        if receipt["status"] != "0x1":
            raise Refused("Reverted", f"{what}: transaction {signed.hash} was mined, and reverted")
        return receipt

    def send_rest(self, what: str, to: str) -> int:
        """Send all of the chain's coin, less the fee of sending it; return how many wei.

        Raises:
            Refused: the chain said no, or the wait ended.
            ChainUnavailable: no endpoint answered.
        """
        me = self._account.account
        gas = read.number(self._rpc.call("eth_estimateGas", {"from": me, "to": to}))
        # One price for all of it, so that nothing is left over; it may rise a little meanwhile.
        price_wei = read.number(self._rpc.call("eth_gasPrice")) * 5 // 4
        value_wei = read.number(self._rpc.call("eth_getBalance", me, "latest")) - gas * price_wei
        if value_wei <= 0:
            return 0
        self._send(
            what,
            {
                "chainId": self._rpc.chain_id or 0,
                "nonce": read.index(self._rpc.call("eth_getTransactionCount", me, "pending")),
                "to": to,
                "value": value_wei,
                "gas": gas,
                "gasPrice": price_wei,
            },
        )
        return value_wei

    def _fields(self, what: str, to: str | None, data: str) -> dict[str, int | str | bytes]:
        me = self._account.account
        call = {"from": me, "data": data} | ({"to": to} if to else {})
        try:
            gas = read.number(self._rpc.call("eth_estimateGas", call))
        except RpcError as error:
            refusal = error.refusal
            if refusal is None:
                raise Refused("EndpointRefused", f"{what}: {error}") from error
            raise Refused(refusal.name, f"{what}: {refusal.sentence}") from error
        block = head_of(self._rpc.call("eth_getBlockByNumber", "latest", False))
        fees = market_fees(
            gas_price_wei=fair_gas_price(
                gas_price_wei=read.number(self._rpc.call("eth_gasPrice")),
                base_fee_wei=block.base_fee_wei,
                balance_wei=read.number(self._rpc.call("eth_getBalance", me, "latest")),
            ),
            base_fee_wei=block.base_fee_wei,
            cap_wei=_MOST_FEE_WEI,
        )
        if fees is None:
            raise Refused("FeeAboveCap", f"{what}: the chain asks more than {_MOST_FEE_WEI} wei")
        fields: dict[str, int | str | bytes] = {
            "chainId": self._rpc.chain_id or 0,
            "nonce": read.index(self._rpc.call("eth_getTransactionCount", me, "pending")),
            "value": 0,
            "gas": min(gas * 5 // 4, MOST_GAS),
            "data": data,
        }
        if to is not None:
            fields["to"] = to
        if fees.legacy:
            return fields | {"gasPrice": fees.fee_wei}
        return fields | {
            "type": 2,
            "maxFeePerGas": fees.fee_wei,
            "maxPriorityFeePerGas": fees.tip_wei,
        }

    def _receipt(self, what: str, transaction: str) -> Mapping[str, Any]:
        began_s = time.monotonic()
        told_s = began_s
        while True:
            answer = self._rpc.call("eth_getTransactionReceipt", transaction)
            receipt = read.receipt(answer, transaction)
            if receipt is not None:
                return receipt
            now_s = time.monotonic()
            if now_s - began_s > WAIT_S:
                raise Refused(
                    "NotMined", f"{what}: {transaction} is in no block after {WAIT_S:.0f} s"
                )
            if now_s - told_s > 10:
                self._tell(f"{what}: waiting for a block since {now_s - began_s:.0f} s")
                told_s = now_s
            time.sleep(_POLL_S if now_s - began_s < 2 else _SLOW_POLL_S)
