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
from node.ledger.chain.asking import Question, asked, each
from node.ledger.chain.endpoint import RpcError
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.community import Contracts
from node.ledger.sending.intents import call_of
from node.ledger.sending.row import MOST_GAS, ContractCall

_REVERTED = Refusal(name="Reverted", sentence="the transaction was mined, and reverted")
_OUT_OF_GAS = Refusal(name="OutOfGas", sentence="the transaction used up its gas limit")
_INVALID_PARAMS = -32602
NO_VERDICT = ("EndpointRefused", "GasTooLow")
"""The names of refusals that are not a contract's: of another moment, or another endpoint."""

GasOf = Mapping[ContractCall, int | RpcError]
"""The gas that each call was estimated to use, or the refusal of the estimate."""


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
        gas_of, left_wei = self._estimate([c for c in built if isinstance(c, ContractCall)])
        contradicted = self._contradicted(gas_of)
        verdicts: list[ContractCall | Refusal] = []
        for verdict in built:
            if isinstance(verdict, ContractCall):
                verdict = contradicted.get(verdict) or _tried(verdict, gas_of[verdict])
            if isinstance(verdict, ContractCall):
                needed_wei = verdict.gas * fee_wei + verdict.value_wei
                if needed_wei > left_wei:
                    verdict = _poor(left_wei, needed_wei)
                else:
                    left_wei -= needed_wei
            verdicts.append(verdict)
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
        again = Question((("eth_call", [self._transaction(built), before]),), _refusal_in)
        (why,) = asked(self._rpc, again)
        if why is not None:
            return why
        return _OUT_OF_GAS if int(outcome["gasUsed"], 16) >= built.gas else _REVERTED

    def _estimate(self, calls: Sequence[ContractCall]) -> tuple[GasOf, int]:
        """Ask for each call's gas and for the balance (wei), all at the head.

        Without a block, some endpoints would try a call on top of what waits in their pool, where
        the very same purchase may be.
        """
        balance = Question((("eth_getBalance", [self._account, "latest"]),), _number)
        tries = {call: self._try(call) for call in calls}
        answers, wei = asked(self._rpc, each(tries.values()), balance)
        refused = (answer for answer in (*answers, wei) if isinstance(answer, RpcError))
        if self._names_block and any(error.code == _INVALID_PARAMS for error in refused):
            self._names_block = False
            return self._estimate(calls)
        gas_of = dict(zip(tries, answers, strict=True))
        return gas_of, 0 if isinstance(wei, RpcError) else wei

    def _try(self, call: ContractCall) -> Question[int | RpcError]:
        at = ["latest"] if self._names_block else []
        return Question((("eth_estimateGas", [self._transaction(call), *at]),), _number)

    def _contradicted(self, gas_of: GasOf) -> dict[ContractCall, Refusal]:
        """Give what is to be said of the calls whose refusal another endpoint contradicts."""
        refused = {call: gas.refusal for call, gas in gas_of.items() if isinstance(gas, RpcError)}
        doubted = {call: why for call, why in refused.items() if why is not None}
        found: dict[ContractCall, Refusal] = {}
        if not doubted:
            return found
        asked_of_others = [tried for call in doubted for tried in self._try(call).calls]
        for name, others in self._rpc.others(asked_of_others):
            for (call, why), theirs in zip(doubted.items(), others, strict=True):
                if not isinstance(theirs, RpcError):
                    sentence = f"{self._rpc.endpoint} says {why.name}, and {name} does not"
                    found[call] = Refusal(name="EndpointRefused", sentence=sentence)
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


def _number(answers: Sequence[Any]) -> int | RpcError:
    (answer,) = answers
    return answer if isinstance(answer, RpcError) else read.number(answer)


def _refusal_in(answers: Sequence[Any]) -> Refusal | None:
    (answer,) = answers
    return answer.refusal if isinstance(answer, RpcError) else None


def _tried(call: ContractCall, gas: int | RpcError) -> ContractCall | Refusal:
    if isinstance(gas, RpcError):
        return gas.refusal or Refusal(name="EndpointRefused", sentence=str(gas))
    # The estimate is of the head's state; a quarter more covers what the next block changes.
    return replace(call, gas=min(max(call.gas, gas * 5 // 4), MOST_GAS))


def _poor(balance_wei: int, needed_wei: int) -> Refusal:
    sentence = f"the account has {balance_wei} wei for gas, and may need {needed_wei}"
    return Refusal(name="GasTooLow", sentence=sentence)
