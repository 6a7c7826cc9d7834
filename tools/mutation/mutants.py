"""Make the mutants of a source from the compiler's syntax tree: each a small, plausible mistake.

Relational and arithmetic operators, each operand of `&&` and `||`, each `require`, modifier,
assignment and call dropped, integer literals one more and one less, two like arguments swapped.
Whether a mutant compiles only the compiler can tell.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

Node = Mapping[str, Any]

_INSTEAD = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "/": ("*",),
    "%": ("/",),
    "<<": (">>",),
    ">>": ("<<",),
    "&": ("|",),
    "|": ("&",),
    "^": ("&",),
}
"""For an order its bound moved and its opposite; for the rest one that is like it."""

_SYMMETRIC = ("costUp", "proceedsDown", "_costUp", "_proceedsDown", "partDown", "min", "_least")
"""A product over a constant, or the lesser of two: the same whichever comes first."""

_GUARDED = re.compile(
    r"\brequire\b|\brevert\b|role|operator|owner|msg\.sender|_msgSender|token|balance|owed|"
    r"deposit|escrow|cost|paid|price|refund|credit|debit|money|mint|burn|transfer|value",
    re.IGNORECASE,
)
"""What no reason excuses: a refusal, who may do what, and whose money moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """Hold one change: in `source`, `length` bytes from `start` become `becomes`.

    `within` is the function (or what else is named) around it, `number` tells apart the same
    change at several places of it. `is_guarded` says that its line refuses, or moves money.
    """

    source: str
    within: str
    line: int
    start: int
    length: int
    kind: str
    was: str
    becomes: str
    number: int
    is_guarded: bool

    @property
    def name(self) -> str:
        """Name it alike for as long as its function stays as it is."""
        number = "" if self.number == 1 else f" #{self.number}"
        return f"{self.source} {self.within}: {_words(self.was)} -> {_words(self.becomes)}{number}"

    def applied(self, text: bytes) -> bytes:
        """Give the source with the change in it."""
        return text[: self.start] + self.becomes.encode() + text[self.start + self.length :]


def mutants_of(source: str, text: bytes, tree: Node) -> list[Mutant]:
    """Give every mutant of a source file, in the order of its lines."""
    found = {
        (one.start, one.length, one.becomes): one
        for one in _Reader(source, text).read(tree)
        if one.was != one.becomes
    }
    seen: Counter[str] = Counter()
    numbered = []
    for one in sorted(found.values(), key=lambda one: (one.start, one.length, one.becomes)):
        seen[one.name] += 1
        numbered.append(replace(one, number=seen[one.name]))
    return numbered


class _Reader:
    """Walk a syntax tree; offsets are bytes of the source."""

    def __init__(self, source: str, text: bytes) -> None:
        self._source = source
        self._text = text
        self._makers: Mapping[str, Callable[[Node], Iterator[tuple[str, Node, int, int, str]]]] = {
            "BinaryOperation": self._binary,
            "Assignment": self._compound,
            "UnaryOperation": self._unary,
            "ExpressionStatement": self._dropped,
            "EmitStatement": self._dropped,
            "ModifierInvocation": self._modifier,
            "Literal": self._literal,
            "FunctionCall": self._swapped,
        }

    def read(self, tree: Node) -> Iterator[Mutant]:
        """Give each mutant, those of one place once."""
        yield from self._walk(tree, "", tree)

    def _walk(self, node: object, within: str, statement: Node) -> Iterator[Mutant]:
        if isinstance(node, list):
            for one in node:
                yield from self._walk(one, within, statement)
            return
        if not isinstance(node, dict):
            return
        kind = node.get("nodeType", "")
        if kind in ("FunctionDefinition", "ModifierDefinition", "VariableDeclaration"):
            within = within or node.get("name") or node.get("kind", "")
        if kind.endswith("Statement") or kind in ("VariableDeclaration", "ModifierInvocation"):
            statement = node
        maker = self._makers.get(kind)
        if maker is not None:
            for what, line_of, start, length, becomes in maker(node):
                yield self._mutant(what, within, statement or line_of, start, length, becomes)
        for value in node.values():
            yield from self._walk(value, within, statement)

    def _mutant(
        self, kind: str, within: str, statement: Node, start: int, length: int, becomes: str
    ) -> Mutant:
        around, size = _place(statement)
        # Of a statement with a block, what stands before the block.
        head = self._text[around : around + size].split(b"{")[0].decode()
        return Mutant(
            source=self._source,
            within=within,
            line=self._text[:start].count(b"\n") + 1,
            start=start,
            length=length,
            kind=kind,
            was=self._text[start : start + length].decode(),
            becomes=becomes,
            number=1,
            is_guarded=bool(_GUARDED.search(head)),
        )

    def _binary(self, node: Node) -> Iterator[tuple[str, Node, int, int, str]]:
        left, right = node["leftExpression"], node["rightExpression"]
        operator = node["operator"]
        start, length = _place(node)
        if operator in ("&&", "||"):
            for kept in (left, right):
                yield "operand", node, start, length, self._of(kept)
            return
        begin = sum(_place(left))
        between = self._text[begin : _place(right)[0]]
        at = begin + between.index(operator.encode())
        for instead in _INSTEAD.get(operator, ()):
            yield "operator", node, at, len(operator), instead

    def _compound(self, node: Node) -> Iterator[tuple[str, Node, int, int, str]]:
        operator = node["operator"]
        begin = sum(_place(node["leftHandSide"]))
        at = begin + self._text[begin:].index(operator.encode())
        for instead in _INSTEAD.get(operator[:-1], ()):
            yield "operator", node, at, len(operator), f"{instead}="

    def _unary(self, node: Node) -> Iterator[tuple[str, Node, int, int, str]]:
        start, length = _place(node)
        operator, inner = node["operator"], self._of(node["subExpression"])
        if operator == "!":
            yield "operand", node, start, length, inner
        elif operator in ("++", "--"):
            other = "--" if operator == "++" else "++"
            text = f"{other}{inner}" if node["prefix"] else f"{inner}{other}"
            yield "operator", node, start, length, text

    def _dropped(self, node: Node) -> Iterator[tuple[str, Node, int, int, str]]:
        start, length = _place(node)
        called = node.get("expression", {}).get("expression", {}).get("name")
        # The semicolon stands outside of an expression's statement, and inside of an emission's.
        end = start + length + (self._text[start + length : start + length + 1] == b";")
        yield "require" if called == "require" else "dropped", node, start, end - start, "{}"

    def _modifier(self, node: Node) -> Iterator[tuple[str, Node, int, int, str]]:
        if node.get("kind") == "modifierInvocation":
            yield "modifier", node, *_place(node), ""

    def _literal(self, node: Node) -> Iterator[tuple[str, Node, int, int, str]]:
        if node.get("kind") != "number" or "." in node["value"]:
            return
        start, length = _place(node)
        text = self._text[start : start + length].decode()
        yield "literal", node, start, length, f"({text} + 1)"
        if re.search(r"[1-9a-f]", node["value"].removeprefix("0x"), re.IGNORECASE):
            yield "literal", node, start, length, f"({text} - 1)"

    def _swapped(self, node: Node) -> Iterator[tuple[str, Node, int, int, str]]:
        arguments = node["arguments"]
        called = node["expression"]
        if called.get("memberName", called.get("name")) in _SYMMETRIC:
            return
        for at, one in enumerate(arguments):
            kind = one["typeDescriptions"].get("typeString")
            alike = (a for a in arguments[at + 1 :] if a["typeDescriptions"]["typeString"] == kind)
            other = next(alike, None)
            if other is None or self._of(one) == self._of(other):
                continue
            start, end = _place(one)[0], sum(_place(other))
            between = self._text[sum(_place(one)) : _place(other)[0]].decode()
            swapped = f"{self._of(other)}{between}{self._of(one)}"
            yield "swapped", node, start, end - start, swapped

    def _of(self, node: Node) -> str:
        start, length = _place(node)
        return self._text[start : start + length].decode()


def _place(node: Node) -> tuple[int, int]:
    start, length, _ = node["src"].split(":")
    return int(start), int(length)


def _words(text: str) -> str:
    return f"`{' '.join(text.split())}`" if text not in ("", "{}") else "nothing"
