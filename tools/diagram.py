"""Draw the supply's states in `docs/decide.md` from the table that the program goes by.

    python -m tools.diagram [--check]

What stands between the two marks is written anew: a diagram whose arrows carry the causes, and a
table that says what each of them is. `--check` writes nothing, and ends with 1 where the page is
another one.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from node.core.supply.state import Cause, Mode
from node.core.supply.transitions import SENTENCES, transitions

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/decide.md"
BEGIN = "<!-- python -m tools.diagram writes from here -->\n"
END = "<!-- to here -->\n"


def diagram() -> str:
    """Draw the moves; a cause that finds the home where it leads to is not drawn."""
    arrows: dict[tuple[Mode, Mode], list[Cause]] = {}
    for row in transitions():
        if row.after is not row.before:
            arrows.setdefault((row.before, row.after), []).append(row.cause)
    lines = ["stateDiagram-v2", f"    [*] --> {Mode.OWN_SOURCE.value}"]
    lines += [
        f"    {before.value} --> {after.value}: {', '.join(map(_said, causes))}"
        for (before, after), causes in arrows.items()
    ]
    return "\n".join(["```mermaid", *lines, "```", ""])


def table() -> str:
    """Write what each cause is, and from where to where it leads."""
    return "\n".join(
        ["| cause | what it is | from | to |", "| --- | --- | --- | --- |", *_rows(), ""]
    )


def page(text: str) -> str:
    """Give a page with its part between the marks written anew; without a mark, a ValueError."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks the mark {(BEGIN if not begin else END).strip()}")
    return f"{head}{BEGIN}\n{diagram()}\n{table()}\n{END}{tail}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(prog="python -m tools.diagram", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    options = parser.parse_args(arguments)
    text = PAGE.read_text(encoding="utf-8")
    if not options.check:
        PAGE.write_text(page(text), encoding="utf-8")
    elif page(text) != text:
        print(f"{PAGE.relative_to(ROOT)} is not what the table says: run python -m tools.diagram")
        return 1
    return 0


def _rows() -> Iterator[str]:
    for cause, sentence in SENTENCES.items():
        ways = [row for row in transitions() if row.cause is cause]
        befores = {row.before for row in ways}
        begins = "each" if befores == set(Mode) else ", ".join(_quoted(row.before) for row in ways)
        (leads,) = {row.after for row in ways}
        yield f"| {_said(cause)} | {sentence} | {begins} | {_quoted(leads)} |"


def _said(cause: Cause) -> str:
    return cause.value.replace("_", " ")


def _quoted(mode: Mode) -> str:
    return f"`{mode.value}`"


if __name__ == "__main__":
    sys.exit(main())
