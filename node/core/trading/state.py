"""What a home's trading in the auction remembers between two cycles, and its settings."""

from dataclasses import dataclass

from node.core.auction.clearing import Kind
from node.core.auction.market import MarketRules
from node.core.budget import Spent
from node.core.commands import (
    ClearInterval,
    CollectOwed,
    Command,
    PlaceOrder,
    SettleOrders,
    WithdrawBalance,
)
from node.core.trading.bidding import BiddingTerms
from node.core.underway import NOTHING, Underway

TradeIntent = PlaceOrder | WithdrawBalance | CollectOwed | ClearInterval | SettleOrders
"""What a home asks of the auction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyLimit:
    """Name a kind that the home buys, and the most it pays per kWh (None: truthful)."""

    kind: Kind
    price_per_kwh: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingSettings:
    """Hold what a home may do in the auction; money in base units, energy in milliwatt-hours.

    It buys the kinds of `buys` and sells `sells`, its meter's. `least_gain` is what sending costs,
    `withdraw_from` the least that is worth taking out. The two leads are chain seconds before a
    gate, the hold-offs monotonic seconds, and `let_go_s` those before an own interval in which the
    sale's contacts open, so that nothing flows on into it. `battery_milliwh` and the two bounds of
    the state of charge are the selling side's, `budget_per_day` the buying side's. Under a retail
    price above `most_retail_per_kwh` nothing is ordered, and no interval's deposit is above
    `most_deposit`; None is what `trading_limits` works out. `by_contacts` says that a relay is
    named, over whose contacts its energy flows.
    """

    account: str
    meter_id: int
    confirmations: int
    buys: tuple[BuyLimit, ...]
    sells: Kind | None
    sell_limit_per_kwh: int | None
    least_gain: int
    place_lead_s: float
    revise_lead_s: float
    withdraw_from: int
    budget_per_day: int
    battery_milliwh: int | None
    sell_floor_pct: float
    offer_again_pct: float
    hold_off_s: float
    hold_off_max_s: float
    let_go_s: float
    most_retail_per_kwh: int | None
    most_deposit: int | None
    by_contacts: bool

    def terms(self, rules: MarketRules, *, buys: bool, sells: bool) -> BiddingTerms:
        """Give the terms of a decision in which only some sides are open."""
        return BiddingTerms(
            unit_milliwh=rules.unit_milliwh,
            least_units=rules.least_units,
            least_gain=self.least_gain,
            buy_limits_per_kwh={b.kind: b.price_per_kwh for b in self.buys} if buys else {},
            sells=self.sells if sells else None,
            sell_limit_per_kwh=self.sell_limit_per_kwh,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Hold what a bid counts for against a day's budget (days since 1970)."""

    interval: int
    day: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Hold an interval that is delivered now: what was paired in it, with whom, and what flowed.

    `is_whole` says that it was watched from its beginning, `exported_milliwh` what the connection
    had exported at the last look.
    """

    interval: int
    is_whole: bool
    paired_milliwh: int
    moved_milliwh: int
    partners: tuple[str, ...]
    exported_milliwh: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """Hold how many intervals in a row brought nothing, and the pause that followed.

    Nothing is ordered before the interval `pause_until`; `pause` is how long the newest pause is,
    in intervals, and `wires_hash` names the wires under which it began.
    """

    watched: Watched | None
    fruitless: int
    pause: int
    pause_until: int
    because: str
    wires_hash: bytes | None


UNWATCHED = Worth(watched=None, fruitless=0, pause=0, pause_until=0, because="", wires_hash=None)
"""Nothing is known yet, and nothing pauses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingState:
    """Hold the trading state.

    `reason` is the sentence of the newest decision about an order, `waiting` what stands between
    now and the next. Under way is one command of this run at most, and those that an earlier run
    or a reorganisation left; nothing is decided before the view shows the last confirmed one.
    `spent` is the day's, with the
    buying side's purchases; `counted` is what open bids have of it. `worth` is what trading brings.
    """

    reason: str
    waiting: str
    underway: Underway
    spent: Spent
    counted: tuple[Counted, ...]
    worth: Worth = UNWATCHED


Step = tuple[TradingState, tuple[Command, ...]]


def initial(spent: Spent) -> TradingState:
    """Begin with nothing under way: what stands is on the chain, and promises come as facts."""
    return TradingState(
        reason="started: no order has been decided on yet",
        waiting="",
        underway=NOTHING,
        spent=spent,
        counted=(),
    )
