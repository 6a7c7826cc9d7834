"""Ask several things in one request and get values: each question carries what reads its answer."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar, overload

from node.core.errors import ChainUnavailable
from node.core.records import BlockStamp
from node.ledger.chain import answers as read
from node.ledger.chain.endpoint import Call, RpcError
from node.ledger.chain.heads import Head
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.ask import Ask

AT_ONCE = 200
"""Questions in one request, where there may be many."""

Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Question(Generic[Value_co]):
    """Hold some calls of a request, and what makes one value of their answers.

    `read` is given an `RpcError` for a refused call. It raises `ChainUnavailable` where it can make
    no value.
    """

    calls: tuple[Call, ...]
    read: Callable[[Sequence[Any]], Value_co]


@overload
def asked(rpc: Rpc, a: Question[A], /) -> tuple[A]: ...
@overload
def asked(rpc: Rpc, a: Question[A], b: Question[B], /) -> tuple[A, B]: ...
@overload
def asked(rpc: Rpc, a: Question[A], b: Question[B], c: Question[C], /) -> tuple[A, B, C]: ...
@overload
def asked(
    rpc: Rpc, a: Question[A], b: Question[B], c: Question[C], d: Question[D], /
) -> tuple[A, B, C, D]: ...
@overload
def asked(
    rpc: Rpc, a: Question[A], b: Question[B], c: Question[C], d: Question[D], e: Question[E], /
) -> tuple[A, B, C, D, E]: ...
@overload
def asked(
    rpc: Rpc,
    a: Question[A],
    b: Question[B],
    c: Question[C],
    d: Question[D],
    e: Question[E],
    f: Question[F],
    /,
) -> tuple[A, B, C, D, E, F]: ...
def asked(rpc: Rpc, /, *questions: Question[Any]) -> tuple[Any, ...]:
    """Ask all of it in one request; give the values in the questions' order.

    Raises:
        AnswerTooLarge: no endpoint answered, and one might have answered less.
        ChainUnavailable: no endpoint answered, or what it says is no answer.
    """
    whole = each(questions)
    return tuple(whole.read(rpc.batch(whole.calls) if whole.calls else ()))


def asked_in_parts(rpc: Rpc, questions: Sequence[Question[Value]]) -> list[Value]:
    """Ask many things alike, in requests of bounded size.

    Raises:
        ChainUnavailable: no endpoint answered, or what it says is no answer.
    """
    found: list[Value] = []
    for first in range(0, len(questions), AT_ONCE):
        (values,) = asked(rpc, each(questions[first : first + AT_ONCE]))
        found += values
    return found


def asked_now(rpc: Rpc, ask: Ask[Value]) -> Value:
    """Ask a contract one thing at the newest block.

    Raises:
        RpcError: it was refused.
        ChainUnavailable: no endpoint answered, or no such contract is there.
    """
    return ask.read(str(rpc.call("eth_call", {"to": ask.to, "data": ask.data}, "latest")))


def nothing(value: Value) -> Question[Value]:
    """Ask nothing, where this is the value."""
    return Question((), lambda _: value)


def at_block(ask: Ask[Value], at: str) -> Question[Value]:
    """Ask a contract at a block."""
    call: Call = ("eth_call", [{"to": ask.to, "data": ask.data}, at])
    return one(call, lambda answer: ask.read(str(answer)))


def one(call: Call, reader: Callable[[Any], Value]) -> Question[Value]:
    """Make a question of one call, which must not be refused."""
    return Question((call,), lambda answers: reader(read.taken(answers[0])))


def each(questions: Iterable[Question[Value]]) -> Question[list[Value]]:
    """Make one question of several."""
    parts = tuple(questions)

    def values(answers: Sequence[Any]) -> list[Value]:
        rest = iter(answers)
        return [part.read(list(islice(rest, len(part.calls)))) for part in parts]

    return Question(tuple(call for part in parts for call in part.calls), values)


def both(a: Question[A], b: Question[B], make: Callable[[A, B], Value]) -> Question[Value]:
    """Make one value of two questions'."""
    count = len(a.calls)

    def value(answers: Sequence[Any]) -> Value:
        return make(a.read(answers[:count]), b.read(answers[count:]))

    return Question((*a.calls, *b.calls), value)


def unless_refused(question: Question[Value]) -> Question[Value | None]:
    """Take a refusal for None: the contract knows of no such thing."""
    return or_else(None, question)


def or_else(otherwise: Value, question: Question[Value]) -> Question[Value]:
    """Take a refusal for a value."""

    def value(answers: Sequence[Any]) -> Value:
        if any(isinstance(answer, RpcError) for answer in answers):
            return otherwise
        return question.read(answers)

    return Question(question.calls, value)


def stamp_of(number: int) -> Question[BlockStamp]:
    """Ask for a block's hash and time."""

    def stamp(block: Any) -> BlockStamp:  # noqa: ANN401 - JSON has any type
        header = read.block(block)
        return BlockStamp(
            number=read.index(header["number"]),
            hash=header["hash"],
            timestamp_s=read.index(header["timestamp"]),
        )

    return one(("eth_getBlockByNumber", [hex(number), False]), stamp)


def still_at(head: Head) -> Question[None]:
    """Make sure that what is asked in the same request is of this very block."""

    def check(block: Any) -> None:  # noqa: ANN401 - JSON has any type
        if block is None or read.block(block)["hash"] != head.hash:
            raise ChainUnavailable(f"block {head.number} was replaced while it was read")

    return one(("eth_getBlockByNumber", [hex(head.number), False]), check)


def events_of(searches: Sequence[Call]) -> Question[list[read.Members] | RpcError]:
    """Make one question of searches for events; a refusal of any is the answer to all."""

    def value(answers: Sequence[Any]) -> list[read.Members] | RpcError:
        for answer in answers:
            if isinstance(answer, RpcError):
                return answer
        return [log for found in answers for log in read.logs(found)]

    return Question(tuple(searches), value)
