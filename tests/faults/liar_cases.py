"""Name what a ledger asks an endpoint, and each way in which it is answered falsely."""

import random
from dataclasses import dataclass

from tests.parts.liar_gate import LIES

HOME_QUESTIONS = (
    "eth_chainId", "eth_gasPrice", "eth_getBalance", "eth_estimateGas", "eth_getLogs",
    "eth_getTransactionCount", "eth_getTransactionCount pending", "eth_getTransactionReceipt",
    "eth_getTransactionByHash", "eth_sendRawTransaction", "eth_getBlockByNumber",
    "eth_getBlockByNumber latest", "eth_getBlockByHash", "eth_call offers", "eth_call ordersOf",
    "eth_call lastNumber", "eth_call balanceOf", "eth_call lastReading", "eth_call meterOf",
)  # fmt: skip
UTILITY_QUESTIONS = (
    "eth_chainId", "eth_gasPrice", "eth_getBalance", "eth_getLogs", "eth_getTransactionCount",
    "eth_getTransactionCount pending", "eth_getBlockByNumber", "eth_getBlockByNumber latest",
    "eth_call utility", "eth_call balanceOf", "eth_call meterCount",
    "eth_call ownerOf", "eth_call meters", "eth_call tariffs", "eth_call tariffCount",
    "eth_call lastReading", "eth_call INTERVAL", "eth_call UNIT", "eth_call MARGIN",
    "eth_call GATE_LEAD", "eth_call LEAST_ENERGY", "eth_call READING_DEADLINE",
    "eth_call leaving",
)  # fmt: skip


ASKED_AT_START = frozenset(
    {
        ("home", "eth_chainId"), ("utility", "eth_chainId"), ("utility", "eth_call ownerOf"),
        ("utility", "eth_call meters"), ("utility", "eth_call tariffs"),
        ("utility", "eth_call tariffCount"), ("utility", "eth_call INTERVAL"),
        ("utility", "eth_call UNIT"), ("utility", "eth_call MARGIN"),
        ("utility", "eth_call GATE_LEAD"), ("utility", "eth_call LEAST_ENERGY"),
        ("utility", "eth_call READING_DEADLINE"),
    }
)  # fmt: skip
"""What is asked before the first view and seldom after it: it is lied to from the start on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Say who is lied to, about what, how, how long, and whether an honest endpoint stands by."""

    who: str
    question: str
    how: str
    for_ever: bool
    beside: bool

    def __str__(self) -> str:
        span = "for a while" if self.for_ever else "once"
        return f"{self.who}, {self.question}, {self.how}, {span}, {self._company}"

    @property
    def is_from_start(self) -> bool:
        """Say whether the lies begin before the ledger does."""
        return (self.who, self.question) in ASKED_AT_START

    @property
    def _company(self) -> str:
        return "beside an honest one" if self.beside else "alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Hold what became of a case: the lies told, all that was asked, how long it took, and what was
    wrong."""

    case: Case
    told: int
    asked: frozenset[str]
    healed_s: float
    wrong: str


def cases() -> list[Case]:
    """Give every case."""
    questions = [("home", q) for q in HOME_QUESTIONS] + [("utility", q) for q in UTILITY_QUESTIONS]
    return [
        Case(who=who, question=question, how=how, for_ever=for_ever, beside=beside)
        for who, question in questions
        for how in LIES
        for for_ever in (False, True)
        for beside in (True, False)
    ]


def one_of_each(seed: int) -> list[Case]:
    """Give one case of each question."""
    chance, found = random.Random(seed), dict[tuple[str, str], Case]()
    every = cases()
    chance.shuffle(every)
    for case in every:
        found.setdefault((case.who, case.question), case)
    return list(found.values())
