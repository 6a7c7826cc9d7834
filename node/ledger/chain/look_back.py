"""Search a chain's events back from its head, in spans as large as the endpoint takes."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node.core.errors import ChainUnavailable
from node.ledger.chain import answers as read
from node.ledger.chain.endpoint import Call, RpcError
from node.ledger.chain.heads import Head
from node.ledger.chain.rpc import AnswerTooLarge, Rpc

MOST_SEARCHES = 2_000
"""Requests of one search: three weeks of twelve-second blocks, a hundred at a time. An endpoint
that makes blocks up has no last one."""
_FEW_LOGS = 1_000
"""A span of fewer events may be followed by one of twice as many blocks."""

_log = logging.getLogger(__name__)

Log = Mapping[str, Any]
Filters = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Stride:
    """Say how many blocks the first span has, and how many one may have at most."""

    first_blocks: int
    most_blocks: int


OF_ONE = Stride(5_000, 5_000)
"""For the events of one account, which are few in any span."""
OF_ALL = Stride(256, 8_192)
"""For the events of a whole street."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Hold the events of one span, filter by filter, and the chain time of its first block."""

    of_filters: Sequence[Sequence[Log]]
    began_s: int

    @property
    def logs(self) -> list[Log]:
        """Give all of them."""
        return [log for logs in self.of_filters for log in logs]


def look_back(
    rpc: Rpc,
    head: Head,
    *,
    since_s: int,
    filters: Callable[[int], Filters],
    closing: Callable[[], bool],
    stride: Stride,
    first: int = 0,
    whole: bool = True,
) -> Iterator[Found]:
    """Give the events that match the filters, span by span, the newest first.

    It ends at the block `first`, or where blocks are older than `since_s` (chain time), unless
    whoever asks has had enough before. `filters` are told the time of the oldest block searched so
    far. A search that need not be `whole` ends after `MOST_SEARCHES` requests, too.

    Raises:
        ChainUnavailable: the search could not be finished; it may be begun again.
    """
    last, began_s, blocks, searches = head.number, head.timestamp_s, stride.first_blocks, 0
    while last >= first and began_s >= since_s:
        if searches == MOST_SEARCHES and not whole:
            _log.warning("events before block %d are not looked for: too many blocks", last)
            return
        if closing() or searches == MOST_SEARCHES:
            raise ChainUnavailable(f"the search for events ended at block {last}")
        searches += 1
        low = max(first, last - blocks + 1)
        found = _search(rpc, low, last, filters(began_s))
        if not isinstance(found, Found):
            # Many endpoints bound the range of one search, each by another number.
            if last <= low:
                raise ChainUnavailable(f"{rpc.endpoint}: no events: {found}") from found
            blocks = max((last - low + 1) // 4, 1)
            continue
        yield found
        began_s, last = found.began_s, low - 1
        if sum(map(len, found.of_filters)) < _FEW_LOGS:
            blocks = min(2 * blocks, stride.most_blocks)


def _search(rpc: Rpc, low: int, high: int, filters: Filters) -> Found | Exception:
    """Give a span's events, or why it is too much for the endpoint."""
    span = {"fromBlock": hex(low), "toBlock": hex(high)}
    calls: list[Call] = [("eth_getLogs", [{**span, **wanted}]) for wanted in filters]
    try:
        *answers, block = rpc.batch([*calls, ("eth_getBlockByNumber", [hex(low), False])])
    except AnswerTooLarge as error:
        return error
    for answer in (*answers, block):
        if isinstance(answer, RpcError):
            return answer
    # A pruned endpoint has no such block: nothing older can be searched there either.
    began_s = read.index(read.block(block)["timestamp"]) if block else 0
    return Found(of_filters=[read.logs(answer) for answer in answers], began_s=began_s)
