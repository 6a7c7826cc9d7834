"""Follow the head of the chain: what is new, what was reorganised, how fast blocks come.

Decides from numbers and hashes alone; a removed log is never relied on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from node.ledger.chain import answers

WATCHED_BLOCKS = 64
"""A confirmed intent is watched for this many blocks."""

SHRUNK_AFTER_S = 10.0
"""A head below a known one is an endpoint that lags; after so long the chain itself is shorter."""

_WEIGHT = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Hold the part of a block's header that counts here; `base_fee_wei` None on legacy chains."""

    number: int
    hash: str
    parent: str
    timestamp_s: int
    base_fee_wei: int | None


class Follows(Enum):
    """Say how a head follows the one before."""

    SAME = "same"
    NEXT = "next"
    REORGANISED = "reorganised"
    LAGGING = "lagging"


def head_of(block: object) -> Head:
    """Read a header from JSON-RPC.

    Raises:
        ChainUnavailable: it is no header.
    """
    header = answers.block(block)
    base_fee = header.get("baseFeePerGas")
    return Head(
        number=answers.index(header["number"]),
        hash=header["hash"],
        parent=answers.word(header.get("parentHash")),
        timestamp_s=answers.index(header["timestamp"]),
        base_fee_wei=None if base_fee is None else answers.number(base_fee),
    )


class Heads:
    """Remember the newest blocks, and compare each new head with them."""

    def __init__(self) -> None:
        self.head: Head | None = None
        self._hashes: dict[int, str] = {}
        self._behind_since_s: float | None = None

    def follow(self, head: Head, now_s: float, hash_at: Callable[[int], str | None]) -> Follows:
        """Take a head in; `hash_at` asks the chain for the hash of an older block."""
        last = self.head
        step = Follows.NEXT if last is None else self._compare(last, head, now_s, hash_at)
        if step is Follows.LAGGING:
            return step
        self._behind_since_s = None
        if step is Follows.REORGANISED:
            self._hashes = {n: h for n, h in self._hashes.items() if n < head.number}
        if step is not Follows.SAME:
            self.head = head
            # The parent, too: an endpoint that is one block behind is no reorganisation.
            self._hashes |= {head.number - 1: head.parent, head.number: head.hash}
            oldest = head.number - WATCHED_BLOCKS
            self._hashes = {n: h for n, h in self._hashes.items() if n >= oldest}
        return step

    def _compare(
        self, last: Head, head: Head, now_s: float, hash_at: Callable[[int], str | None]
    ) -> Follows:
        if head.hash == last.hash:
            return Follows.SAME
        if head.number > last.number:
            known = head.parent if head.number == last.number + 1 else hash_at(last.number)
            return Follows.NEXT if known == last.hash else Follows.REORGANISED
        if head.number == last.number or self._hashes.get(head.number) != head.hash:
            return Follows.REORGANISED
        if self._behind_since_s is None:
            self._behind_since_s = now_s
        return (
            Follows.REORGANISED
            if now_s - self._behind_since_s > SHRUNK_AFTER_S
            else Follows.LAGGING
        )


class BlockPeriod:
    """Estimate the real seconds between blocks from when they arrive here.

    Until two have arrived, chain time and the calendar's speed give the first guess.
    """

    def __init__(self, calendar_speed: float) -> None:
        self.period_s = 0.0
        self._speed = calendar_speed
        self._last: tuple[int, float] | None = None
        self._made: tuple[int, float] | None = None
        self._measured = False

    def guess(self, newer: Head, older: Head) -> None:
        """Take the first guess from two blocks' chain times."""
        blocks = newer.number - older.number
        if blocks > 0 and not self._measured:
            self.period_s = max(0, newer.timestamp_s - older.timestamp_s) / blocks / self._speed

    def arrived(self, number: int, now_s: float) -> None:
        """Take a block's arrival, on the monotonic clock."""
        if self._last is not None and number > self._last[0]:
            blocks = number - self._last[0]
            each_s = (now_s - self._last[1]) / blocks
            # One look may bring several blocks: each counts, and the newest count most.
            weight = 1.0 - (1.0 - _WEIGHT) ** blocks
            self.period_s += (each_s - self.period_s) * (weight if self._measured else 1.0)
            self._measured = True
        self._last = (number, now_s)

    def made_at_s(self, timestamp_s: int, now_s: float) -> float:
        """Say since when a block that is seen now has been there, on the monotonic clock.

        A block is noticed late, each by another span. Taken as made when it is noticed, the chain's
        time would go back by the difference, over an interval's boundary too; so by the block
        before, it may have been made up to a period ago.
        """
        made_s = now_s
        if self._made is not None:
            before_s, before_made_s = self._made
            expected_s = before_made_s + (timestamp_s - before_s) / self._speed
            made_s = min(now_s, max(expected_s, now_s - self.period_s))
        self._made = (timestamp_s, made_s)
        return made_s
