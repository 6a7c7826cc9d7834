"""Every way from one supply state to another.

Two things hold for the whole room:

- All about which mode follows on which is in this file. No other changes the mode.
- This file does not know when a cause applies. That is decided by `decide`, in the order of
  authority, and then by the mode's own file.

At rest the home is fed by its own source; that is `OWN_SOURCE`, and `SAFE` where a fault demands
it. `HOLD_OFF` is rest too: it would buy, and every seller that could serve is passed over for a
while. `PURCHASING` waits at rest for an order's confirmation. Then a neighbour's contact is asked
for: on an order of the sale in `ON_SELLER`, on a fill of the auction in `ON_PAIRING`.

Whatever goes wrong leads to rest, and only `CREDIT_OPEN`, `CONFIRMED` and `PART_DUE` lead away from
it to a contact. A cause that finds the home where it leads to leaves it there. A cause that a mode
does not have is a fault of this program: `enter` changes nothing and raises, and `step` rests.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from node.core.errors import NoSuchMove
from node.core.supply.state import Cause, Mode, SupplyState

SENTENCES: Mapping[Cause, str] = {
    Cause.FAULT: "a fault demands rest",
    Cause.FAULTS_CLEARED: "every fault has cleared",
    Cause.WISH: "its person wishes the own source",
    Cause.PART_DUE: "a part of the auction's pairing is due",
    Cause.PAIRING_ENDED: "the parts are drawn, the interval is over, or they are licensed no more",
    Cause.BARRED: "the interval is the auction's, and nothing of it is due",
    Cause.CREDIT_OPEN: "SoC < limit, or a draw was interrupted, and credit is open",
    Cause.ORDERED: "SoC < limit and a seller can serve, an order is sent",
    Cause.UNDER_WAY: "SoC < limit and an order is still under way",
    Cause.PASSED_OVER: "SoC < limit and a seller that could serve is passed over",
    Cause.NO_SELLER: "SoC < limit and no seller can serve",
    Cause.BATTERY_WELL: "the battery has recovered by itself",
    Cause.CONFIRMED: "the order is confirmed",
    Cause.RESUMED: "SoC >= resume",
    Cause.NO_CREDIT: "the order was refused, or its credit is drawn or over",
    Cause.SELLER_FAILED: "the seller is out of reach, refuses, or does not deliver",
}
"""What each cause is, as a person says it."""

TABLE: Mapping[Mode, Mapping[Cause, Mode]] = {
    Mode.OWN_SOURCE: {
        Cause.FAULT: Mode.SAFE,
        Cause.WISH: Mode.OWN_SOURCE,
        Cause.PART_DUE: Mode.ON_PAIRING,
        Cause.BARRED: Mode.OWN_SOURCE,
        Cause.CREDIT_OPEN: Mode.ON_SELLER,
        Cause.ORDERED: Mode.PURCHASING,
        Cause.UNDER_WAY: Mode.PURCHASING,
        Cause.PASSED_OVER: Mode.HOLD_OFF,
        Cause.NO_SELLER: Mode.OWN_SOURCE,
    },
    Mode.HOLD_OFF: {
        Cause.FAULT: Mode.SAFE,
        Cause.WISH: Mode.OWN_SOURCE,
        Cause.PART_DUE: Mode.ON_PAIRING,
        Cause.BARRED: Mode.OWN_SOURCE,
        Cause.CREDIT_OPEN: Mode.ON_SELLER,
        Cause.ORDERED: Mode.PURCHASING,
        Cause.UNDER_WAY: Mode.PURCHASING,
        Cause.PASSED_OVER: Mode.HOLD_OFF,
        Cause.NO_SELLER: Mode.OWN_SOURCE,
        Cause.BATTERY_WELL: Mode.OWN_SOURCE,
    },
    Mode.PURCHASING: {
        Cause.FAULT: Mode.SAFE,
        Cause.WISH: Mode.OWN_SOURCE,
        Cause.PART_DUE: Mode.ON_PAIRING,
        Cause.BARRED: Mode.OWN_SOURCE,
        Cause.CONFIRMED: Mode.ON_SELLER,
        Cause.RESUMED: Mode.OWN_SOURCE,
        Cause.NO_CREDIT: Mode.OWN_SOURCE,
        Cause.SELLER_FAILED: Mode.OWN_SOURCE,
    },
    Mode.ON_SELLER: {
        Cause.FAULT: Mode.SAFE,
        Cause.WISH: Mode.OWN_SOURCE,
        Cause.PART_DUE: Mode.ON_PAIRING,
        Cause.BARRED: Mode.OWN_SOURCE,
        Cause.RESUMED: Mode.OWN_SOURCE,
        Cause.NO_CREDIT: Mode.OWN_SOURCE,
        Cause.SELLER_FAILED: Mode.OWN_SOURCE,
    },
    Mode.ON_PAIRING: {
        Cause.FAULT: Mode.SAFE,
        Cause.WISH: Mode.OWN_SOURCE,
        Cause.PART_DUE: Mode.ON_PAIRING,
        Cause.PAIRING_ENDED: Mode.OWN_SOURCE,
        Cause.SELLER_FAILED: Mode.OWN_SOURCE,
    },
    Mode.SAFE: {
        Cause.FAULT: Mode.SAFE,
        Cause.WISH: Mode.OWN_SOURCE,
        Cause.FAULTS_CLEARED: Mode.OWN_SOURCE,
    },
}
"""From a mode, by a cause, to a mode. A fault rests from every one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Hold one row of the table."""

    before: Mode
    cause: Cause
    after: Mode


def transitions() -> Iterator[Transition]:
    """Give the table's rows, in its order."""
    for before, ways in TABLE.items():
        for cause, after in ways.items():
            yield Transition(before=before, cause=cause, after=after)


def enter(state: SupplyState, cause: Cause, now_s: float, reason: str) -> SupplyState:
    """Change the mode as the table says; staying in a mode keeps its instant and its reason.

    Raises:
        NoSuchMove: the mode does not have this cause.
    """
    after = TABLE[state.mode].get(cause)
    if after is None:
        raise NoSuchMove(f"no way leads from {state.mode.value} by {cause.value}")
    if after is state.mode:
        return replace(state, waiting="")
    return replace(state, mode=after, since_s=now_s, reason=reason, cause=cause, waiting="")
