"""Say in one line why a home is worse off with the market than it would be without."""

from collections.abc import Callable, Iterable, Sequence

from node.core.units import format_tokens
from village.market.bills import Bill, Slice

_Measure = Callable[[Slice], int]


def why_lost(bill: Bill, slices: Iterable[Slice]) -> str:
    """Name what its lost intervals have in common, each with its energy and what it cost."""
    mine = [piece for piece in slices if piece.home == bill.home]
    causes = [
        said
        for measure, what in _CAUSES
        if (said := _cause([piece for piece in mine if measure(piece)], measure, what))
    ]
    sale = bill.sale + sum(gain_of(piece) for piece in mine if piece.trade is None)
    if sale < 0:
        causes.append(f"what it traded at the sale cost {format_tokens(-sale)} more than the grid")
    why = "; ".join(causes) or "its trades brought no more than rounding took"
    return f"{bill.home} lost {format_tokens(-bill.saving)}: {why}"


def _cause(pieces: Sequence[Slice], measure: _Measure, what: str) -> str:
    cost = -sum(map(gain_of, pieces))
    if cost <= 0:
        return ""
    energy, times = sum(map(measure, pieces)), len(pieces)
    often = "one interval" if times == 1 else f"{times} intervals"
    return f"it {what} by {energy} mWh in {often}, which cost {format_tokens(cost)}"


def gain_of(piece: Slice) -> int:
    """Give what an interval brought against the grid alone, without the sale's own money."""
    settled = piece.trade.settlement if piece.trade is not None else None
    return (settled.trade + settled.grid if settled else 0) + piece.ordinary - piece.without


def _undrawn(piece: Slice) -> int:
    trade = piece.trade
    return trade.filled_milliwh - trade.kept_milliwh if trade is not None and trade.is_bid else 0


def _undelivered(piece: Slice) -> int:
    trade = piece.trade
    if trade is None or trade.is_bid:
        return 0
    return trade.filled_milliwh - trade.kept_milliwh


_CAUSES: tuple[tuple[_Measure, str], ...] = (
    (_undrawn, "bought more than it used,"),
    (_undelivered, "sold more than it fed in,"),
    (lambda piece: piece.lost_milliwh, "fed in more than twice its order, unpaid,"),
)
