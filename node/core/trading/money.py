"""Keep a home's orders in the auction within its tokens and its day's budget.

Against the budget a bid counts for the most that its neighbours can get for it, its whole energy at
its higher limit, from when it is sent; once it is cleared, for what its fill costs. What the grid
settles beyond a fill is no purchase, and a seller's deposit is security: neither counts.
"""

from dataclasses import dataclass, replace

from node.core.auction.clearing import Bid, Order
from node.core.auction.market import HomeMarket, tariff_in
from node.core.auction.settlement import Terms, deposit_up, settle
from node.core.budget import day_of, give_back, spend, spent_today
from node.core.commands import PlaceOrder
from node.core.trading.state import Counted, TradingState
from node.core.units import MILLIWH_PER_KWH, cost_up, format_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Hold what an order may take, in base units.

    The deposit's room is tokens, balance and what the order that it replaces has deposited; it is
    capped where an interval may not take all of that.
    """

    deposit: int
    capped: bool
    budget: int


def money_of(market: HomeMarket, interval: int) -> Terms:
    """Give the terms of an interval's money.

    Raises:
        ValueError: no tariff is in force in it.
    """
    return Terms(
        unit_milliwh=market.rules.unit_milliwh,
        margin_percent=market.rules.margin_percent,
        tariff=tariff_in(interval, market.tariffs),
    )


def most_cost(order: Order, money: Terms) -> int:
    """Give the most that neighbours can get for a bid; nothing for an offer."""
    if not isinstance(order, Bid):
        return 0
    return cost_up(order.energy_units * money.unit_milliwh, _dearest(order, money))


def budget_left(state: TradingState, calendar_s: float, interval: int, budget_per_day: int) -> int:
    """Give what a bid in an interval may cost today; what stands there already is its own."""
    day = day_of(calendar_s)
    own = sum(c.amount for c in state.counted if (c.interval, c.day) == (interval, day))
    return budget_per_day - spent_today(state.spent, calendar_s) + own


def within(order: Order, money: Terms, room: Room) -> tuple[Order, str]:
    """Cut an order's energy down to what there is room for; say by what it is bound, if it is."""
    bounds = [(_units_of_deposit(order, money, room.deposit), _tokens_bind(room))]
    if isinstance(order, Bid):
        per_unit = money.unit_milliwh * _dearest(order, money)
        budget = max(0, room.budget) * MILLIWH_PER_KWH // per_unit
        bounds.append((budget, _budget_binds(room)))
    units, sentence = min(bounds, key=lambda bound: bound[0])
    if units >= order.energy_units:
        return order, ""
    return replace(order, energy_units=units), sentence


def recount(state: TradingState, market: HomeMarket, calendar_s: float) -> TradingState:
    """Let each counted bid count for what it can still cost, and forget those that are decided.

    Nothing may be under way: what the market shows is all that there is.
    """
    for entry in state.counted:
        placed, result = market.order(entry.interval), market.result(entry.interval)
        try:
            money = money_of(market, entry.interval)
        except ValueError:
            continue
        if result is None:
            amount = most_cost(placed.order, money) if placed is not None else 0
            is_final = placed is None
        elif placed is not None:
            amount = max(0, -settle(placed.order, result.clearing, None, money).trade)
            is_final = True
        else:
            # Settled before this home saw its result: what was counted stays.
            amount, is_final = entry.amount, True
        state = _recounted(state, entry, amount, calendar_s, is_final=is_final)
    return state


def count(
    state: TradingState, command: PlaceOrder, money: Terms, calendar_s: float
) -> TradingState:
    """Count a bid before it leaves; one that replaces a dearer one counts less when it stands."""
    known = next((c for c in state.counted if c.interval == command.interval), None)
    cost = most_cost(command.order, money)
    if known is not None:
        return _recounted(state, known, max(cost, known.amount), calendar_s, is_final=False)
    if not cost:
        return state
    spent = spend(state.spent, calendar_s, cost)
    entry = Counted(interval=command.interval, day=spent.day, amount=cost)
    return replace(state, spent=spent, counted=(*state.counted, entry))


def _recounted(
    state: TradingState, entry: Counted, amount: int, calendar_s: float, *, is_final: bool
) -> TradingState:
    if amount >= entry.amount:
        spent = spend(state.spent, calendar_s, amount - entry.amount)
    else:
        spent = give_back(state.spent, entry.day, entry.amount - amount)
    others = tuple(c for c in state.counted if c.interval != entry.interval)
    kept = () if is_final else (replace(entry, amount=amount),)
    return replace(state, spent=spent, counted=(*others, *kept))


def _dearest(bid: Bid, money: Terms) -> int:
    return money.tariff.price_per_kwh(max(bid.solar_tick, bid.chp_tick))


def _units_of_deposit(order: Order, money: Terms, deposit: int) -> int:
    """Give the most whole units whose deposit is covered: it rises with the energy."""
    low, high = 0, order.energy_units
    while low < high:
        middle = -(-(low + high) // 2)
        if deposit_up(replace(order, energy_units=middle), money) <= deposit:
            low = middle
        else:
            high = middle - 1
    return low


def _tokens_bind(room: Room) -> str:
    if room.capped:
        return f"an interval's deposit may be {format_tokens(room.deposit)} at most"
    return f"{format_tokens(max(0, room.deposit))} tokens cover no larger deposit"


def _budget_binds(room: Room) -> str:
    return f"the day's budget has {format_tokens(max(0, room.budget))} left"
