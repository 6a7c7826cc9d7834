"""Send one transaction and wait for it: for the operator's commands, not for a running node."""

import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from node.core.errors import ChainUnavailable, NodeError, Refused, TransientError
from node.keys.account import Account
from node.keys.keccak import keccak256
from node.keys.transactions import Fields
from node.ledger.chain import answers as read
from node.ledger.chain.endpoint import RpcError
from node.ledger.chain.fees import fair_gas_price, market_fees
from node.ledger.chain.heads import head_of
from node.ledger.chain.rpc import Rpc
from node.ledger.operator.unseen import Sent, Unseen
from node.ledger.sending.broadcast import Reception, reception_of
from node.ledger.sending.fate import Fate, Fates
from node.ledger.sending.row import MOST_GAS
from node.state.promise import Attempt

WAIT_S = 300.0
_POLL_S = 0.05
_SLOW_POLL_S = 1.0
_TELL_EVERY_S = 10.0
_SEND_EVERY_S = 10.0
_MOST_FEE_WEI = 10**12


class SentNotSeen(NodeError):
    """Say that a transaction was sent and is in no block yet: it may still come into one."""

    def __init__(self, what: str, transaction: str) -> None:
        super().__init__(
            f"{what}: sent, not seen yet: {transaction} (run the same command again to look for it;"
            " nothing is sent anew)"
        )


class _Nothing(Exception):
    """Say that there is nothing left to send."""


class Transactor:
    """Send as one account, each transaction after the one before is in a block."""

    def __init__(self, rpc: Rpc, account: Account, tell: Callable[[str], None]) -> None:
        self._rpc = rpc
        self._account = account
        self._tell = tell
        self._unseen = Unseen(account.path, tell)

    @property
    def account(self) -> str:
        """Give the sending account."""
        return self._account.account

    def send(self, what: str, to: str | None, data: str) -> Mapping[str, Any]:
        """Carry one call out, or deploy if `to` is None; return the outcome.

        What an earlier call of the same has sent is looked for, and not sent anew.

        Raises:
            Refused: the chain or the contract said no before anything was sent, or it reverted.
            SentNotSeen: it was sent, and is in no block yet.
            ChainUnavailable: no endpoint answered, and nothing was sent.
        """
        call = f"{what} {to} {keccak256(data.encode()).hex()}"
        _, outcome = self._carry_out(what, call, lambda: self._fields(what, to, data))
        return outcome

    def _carry_out(
        self, what: str, call: str, fields_of: Callable[[], Fields]
    ) -> tuple[Sent, Mapping[str, Any]]:
        chain_id = read.index(self._rpc.call("eth_chainId"))
        sent = self._unseen.find(chain_id, self.account, call)
        if sent is not None:
            self._tell(f"{what}: {sent.hash} was sent before; it is looked for")
        else:
            fields = fields_of()
            signed = self._account.sign_transaction(fields)
            sent = Sent(
                chain_id=chain_id,
                account=self.account,
                call=call,
                nonce=int(fields["nonce"]),
                hash=signed.hash,
                raw="0x" + signed.raw.hex(),
                value_wei=int(fields["value"]),
            )
            self._unseen.add(sent)
            self._send_first(what, sent)
        outcome = self._outcome(what, sent)
        self._unseen.drop(sent)
        if read.index(outcome["status"]) != 1:
            raise Refused("Reverted", f"{what}: transaction {sent.hash} was mined, and reverted")
        return sent, outcome

    def _send_first(self, what: str, sent: Sent) -> None:
        """Send for the first time; only a plain no of the first endpoint asked is a refusal."""
        try:
            self._rpc.call("eth_sendRawTransaction", sent.raw)
        except ChainUnavailable as error:
            self._tell(f"{what}: {sent.hash} may have been sent: {error}")
        except RpcError as error:
            reception = reception_of(error)
            is_final = (
                reception in (Reception.REFUSED, Reception.NO_FUNDS) and not self._rpc.was_repeated
            )
            if is_final:
                self._unseen.drop(sent)
                raise Refused("EndpointRefused", f"{what}: {error}") from error
            if reception is not Reception.TAKEN:
                self._tell(f"{what}: the endpoint says: {error}")

    def send_rest(self, what: str, to: str) -> int:
        """Send all of the chain's coin, less the fee of sending it; return how many wei.

        Raises:
            Refused: the chain said no, or the wait ended.
            ChainUnavailable: no endpoint answered.
        """
        try:
            sent, _ = self._carry_out(what, f"{what} {to} all", lambda: self._rest(to))
        except _Nothing:
            return 0
        return sent.value_wei

    def _rest(self, to: str) -> Fields:
        me = self._account.account
        gas = read.number(self._rpc.call("eth_estimateGas", {"from": me, "to": to}))
        # One price for all of it, so that nothing is left over; it may rise a little meanwhile.
        price_wei = read.number(self._rpc.call("eth_gasPrice")) * 5 // 4
        value_wei = read.number(self._rpc.call("eth_getBalance", me, "latest")) - gas * price_wei
        if value_wei <= 0:
            raise _Nothing
        return {
            "chainId": self._rpc.chain_id or 0,
            "nonce": read.index(self._rpc.call("eth_getTransactionCount", me, "pending")),
            "to": to,
            "value": value_wei,
            "gas": gas,
            "gasPrice": price_wei,
        }

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

    def _outcome(self, what: str, sent: Sent) -> Mapping[str, Any]:
        """Wait for the outcome; meanwhile an error is no answer, and the same bytes go out again.

        Raises:
            Refused: another transaction of the account is proven to have taken its place.
            SentNotSeen: the wait ended.
        """
        began_s = told_s = sent_s = time.monotonic()
        while True:
            outcome = self._look(sent)
            if outcome is not None:
                return outcome
            now_s = time.monotonic()
            if now_s - began_s > WAIT_S:
                raise SentNotSeen(what, sent.hash)
            if now_s - told_s > _TELL_EVERY_S:
                self._tell(f"{what}: waiting for a block since {now_s - began_s:.0f} s")
                told_s = now_s
            if now_s - sent_s > _SEND_EVERY_S:
                self._ensure_not_overtaken(what, sent)
                with contextlib.suppress(TransientError):
                    self._rpc.call("eth_sendRawTransaction", sent.raw)
                sent_s = now_s
            time.sleep(_POLL_S if now_s - began_s < 2 else _SLOW_POLL_S)

    def _look(self, sent: Sent) -> Mapping[str, Any] | None:
        with contextlib.suppress(TransientError):
            return read.outcome(self._rpc.call("eth_getTransactionReceipt", sent.hash), sent.hash)
        return None

    def _ensure_not_overtaken(self, what: str, sent: Sent) -> None:
        with contextlib.suppress(TransientError):
            head = head_of(self._rpc.call("eth_getBlockByNumber", "latest", False))
            count = self._rpc.call("eth_getTransactionCount", self.account, hex(head.number))
            if read.index(count) <= sent.nonce:
                return
            attempt = Attempt(
                nonce=sent.nonce, hash=sent.hash, raw=b"", fee_wei=0, tip_wei=0, closes=False
            )
            if Fates(self._rpc, self._account).of(sent.nonce, [attempt], head) is Fate.FOREIGN:
                self._unseen.drop(sent)
                raise Refused(
                    "Overtaken",
                    f"{what}: another transaction of this account took the place of {sent.hash};"
                    " run it again to send it anew",
                )
