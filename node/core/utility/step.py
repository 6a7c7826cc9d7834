"""Decide what the utility does on the chain: tariffs, clearing, settling, the grid's money, gas.

One step from what the chain shows to commands. What is done already, by this utility before a
restart or by another one, shows on the chain, so nothing is remembered but what is under way. A
command that was refused, or changed nothing, rests for some blocks and holds up no other.
"""

from collections.abc import Iterator
from dataclasses import replace

from node.core.auction.gate import LANES, next_gate
from node.core.auction.market import UtilityView, tariff_in
from node.core.auction.tariff import Tariff
from node.core.commands import (
    ClearInterval,
    DepositTokens,
    FundGrid,
    Intent,
    PostTariff,
    SendGas,
    SettleOrders,
)
from node.core.facts import Fact, IntentConfirmed, IntentRefused
from node.core.underway import absorb, ask, forget, rest
from node.core.units import MILLIWH_PER_WH, format_tokens, proceeds_down
from node.core.utility.gas import gifts_after, top_ups
from node.core.utility.settling import pause_after, settlements, silences, splits_after
from node.core.utility.state import UtilitySettings, UtilityState

MOST_UNDER_WAY = 8
"""Settlings and gifts of gas at once: what has more haste shall not queue behind a whole street."""
REST_BLOCKS = 10
CLEAR_REST_BLOCKS = 2
"""Delivery begins soon after the gate, and trying costs nothing where another one was first."""
SPLIT_REST_BLOCKS = 1
FUNDED_INTERVALS = 2
"""For how many intervals of the street's peak at feed-in the grid's balance must last."""
Step = tuple[UtilityState, tuple[Intent, ...]]


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
    asked = state.underway.intents
    not_now = {*asked, *(resting.intent for resting in state.underway.resting)}
    hasty: list[Intent] = [
        *_clearings(view),
        *_tariffs(view, wanted),
        *funds,
        *silences(state, view),
    ]
    gifts = dict(top_ups(state, view, settings))
    patient: list[Intent] = [*gifts, *settlements(state, view)]
    under_way = sum(isinstance(intent, SendGas | SettleOrders) for intent in asked)
    later = [intent for intent in patient if intent not in not_now]
    commands = (
        *(intent for intent in hasty if intent not in not_now),
        *later[: max(0, MOST_UNDER_WAY - under_way)],
    )
    given = tuple(gifts[intent] for intent in commands if isinstance(intent, SendGas))
    underway = ask(state.underway, *commands, now=view.block.number)
    gifts_now = (*state.gifts, *given)
    return replace(state, underway=underway, gifts=gifts_now, problem=problem), commands


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


def _absorb(state: UtilityState, view: UtilityView, facts: tuple[Fact, ...]) -> UtilityState:
    number, underway = view.block.number, state.underway
    for fact in facts:
        underway = absorb(underway, fact, number)
        if isinstance(fact, IntentConfirmed | IntentRefused):
            blocks = _rest_blocks(fact)
            underway = rest(underway, fact.intent, number, first=blocks, most=blocks)
    return replace(
        state,
        underway=forget(underway, number),
        gifts=gifts_after(state, view, facts),
        splits=splits_after(state, view, facts),
        block_s=view.block.timestamp_s,
        pause_until_s=pause_after(state, view),
    )


def _rest_blocks(fact: IntentConfirmed | IntentRefused) -> int:
    """Say for how many blocks a command rests that was answered."""
    match fact.intent:
        case ClearInterval():
            return CLEAR_REST_BLOCKS
        case SettleOrders(meter_ids=(_, _, *_)) if isinstance(fact, IntentRefused):
            # Its halves are other commands, which need not wait.
            return SPLIT_REST_BLOCKS
        case _:
            return REST_BLOCKS
