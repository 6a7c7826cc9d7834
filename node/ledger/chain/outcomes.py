"""Ask what has become of transactions: in which block each is, and whether it succeeded there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from node.ledger.chain import answers as read
from node.ledger.chain.asking import Question

Mined = Mapping[str, read.Members]
"""What JSON-RPC tells of each transaction that is in a block, by its hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Hold which transactions are `mined`; of the `unanswered` the endpoint says nothing."""

    mined: Mined
    unanswered: frozenset[str]


NO_OUTCOMES = Outcomes(mined={}, unanswered=frozenset())


def outcomes_of(hashes: Sequence[str]) -> Question[Outcomes]:
    """Ask for the outcome of each transaction."""

    def outcomes(answers: Sequence[object]) -> Outcomes:
        return Outcomes(
            mined=read.outcomes(hashes, answers), unanswered=read.unanswered(hashes, answers)
        )

    calls = tuple(("eth_getTransactionReceipt", [transaction]) for transaction in hashes)
    return Question(calls, outcomes)
