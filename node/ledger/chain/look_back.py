"""Search a chain's events back from its head, in spans as large as the endpoint takes."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from node.core.errors import ChainUnavailable
from node.ledger.chain import answers as read
from node.ledger.chain.endpoint import RpcError
from node.ledger.chain.heads import Head
from node.ledger.chain.rpc import AnswerTooLarge, Rpc

MOST_SEARCHES = 2_000
"""Requests of one search: three weeks of twelve-second blocks, a hundred at a time. An endpoint
that makes blocks up has no last one."""
_CHUNK_BLOCKS = 5_000

_log = logging.getLogger(__name__)

Log = Mapping[str, Any]


def look_back(
    rpc: Rpc,
    head: Head,
    *,
    first: int,
    since_s: int,
    filters: Sequence[Mapping[str, object]],
    take: Callable[[Sequence[Log]], None],
    closing: Callable[[], bool],
) -> None:
    """Hand over the events that match the filters, newest span first.

    The search ends at the block `first`, or where blocks are older than `since_s` (chain time).

    Raises:
        ChainUnavailable: the search could not be finished; it may be begun again.
    """
    last, chunk, searches = head.number, _CHUNK_BLOCKS, 0
    while last >= first and not closing():
        if searches == MOST_SEARCHES:
            _log.warning("events before block %d are not looked for: too many blocks", last)
            break
        searches += 1
        low = max(first, last - chunk + 1)
        try:
            logs, oldest_s = _search(rpc, low, last, filters)
        except (RpcError, AnswerTooLarge) as error:
            # Many endpoints bound the range of one search, each by another number.
            if last <= low:
                raise ChainUnavailable(f"{rpc.endpoint}: no events: {error}") from error
            chunk = max((last - low + 1) // 4, 1)
            continue
        take(logs)
        if oldest_s < since_s:
            break
        last = low - 1


def _search(
    rpc: Rpc, low: int, high: int, filters: Sequence[Mapping[str, object]]
) -> tuple[Sequence[Log], int]:
    """Give a span's events and its first block's time."""
    span = {"fromBlock": hex(low), "toBlock": hex(high)}
    answers = rpc.batch(
        [
            *(("eth_getLogs", [{**span, **wanted}]) for wanted in filters),
            ("eth_getBlockByNumber", [hex(low), False]),
        ]
    )
    for answer in answers:
        if isinstance(answer, RpcError):
            raise answer
    block = answers.pop()
    logs = [log for found in answers for log in read.logs(found)]
    # A pruned endpoint has no such block: nothing older can be searched there either.
    return logs, read.index(read.block(block)["timestamp"]) if block else 0
