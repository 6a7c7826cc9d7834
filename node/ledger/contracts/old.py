"""Tell contracts of the old kind, on which a stranger could order for a home, by their code.

What a contract answers is named by four bytes, which stand in its code as they are for a function;
for a refusal the compiler shifts them, and leaves zeros at their end out.
"""

from functools import cache

from node.ledger.contracts.artifacts import artifact
from node.ledger.contracts.community import KNOWN

OLD_CONTRACT = "OldContract"
"""The name of the refusal to go on with one."""
MOVE = "nobody orders there any more: the street moves to new ones, as docs/move.md says"
"""What to do about it."""

_SINCE = {known.key: (known.name, known.since) for known in KNOWN if known.since is not None}


def is_of_old_kind(name: str, code: str) -> bool:
    """Say whether code, in hexadecimal, is that of a contract before strangers were kept out."""
    return name in _SINCE and _mark(name) not in code.lower()


@cache
def _mark(name: str) -> str:
    contract, answer = _SINCE[name]
    known = artifact(contract)
    entries = (*known.functions.values(), *known.errors.values())
    (entry,) = (entry for entry in entries if entry.name == answer)
    if entry.signature in known.functions:
        return entry.selector.hex()
    number = int.from_bytes(entry.selector, "big")
    while number % 2 == 0:
        number //= 2
    return f"{number:x}"
