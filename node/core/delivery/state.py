"""What the selling side of a home remembers between two cycles, and its settings."""

from dataclasses import dataclass, replace
from enum import Enum

from node.core.commands import Command
from node.core.underway import NOTHING, Underway


class Delivery(Enum):
    """Name the delivery states; `WITHDRAWN` is a pause because of a breach.

    In `PAIRED` the interval is the auction's: only who is paired may draw, the sale waits.
    """

    NOT_OFFERING = "not_offering"
    OFFERING = "offering"
    DELIVERING = "delivering"
    PAIRED = "paired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """Hold the selling side's parameters.

    `valid_s` and `duration_s` are chain time, the other spans monotonic seconds. Between
    `sell_floor_pct` and `offer_again_pct` an offer that stands is kept and none is begun.
    """

    account: str
    price_per_kwh: int
    least_milliwh: int
    valid_s: int
    duration_s: int
    battery_milliwh: int | None
    most_available_milliwh: int | None
    sell_floor_pct: float
    offer_again_pct: float
    consent_s: float
    receipt_period_s: float
    slack_milliwh: int
    loss_tolerance: float
    rated_current_a: float
    hold_off_s: float
    hold_off_max_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryState:
    """Hold the delivery state.

    `consents` pairs each connection consented to with the monotonic instant of its last renewal.
    `delivered_milliwh` and `signed_milliwh` count, since the sales began, what the own meter saw
    leave and what buyers signed for. `underway` has the offers and the sales' transactions; after
    a refusal all of them rest. `withdrawn_at_s` is when consents were last withdrawn. `unconsented`
    has the relay's sentence for each connection whose consent it refused last.
    """

    mode: Delivery
    since_s: float
    reason: str
    waiting: str
    consents: tuple[tuple[int, float], ...]
    offered_at_s: float | None
    export_milliwh: int | None
    delivered_milliwh: int
    signed: tuple[tuple[tuple[str, int], int], ...]
    signed_milliwh: int
    opened_at_s: float | None
    underway: Underway
    breaches: int
    withdrawn_at_s: float | None
    unconsented: tuple[tuple[int, str], ...] = ()


Step = tuple[DeliveryState, tuple[Command, ...]]


def initial(now_s: float) -> DeliveryState:
    """Begin without an offer or a consent."""
    return DeliveryState(
        mode=Delivery.NOT_OFFERING,
        since_s=now_s,
        reason="started: nothing is offered until the state of charge is known",
        waiting="",
        consents=(),
        offered_at_s=None,
        export_milliwh=None,
        delivered_milliwh=0,
        signed=(),
        signed_milliwh=0,
        opened_at_s=None,
        underway=NOTHING,
        breaches=0,
        withdrawn_at_s=None,
    )


def enter(state: DeliveryState, mode: Delivery, now_s: float, reason: str) -> DeliveryState:
    """Change the mode and say why; staying in a mode changes nothing."""
    if mode is state.mode:
        return state
    return replace(state, mode=mode, since_s=now_s, reason=reason, waiting="")


def is_pausing(state: DeliveryState, now_s: float) -> bool:
    """Say whether a refusal is too recent for another transaction."""
    return any(now_s < resting.until for resting in state.underway.resting)


def lag_milliwh(state: DeliveryState, loss_tolerance: float) -> int:
    """Give how much the buyers' receipts lag what the own meter saw leave, less the wire's loss."""
    return int(state.delivered_milliwh * (1 - loss_tolerance)) - state.signed_milliwh
