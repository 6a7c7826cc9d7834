"""A question to a contract, with what reads its answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Value_co = TypeVar("Value_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Ask(Generic[Value_co]):
    """Hold whom to ask, the call's data, and what makes a value of what a contract returns.

    `read` raises `UnexpectedAnswer` where nothing or something else came back.
    """

    to: str
    data: str
    read: Callable[[str], Value_co]
