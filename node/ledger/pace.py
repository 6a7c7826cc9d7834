"""Say how soon to look at the chain again: often while something is pending, then less often."""

from collections.abc import Collection

from node.ledger.sending.promises import Track
from node.ledger.settings import LedgerSettings


def pause_s(
    settings: LedgerSettings, live: Collection[Track], block_period_s: float, now_s: float
) -> float:
    """Give the real seconds until the next look."""
    waiting = [track for track in live if not track.included]
    if live and not waiting:
        # In a block, but not deep enough: as often as blocks may come.
        return min(max(block_period_s / 4, settings.pending_poll_s), settings.poll_s)
    if not waiting:
        return settings.poll_s
    newest_s = max((t.sent_at_s for t in waiting if t.sent_at_s is not None), default=now_s)
    return min(max((now_s - newest_s) / 20, settings.pending_poll_s), settings.poll_s)
