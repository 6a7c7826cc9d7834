"""The one tree of errors; the blame is in the type.

    NodeError
      ConfigError          ours: the parameters are wrong; every problem at once, exit 78
      DeviceError          theirs: a sensor is absent, stale or implausible
      TransientError       not now: try again next cycle
        ChainUnavailable
        RelayUnavailable
        BrokerUnavailable
      Refused              theirs: the other side said no, by name
      InterlockViolation   ours: a bug; stop, rest, restart
      NoSuchMove           ours: a bug; the home rests, and goes on

A loop turns DeviceError, TransientError and Refused into facts. Everything else ends the
process with its contacts at rest, and systemd starts it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class NodeError(Exception):
    """Stand at the root of every error that is Peerwatt's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Name one thing wrong with the parameters: where, what was found, what would do."""

    path: str
    value: str
    bound: str

    def __str__(self) -> str:
        return f"{self.path}: {self.value} ({self.bound})"


class ConfigError(NodeError, ValueError):
    """List everything that is wrong with the parameters."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DeviceError(NodeError, OSError):
    """Say that a sensor did not give a usable value."""


class TransientError(NodeError):
    """Say that something outside is away for now."""


class ChainUnavailable(TransientError):
    """Say that no RPC endpoint answered."""


class RelayUnavailable(TransientError):
    """Say that the relay server did not answer."""


class BrokerUnavailable(TransientError):
    """Say that the broker did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Say no, by name, with the facts in one plain sentence."""

    name: str
    sentence: str


class Refused(NodeError):
    """Carry another party's refusal: its name, and its sentence."""

    def __init__(self, name: str, sentence: str) -> None:
        self.name = name
        self.sentence = sentence
        super().__init__(f"{name}: {sentence}")


class InterlockViolation(NodeError):
    """Say that a rule of the contacts was about to be broken by our own code."""


class NoSuchMove(NodeError):
    """Say that our own code asked for a change of the supply state that is in no table."""
