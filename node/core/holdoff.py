"""Pass over a seller that failed, for pauses that grow with each failure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOff:
    """Hold a seller's failures in a row and the monotonic instant until which it is passed over."""

    seller: str
    failures: int
    until_s: float


HoldOffs = tuple[HoldOff, ...]


def hold_off(
    hold_offs: HoldOffs, seller: str, now_s: float, first_s: float, most_s: float
) -> HoldOffs:
    """Count one more failure; each pause is twice the one before, up to `most_s`."""
    failures = 1 + max((h.failures for h in hold_offs if h.seller == seller), default=0)
    pause_s = min(most_s, first_s * 2.0 ** min(failures - 1, 32))
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
