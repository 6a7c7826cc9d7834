"""Wait longer after each failure in a row; pass over a seller that failed for as long."""

from dataclasses import dataclass

_MOST_DOUBLINGS = 32
"""Beyond every longest pause; what fails for years would overflow a float."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOff:
    """Hold a seller's failures in a row and the monotonic instant until which it is passed over."""

    seller: str
    failures: int
    until_s: float


HoldOffs = tuple[HoldOff, ...]


def pause_after(failures: int, first: float, most: float) -> float:
    """Give the pause after so many failures in a row: twice the one before, up to `most`.

    `first` is the one after the first failure; before any it is half of that.
    """
    return min(most, first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))


def hold_off(
    hold_offs: HoldOffs, seller: str, now_s: float, first_s: float, most_s: float
) -> HoldOffs:
    """Count one more failure of a seller, which pauses it for longer than the one before."""
    failures = 1 + max((h.failures for h in hold_offs if h.seller == seller), default=0)
    pause_s = pause_after(failures, first_s, most_s)
    return (
        *forgive(hold_offs, seller),
        HoldOff(seller=seller, failures=failures, until_s=now_s + pause_s),
    )


def forgive(hold_offs: HoldOffs, seller: str) -> HoldOffs:
    """Forget a seller's failures, because it has delivered."""
    return tuple(h for h in hold_offs if h.seller != seller)


def left_s(hold_offs: HoldOffs, seller: str, now_s: float) -> float:
    """Give what is left of a seller's pause, 0 when there is none."""
    return max((h.until_s - now_s for h in hold_offs if h.seller == seller), default=0.0)
