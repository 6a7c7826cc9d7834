"""What the buying side of a home remembers between two cycles, and its settings."""

from dataclasses import dataclass
from enum import Enum

from node.core.auction.licence import Licence, PartDraws
from node.core.budget import Spent
from node.core.commands import Command
from node.core.holdoff import HoldOffs
from node.core.supply.credit import Draws
from node.core.supply.purchase import BuyerMemory, Pending, PurchaseSettings, SellerSettings
from node.core.underway import NOTHING, Underway


class Mode(Enum):
    """Name the supply states; `OWN_SOURCE` is rest, `SAFE` is rest because of a fault.

    A seller feeds the home in two of them: `ON_SELLER` on an order of the sale, `ON_PAIRING` on a
    fill of the auction.
    """

    OWN_SOURCE = "own_source"
    PURCHASING = "purchasing"
    ON_SELLER = "on_seller"
    ON_PAIRING = "on_pairing"
    HOLD_OFF = "hold_off"
    SAFE = "safe"


class Cause(Enum):
    """Name what changes the mode, as `transitions` tells, or the reason alone.

    The last four leave the mode as it is.
    """

    FAULT = "fault"
    FAULTS_CLEARED = "faults_cleared"
    WISH = "wish"
    PART_DUE = "part_due"
    PAIRING_ENDED = "pairing_ended"
    BARRED = "barred"
    CREDIT_OPEN = "credit_open"
    ORDERED = "ordered"
    UNDER_WAY = "under_way"
    PASSED_OVER = "passed_over"
    NO_SELLER = "no_seller"
    BATTERY_WELL = "battery_well"
    CONFIRMED = "confirmed"
    RESUMED = "resumed"
    NO_CREDIT = "no_credit"
    SELLER_FAILED = "seller_failed"
    STARTED = "started"
    WISH_LIFTED = "wish_lifted"
    REFUSED = "refused"
    LEASE_LOST = "lease_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplySettings:
    """Hold the buying side's parameters; spans are monotonic seconds, `grace_s` is chain time.

    `draws_from_load` says that no sensor feeds the connection meter, so that what the load draws
    while a contact is closed counts as imported.
    """

    purchase: PurchaseSettings
    resume_soc_pct: float
    min_dwell_s: float
    hold_off_s: float
    hold_off_max_s: float
    lease_s: float
    receipt_period_s: float
    sample_period_s: float
    confirmations: int
    grace_s: int
    draws_from_load: bool
    may_buy: bool
    may_not_buy_because: str

    def dwell_left_s(self, after_s: float) -> float:
        """Give what is left of the least dwell after so long on one source; none left below 0."""
        return self.min_dwell_s - after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Hold what is known of the contact that was asked for last; instants are monotonic.

    `seller` is the one behind it, and `paired` what the auction licenses it by, None where that is
    an order. `asked_at_s` is when it, or rest after it, was asked for; `renewed_at_s` when its
    newest lease was, and `granted_at_s` when the relay last granted one. `closed_at_s` is since
    when the relay shows it closed, and `undelivered_since_s` since when nothing comes over it.
    `tail_ends_s` is until when energy may still be of it once it was left; None where there is
    nothing of it: it never closed, or another is asked for.
    """

    seller: str | None
    paired: Licence | None
    asked_at_s: float | None
    renewed_at_s: float
    closed_at_s: float | None
    undelivered_since_s: float | None
    tail_ends_s: float | None
    granted_at_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyState:
    """Hold the supply state.

    `reason` says in one sentence why the mode is what it is, `cause` is its kind, and `waiting`
    says what stands between now and the next change. Instants are monotonic.
    `pending` has one order at most that this run has asked for, and those that a reorganisation
    or an earlier run left without a confirmation: nothing is bought before all are settled.
    `resuming` holds from a start after an interrupted draw until its credit has been looked for.
    `refunding` are the orders whose rest is asked back. `parts` are those of the pairing in the
    interval now. `started_at_s` is when this run began.
    """

    mode: Mode
    since_s: float
    reason: str
    waiting: str
    contact: Contact
    own_voltage_v: float | None
    drops: tuple[float, ...]
    pending: tuple[Pending, ...]
    draws: Draws
    hold_offs: HoldOffs
    spent: Spent
    import_milliwh: int | None
    refunding: Underway
    resuming: bool
    parts: PartDraws
    started_at_s: float
    cause: Cause = Cause.STARTED

    @property
    def memory(self) -> BuyerMemory:
        """Give what a choice of purchase needs to know."""
        return BuyerMemory(
            draws=self.draws,
            hold_offs=self.hold_offs,
            spent=self.spent,
            pending=self.pending,
        )


Step = tuple[SupplyState, tuple[Command, ...]]


def initial(now_s: float, spent: Spent, was_drawing: bool) -> SupplyState:
    """Begin at rest; what is not given here is learnt again from outside."""
    return SupplyState(
        mode=Mode.OWN_SOURCE,
        since_s=now_s,
        reason="started: on own source until the state of charge is known",
        waiting="",
        contact=Contact(
            seller=None,
            paired=None,
            asked_at_s=None,
            renewed_at_s=now_s,
            closed_at_s=None,
            undelivered_since_s=None,
            tail_ends_s=None,
        ),
        own_voltage_v=None,
        drops=(),
        pending=(),
        draws=(),
        hold_offs=(),
        spent=spent,
        import_milliwh=None,
        refunding=NOTHING,
        resuming=was_drawing,
        parts=(),
        started_at_s=now_s,
    )


def ask_for(seller: str, paired: Licence | None, now_s: float, *, is_closed: bool) -> Contact:
    """Begin with a contact that is asked for now; `is_closed` as the relay shows it already."""
    return Contact(
        seller=seller,
        paired=paired,
        asked_at_s=now_s,
        renewed_at_s=now_s,
        closed_at_s=now_s if is_closed else None,
        undelivered_since_s=None,
        tail_ends_s=None,
    )


def seller_named(settings: SupplySettings, account: str | None) -> SellerSettings | None:
    """Find a configured seller by its account."""
    return next((s for s in settings.purchase.sellers if s.account == account), None)
