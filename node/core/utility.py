"""Decide what the utility does on the chain: tariffs, clearing, settling, the grid's money, gas.

One step from what the chain shows to commands. What is done already, by this utility before a
restart or by another one, shows on the chain, so nothing is remembered but what is under way. A
command that was refused, or changed nothing, rests for some blocks and holds up no other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from node.core.commands import (
    ClearInterval,
    DepositTokens,
    FundGrid,
    Intent,
    PostTariff,
    SendGas,
    SettleOrders,
)
from node.core.facts import Fact, IntentConfirmed, IntentRefused, IntentResumed, IntentUndone
from node.core.gate import LANES, next_gate
from node.core.market import UtilityView, tariff_in
from node.core.tariff import Tariff
from node.core.units import MILLIWH_PER_WH, format_tokens, proceeds_down

MOST_SETTLED_AT_ONCE = 100
"""Orders of one batch: some three million gas, far below what a transaction may use."""
STRAGGLERS_SHARE = 0.25
"""Of an interval: how long after it the first batch waits for meters that report late."""
REST_BLOCKS = 10
CLEAR_REST_BLOCKS = 2
"""Delivery begins soon after the gate, and trying costs nothing where another one was first."""
FUNDED_INTERVALS = 2
"""For how many intervals of the street's peak at feed-in the grid's balance must last."""
DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilitySettings:
    """Hold the utility's parameters.

    `peak_w` is the most that the street can give to the grid. A home's gas is filled up to
    `gas_target_wei` (0: never) once it is below half of it, by at most `gas_per_day_wei` a day.
    """

    peak_w: int
    gas_target_wei: int
    gas_per_day_wei: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilityState:
    """Hold what is under way, until which block what else rests, and what is wrong (or empty).

    `topped_up` are the accounts that got gas on a calendar day.
    """

    asked: frozenset[Intent]
    resting: tuple[tuple[Intent, int], ...]
    topped_up: frozenset[tuple[str, int]]
    problem: str


Step = tuple[UtilityState, tuple[Intent, ...]]


def initial() -> UtilityState:
    """Begin with nothing under way: what an earlier run promised comes back as facts."""
    return UtilityState(asked=frozenset(), resting=(), topped_up=frozenset(), problem="")


def step(
    state: UtilityState,
    view: UtilityView,
    facts: tuple[Fact, ...],
    wanted: Tariff | None,
    settings: UtilitySettings,
) -> Step:
    """Take one step; the commands are in the order of their haste.

    `wanted` is the tariff for the first interval that can still have another one; None keeps it.
    """
    state = _absorb(state, view, facts)
    funds, problem = _funds(view, settings)
    due = (
        *_clearings(view),
        *_tariffs(view, wanted),
        *funds,
        *_top_ups(state, view, settings),
        *_settlements(state, view),
    )
    resting = {intent for intent, _ in state.resting}
    commands = tuple(c for c in due if c not in state.asked and c not in resting)
    return replace(state, asked=state.asked | set(commands), problem=problem), commands


def _clearings(view: UtilityView) -> Iterator[ClearInterval]:
    for interval in sorted({placed.interval for placed in view.orders}):
        is_due = view.block.timestamp_s >= view.rules.gate_s(interval)
        if is_due and view.result(interval) is None:
            yield ClearInterval(interval=interval)


def _tariffs(view: UtilityView, wanted: Tariff | None) -> Iterator[PostTariff]:
    rules = view.rules
    first = next_gate(view.block.timestamp_s, rules.interval_s, rules.gate_lead_s) + LANES
    if wanted is not None and tariff_in(first, view.tariffs) != wanted:
        yield PostTariff(
            first_interval=first,
            feed_in_per_kwh=wanted.feed_in_per_kwh,
            tick_size_per_kwh=wanted.tick_size_per_kwh,
        )


def _settlements(state: UtilityState, view: UtilityView) -> Iterator[SettleOrders]:
    boundaries = dict(view.boundaries)
    now_s = view.block.timestamp_s
    for result in view.cleared:
        left = [placed for placed in view.orders if placed.interval == result.interval]
        end_s = (result.interval + 1) * view.rules.interval_s
        is_late = now_s >= view.rules.deadline_s(result.interval)
        # A meter past the interval has both its readings, or will never have them.
        ready = [p for p in left if is_late or boundaries.get(p.meter_id, 0) > p.interval]
        waits = now_s < end_s + STRAGGLERS_SHARE * view.rules.interval_s
        if now_s < end_s or (waits and len(ready) < len(left)):
            continue
        # Meters come one after another, and no batch asks again for what another one has.
        taken = _being_settled(state, result.interval)
        meters = sorted({placed.meter_id for placed in ready} - taken)
        for first in range(0, len(meters), MOST_SETTLED_AT_ONCE):
            batch = tuple(meters[first : first + MOST_SETTLED_AT_ONCE])
            yield SettleOrders(interval=result.interval, meter_ids=batch)


def _being_settled(state: UtilityState, interval: int) -> set[int]:
    under_way = (*state.asked, *(intent for intent, _ in state.resting))
    return {
        meter_id
        for intent in under_way
        if isinstance(intent, SettleOrders) and intent.interval == interval
        for meter_id in intent.meter_ids
    }


def grid_needs(view: UtilityView, settings: UtilitySettings) -> int:
    """Give what the grid's balance must be, in base units, so that nobody waits for its money."""
    feed_in = max((posted.tariff.feed_in_per_kwh for posted in view.tariffs), default=0)
    span_s = view.rules.interval_s * FUNDED_INTERVALS
    energy_milliwh = settings.peak_w * MILLIWH_PER_WH * span_s // 3600
    return proceeds_down(energy_milliwh, feed_in) + view.grid_owes


def _funds(
    view: UtilityView, settings: UtilitySettings
) -> tuple[tuple[DepositTokens | FundGrid, ...], str]:
    """Keep the grid's balance; what the tokens do not cover is said, and harms no home."""
    missing = grid_needs(view, settings) - view.grid_balance
    if missing <= 0:
        return (), ""
    if view.balance >= missing:
        return (FundGrid(amount=missing),), ""
    lacking = missing - view.balance
    if view.tokens < lacking:
        return (), (
            f"the grid's balance lacks {format_tokens(missing)}, and this account has"
            f" {format_tokens(view.tokens + view.balance)}: what the grid owes homes must wait"
        )
    return (DepositTokens(amount=lacking),), ""


def _top_ups(
    state: UtilityState, view: UtilityView, settings: UtilitySettings
) -> Iterator[SendGas]:
    day = view.block.timestamp_s // DAY_S
    for account, balance_wei in view.homes_wei:
        if balance_wei * 2 >= settings.gas_target_wei or (account, day) in state.topped_up:
            continue
        amount_wei = min(settings.gas_target_wei - balance_wei, settings.gas_per_day_wei)
        if amount_wei > 0:
            yield SendGas(account=account, amount_wei=amount_wei, day=day)


def _absorb(state: UtilityState, view: UtilityView, facts: tuple[Fact, ...]) -> UtilityState:
    day = view.block.timestamp_s // DAY_S
    asked, resting = set(state.asked), dict(state.resting)
    topped_up = {(account, on_day) for account, on_day in state.topped_up if on_day == day}
    for fact in facts:
        match fact:
            case IntentConfirmed(intent=intent) | IntentRefused(intent=intent):
                asked.discard(intent)
                rest = CLEAR_REST_BLOCKS if isinstance(intent, ClearInterval) else REST_BLOCKS
                resting[intent] = view.block.number + rest
            case IntentResumed(intent=intent) | IntentUndone(intent=intent):
                # The ledger sends it again by itself.
                asked.add(intent)
            case _:
                continue
        if isinstance(fact, (IntentConfirmed, IntentResumed)) and isinstance(intent, SendGas):
            topped_up.add((intent.account, intent.day))
    return replace(
        state,
        asked=frozenset(asked),
        resting=tuple((i, until) for i, until in resting.items() if view.block.number < until),
        topped_up=frozenset(topped_up),
    )
