"""Try intents on the chain before they cost anything, and ask why one failed afterwards.

A contract's refusal may end what is never tried again. So it is none if another endpoint's contract
does not refuse: then it is an endpoint's, which is of another moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from eth_abi.exceptions import EncodingError

from node.core.commands import Intent
from node.core.errors import Refusal
from node.ledger.chain import answers as read
from node.ledger.chain.endpoint import Call, RpcError
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.community import Contracts
from node.ledger.sending.intents import call_of
from node.ledger.sending.row import MOST_GAS, ContractCall

_REVERTED = Refusal(name="Reverted", sentence="the transaction was mined, and reverted")
_OUT_OF_GAS = Refusal(name="OutOfGas", sentence="the transaction used up its gas limit")
_INVALID_PARAMS = -32602
NO_VERDICT = ("EndpointRefused", "GasTooLow")
"""The names of refusals that are not a contract's: of another moment, or another endpoint."""


class Preflight:
    """Try calls from one account at the head of the chain."""

    def __init__(self, rpc: Rpc, contracts: Contracts, account: str) -> None:
        self._rpc = rpc
        self._contracts = contracts
        self._account = account
        self._names_block = True

    def check(self, intents: Sequence[Intent], fee_wei: int) -> list[ContractCall | Refusal]:
        """Give each intent's call, or why it must not be sent; one request in all.

        The account's balance has to cover all of them at `fee_wei` per gas.
        """
        built = [self._build(intent) for intent in intents]
        calls = [call for call in built if isinstance(call, ContractCall)]
        *answers, wei = self._estimate(calls)
        contradicted = self._contradicted(calls, answers)
        tried = [
            contradicted.get(place) or _tried(call, answer)
            for place, (call, answer) in enumerate(zip(calls, answers, strict=True))
        ]
        left_wei = 0 if isinstance(wei, RpcError) else read.number(wei)
        verdicts: list[ContractCall | Refusal] = []
        for call in built:
            if isinstance(call, ContractCall):
                call = tried.pop(0)
            if isinstance(call, ContractCall):
                needed_wei = call.gas * fee_wei + call.value_wei
                if needed_wei > left_wei:
                    call = _poor(left_wei, needed_wei)
                else:
                    left_wei -= needed_wei
            verdicts.append(call)
        return verdicts

    def untried(self, intent: Intent) -> ContractCall | None:
        """Give an intent's call as it is, when no endpoint could try it."""
        built = self._build(intent)
        return None if isinstance(built, Refusal) else built

    def why_reverted(self, intent: Intent | None, outcome: Mapping[str, Any]) -> Refusal:
        """Run a reverted transaction's call again, on the state before its block."""
        built = _REVERTED if intent is None else self._build(intent)
        if isinstance(built, Refusal):
            return built
        before = hex(max(0, int(outcome["blockNumber"], 16) - 1))
        (answer,) = self._rpc.batch([("eth_call", [self._transaction(built), before])])
        if isinstance(answer, RpcError) and answer.refusal is not None:
            return answer.refusal
        return _OUT_OF_GAS if int(outcome["gasUsed"], 16) >= built.gas else _REVERTED

    def _estimate(self, calls: Sequence[ContractCall]) -> list[Any]:
        """Ask for each call's gas and for the balance, all at the head.

        Without a block, some endpoints would try a call on top of what waits in their pool, where
        the very same purchase may be.
        """
        balance = ("eth_getBalance", [self._account, "latest"])
        answers = self._rpc.batch([*self._tries(calls), balance])
        refused = (a for a in answers if isinstance(a, RpcError))
        if self._names_block and any(error.code == _INVALID_PARAMS for error in refused):
            self._names_block = False
            return self._estimate(calls)
        return answers

    def _tries(self, calls: Sequence[ContractCall]) -> list[Call]:
        at = ["latest"] if self._names_block else []
        return [("eth_estimateGas", [self._transaction(call), *at]) for call in calls]

    def _contradicted(
        self, calls: Sequence[ContractCall], answers: Sequence[Any]
    ) -> dict[int, Refusal]:
        """Give what is to be said of the calls, by place, whose refusal another contradicts."""
        refused = {place: a.refusal for place, a in enumerate(answers) if isinstance(a, RpcError)}
        doubted = {place: why for place, why in refused.items() if why is not None}
        found: dict[int, Refusal] = {}
        if not doubted:
            return found
        for name, others in self._rpc.others(self._tries([calls[place] for place in doubted])):
            for (place, why), theirs in zip(doubted.items(), others, strict=True):
                if not isinstance(theirs, RpcError):
                    sentence = f"{self._rpc.endpoint} says {why.name}, and {name} does not"
                    found[place] = Refusal(name="EndpointRefused", sentence=sentence)
        return found

    def _build(self, intent: Intent) -> ContractCall | Refusal:
        try:
            return call_of(self._contracts, intent)
        except (ValueError, EncodingError) as error:
            return Refusal(name="IntentMalformed", sentence=str(error))

    def _transaction(self, call: ContractCall) -> dict[str, str]:
        return {
            "from": self._account,
            "to": call.to,
            "data": call.data,
            "value": hex(call.value_wei),
        }


def _tried(call: ContractCall, answer: Any) -> ContractCall | Refusal:  # noqa: ANN401 - JSON
    if isinstance(answer, RpcError):
        return answer.refusal or Refusal(name="EndpointRefused", sentence=str(answer))
    # The estimate is of the head's state; a quarter more covers what the next block changes.
    gas = max(call.gas, read.number(answer) * 5 // 4)
    return replace(call, gas=min(gas, MOST_GAS))


def _poor(balance_wei: int, needed_wei: int) -> Refusal:
    sentence = f"the account has {balance_wei} wei for gas, and may need {needed_wei}"
    return Refusal(name="GasTooLow", sentence=sentence)
