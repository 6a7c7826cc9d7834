"""Load a contract as it was built, and turn its calls, results, events and errors into bytes.

A function is named by its whole signature, because `approveAndCall` is overloaded.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from node.core.errors import ChainUnavailable
from node.keys.keccak import keccak256
from node.ledger.contracts.ask import Ask

SELECTOR_BYTES = 4

Value = TypeVar("Value")


class UnexpectedAnswer(ChainUnavailable):
    """Say that what stands at an address does not answer as its contract would."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one function, event or error: its signature, its selector, and its types."""

    signature: str
    selector: bytes
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def name(self) -> str:
        """Give the name without its types."""
        return self.signature.partition("(")[0]


@dataclass(frozen=True, slots=True)
class Artifact:
    """Hold one contract's bytecode and entries; errors are found by selector."""

    name: str
    bytecode: bytes
    constructor: tuple[str, ...]
    functions: Mapping[str, Entry]
    events: Mapping[str, Entry]
    errors: Mapping[bytes, Entry]

    def call_data(self, signature: str, *arguments: object) -> str:
        """Return a call's data as 0x-hexadecimal."""
        entry = self.functions[signature]
        return "0x" + (entry.selector + encode(entry.inputs, arguments)).hex()

    def ask(
        self, to: str, make: Callable[..., Value], signature: str, *arguments: object
    ) -> Ask[Value]:
        """Ask a contract at an address; `make` is given the members of what a view returns."""
        return Ask(
            to,
            self.call_data(signature, *arguments),
            lambda answer: make(*self.results(signature, answer)),
        )

    def results(self, signature: str, answer: str) -> tuple[Any, ...]:
        """Decode what a view returned.

        Raises:
            UnexpectedAnswer: nothing or something else came back.
        """
        entry = self.functions[signature]
        try:
            return decode(entry.outputs, bytes.fromhex(answer[2:]))
        except (DecodingError, ValueError, TypeError, OverflowError):
            raise UnexpectedAnswer(
                f"{self.name}.{entry.name} did not answer: no such contract is at its address"
            ) from None

    def event(self, signature: str, log: Mapping[str, Any], indexed: int) -> tuple[Any, ...]:
        """Decode an event's members, its `indexed` ones first.

        Raises:
            LookupError: the log has no topics or no data.
            ValueError: its topics are too few or too many.
            DecodingError: a member is not of its type.
        """
        types, topics = self.events[signature].inputs, log["topics"][1:]
        if len(topics) != indexed:
            raise ValueError(f"{self.name}.{signature} has {indexed} indexed members")
        words = b"".join(bytes.fromhex(str(topic)[2:]) for topic in topics)
        data = bytes.fromhex(str(log["data"])[2:])
        return (*decode(types[:indexed], words), *decode(types[indexed:], data))

    def deployment_data(self, *arguments: object) -> str:
        """Return the data of the transaction that deploys the contract."""
        return "0x" + (self.bytecode + encode(self.constructor, arguments)).hex()


@cache
def artifact(name: str) -> Artifact:
    """Load one contract from `contracts/abi`."""
    text = (resources.files("contracts") / "abi" / f"{name}.json").read_text(encoding="utf-8")
    built = json.loads(text)
    entries: list[Mapping[str, Any]] = built["abi"]
    constructors = [entry["inputs"] for entry in entries if entry["type"] == "constructor"]
    return Artifact(
        name=name,
        bytecode=bytes.fromhex(built["bytecode"].removeprefix("0x")),
        constructor=_types(constructors[0] if constructors else ()),
        functions={e.signature: e for e in _entries(entries, "function")},
        events={e.signature: e for e in _entries(entries, "event")},
        errors={e.selector: e for e in _entries(entries, "error")},
    )


def topic_of(entry: Entry) -> str:
    """Give an event's first topic."""
    return "0x" + keccak256(entry.signature.encode()).hex()


def _entries(entries: Sequence[Mapping[str, Any]], kind: str) -> Sequence[Entry]:
    return [_entry(entry) for entry in entries if entry["type"] == kind]


def _entry(entry: Mapping[str, Any]) -> Entry:
    inputs = _types(entry["inputs"])
    signature = f"{entry['name']}({','.join(inputs)})"
    selector = keccak256(signature.encode())[:SELECTOR_BYTES]
    return Entry(signature, selector, inputs, _types(entry.get("outputs", ())))


def _types(members: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(_type(member) for member in members)


def _type(member: Mapping[str, Any]) -> str:
    kind = str(member["type"])
    if kind.startswith("tuple"):
        return f"({','.join(_types(member['components']))}){kind.removeprefix('tuple')}"
    return kind
