"""What a need may show that must never be."""

from dataclasses import dataclass
from enum import Enum


class Stuck(AssertionError):
    """Say that a need did not come to its end."""


class Wrong(Enum):
    """Name what must never be."""

    BOUGHT_TWICE = "double purchases"
    NOT_CONNECTED = "paid and not connected"
    READING_LOST = "readings lost"
    MONEY = "tokens not conserved"
    NOT_AT_REST = "contact not at rest"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Hold one finding, with its numbers."""

    wrong: Wrong
    sentence: str
