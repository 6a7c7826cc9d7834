"""What is known of a contract before it has an address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Hold a contract's name, what the parameters call it, and in plain words why it may refuse.

    `sentences` are by the refusal's name on chain, and are given its members. `since` is what it
    has answered or refused since strangers were kept out; None where any will do.
    """

    name: str
    key: str
    sentences: Mapping[str, Callable[..., str]]
    since: str | None = None
