"""Say whose promises a journal holds: of which chain, since which first block, with which key."""

from node.ledger.settings import CHAIN_KEY
from node.state.file import JournalUnwritable
from node.state.journal import Journal

PRUNED = "pruned"
"""Stands for the first block of an endpoint that does not show it."""


def text_of(chain_id: int | None, origin: str, who: str) -> str:
    """Write it for the journal."""
    return f"{chain_id} {origin} {who}"


def kept_chain(journal: Journal) -> str | None:
    """Give what a journal has kept; None where it cannot be read."""
    try:
        return journal.get(CHAIN_KEY)
    except JournalUnwritable:
        return None


def chain_id_of(kept: str | None) -> int | None:
    """Give the chain's id that a journal has kept, if it has."""
    first = (kept or "").partition(" ")[0]
    return int(first) if first.isascii() and first.isdigit() else None


def is_same(kept: str, now: str) -> bool:
    """Say whether two texts may be of the same chain and key; `PRUNED` contradicts nothing."""
    (kept_id, _, kept_rest), (now_id, _, now_rest) = kept.partition(" "), now.partition(" ")
    (kept_origin, _, kept_who) = kept_rest.partition(" ")
    (now_origin, _, now_who) = now_rest.partition(" ")
    same_origin = kept_origin == now_origin or PRUNED in (kept_origin, now_origin)
    return kept_id == now_id and kept_who == now_who and same_origin


def is_same_key(kept: str, now: str) -> bool:
    """Say whether two texts are of the same key, which no endpoint has a say in."""
    return kept.rpartition(" ")[2] == now.rpartition(" ")[2]
