"""What is known of a contract before it has an address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Hold what a contract is called, what it is put up with, and why it may refuse.

    `name` is its artifact's, and `key` the operator's word for it.

    `takes` names what its constructor is given, in order: another contract by its key, or what
    the operator says (`operator.deploy`). `repeated` names what of that homes' parameters say, too.
    `ties` are the other contracts that it holds for good, each with the question for its address;
    `told` what else was set for good: a sentence with a place for each question's number.

    `sentences` are by the refusal's name on chain, and are given its members. `since` is what it
    has answered or refused since strangers were kept out; None where any will do.
    """

    name: str
    key: str
    takes: tuple[str, ...]
    sentences: Mapping[str, Callable[..., str]]
    repeated: tuple[str, ...] = ()
    ties: Mapping[str, str] = field(default_factory=dict)
    told: tuple[str, tuple[str, ...]] = ("", ())
    since: str | None = None
