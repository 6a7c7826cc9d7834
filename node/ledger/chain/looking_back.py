"""Search the chain's events backwards from its head, in spans that the endpoint can bear."""

from collections.abc import Callable, Sequence
from typing import Any

from node.core.errors import ChainUnavailable
from node.ledger.chain import answers as read
from node.ledger.chain.endpoint import Call, RpcError
from node.ledger.chain.heads import Head
from node.ledger.chain.rpc import AnswerTooLarge, Rpc

MOST_SEARCHES = 2_000
_FIRST_CHUNK_BLOCKS = 256
_MOST_CHUNK_BLOCKS = 8_192
_FEW_LOGS = 1_000

Filters = Sequence[dict[str, Any]]


def look_back(
    rpc: Rpc,
    head: Head,
    *,
    goes_on: Callable[[int], bool],
    filters: Callable[[int], Filters],
    take: Callable[[Sequence[Sequence[Any]]], None],
    closing: Callable[[], bool],
) -> None:
    """Ask for the events of one span of blocks after the other, newest span first.

    `goes_on` says whether another span is wanted after one that began at a chain time, `filters`
    what to ask of it, without the blocks; `take` is given their events, in that order.

    Raises:
        ChainUnavailable: the search could not be finished; it may be begun again.
    """
    last, low_s, chunk, searches = head.number, head.timestamp_s, _FIRST_CHUNK_BLOCKS, 0
    while last >= 0 and goes_on(low_s):
        if closing() or searches == MOST_SEARCHES:
            raise ChainUnavailable(f"the search for events ended at block {last}")
        searches += 1
        low = max(0, last - chunk + 1)
        span = {"fromBlock": hex(low), "toBlock": hex(last)}
        calls: list[Call] = [("eth_getLogs", [span | wanted]) for wanted in filters(low_s)]
        error: Exception | None
        try:
            *answers, block = rpc.batch([*calls, ("eth_getBlockByNumber", [hex(low), False])])
            error = next((answer for answer in answers if isinstance(answer, RpcError)), None)
        except AnswerTooLarge as too_large:
            error = too_large
        if error is not None:
            # Many endpoints bound the range of one search, each by another number.
            if last <= low:
                raise ChainUnavailable(f"{rpc.endpoint}: no events: {error}") from error
            chunk = max((last - low + 1) // 4, 1)
            continue
        found = [read.logs(answer) for answer in answers]
        take(found)
        # A pruned endpoint has no such block: nothing older can be searched there either.
        low_s = read.index(read.block(read.taken(block))["timestamp"]) if block else 0
        last = low - 1
        if sum(map(len, found)) < _FEW_LOGS:
            chunk = min(2 * chunk, _MOST_CHUNK_BLOCKS)
