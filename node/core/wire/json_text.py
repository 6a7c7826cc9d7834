"""Read JSON that anybody may have written, no deeper than a reader's stack allows.

The parser of the standard library goes one call deeper for each bracket. What runs on a stack that
is nearly full fails by chance: a finalizer, a handler of a log. So depth is bounded before it.
"""

import json
import re
from typing import Any

MOST_DEPTH = 100
"""Several times what any text of ours or of an endpoint needs."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def read_json(text: str | bytes) -> Any:  # noqa: ANN401 - JSON has any type
    """Read a JSON text.

    Raises:
        ValueError: it is none, is not UTF-8, or is nested too deeply.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig")
    if text.count("[") + text.count("{") > MOST_DEPTH:
        _ensure_not_deep(text.encode("utf-8", "replace"))
    return json.loads(text)


def _ensure_not_deep(octets: bytes) -> None:
    brackets = _STRING.sub(b"", octets).translate(None, _NO_BRACKETS)
    # Each pass takes one level away, or two of different kinds: what is left was deeper.
    for _ in range(MOST_DEPTH):
        fewer = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if fewer == brackets:
            break
        brackets = fewer
    if len(brackets) > MOST_DEPTH:
        raise ValueError(f"nested more than {MOST_DEPTH} deep")
