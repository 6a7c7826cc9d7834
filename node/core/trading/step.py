"""Decide what a home does in the auction: its orders before each gate, and its money after.

One step from what is observed to commands; one command under way at a time. What is done already
shows on the chain, so a restart adopts it. A refused command is not repeated before a hold-off,
and nothing is ordered while a fault forbids buying.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from node.core.commands import (
    ClearInterval,
    CollectOwed,
    Intent,
    PlaceOrder,
    SettleOrders,
)
from node.core.facts import Fact, IntentConfirmed, IntentRefused, IntentResumed, IntentUndone
from node.core.faults import Fault, FaultName, Severity
from node.core.observation import Observation
from node.core.trading.claims import due_claims, turn_to_clear
from node.core.trading.money import count, money_of, recount
from node.core.trading.order import choose, gate_of, reason_head
from node.core.trading.state import (
    Step,
    TradeIntent,
    TradingSettings,
    TradingState,
)
from node.core.underway import absorb, ask, forget, rest, rest_of


def step(
    state: TradingState,
    observation: Observation,
    faults: Sequence[Fault],
    settings: TradingSettings,
) -> Step:
    """Take one step; at most one command leaves, and its answer is waited for."""
    for fact in observation.facts:
        state = _absorb(state, fact, observation.now_s, settings)
    market, view, chain_now_s = observation.market, observation.chain, observation.chain_now_s
    if market is None or view is None or chain_now_s is None:
        return replace(state, waiting="the auction has not been seen yet"), ()
    if state.underway.asked:
        sentence = f"{_words(state.underway.intents[0])} is not confirmed yet"
        return replace(state, waiting=sentence), ()
    if view.block.number < state.underway.seen_from:
        return replace(state, waiting=f"block {state.underway.seen_from} is not seen yet"), ()
    state = recount(state, market, observation.calendar_s)
    obstacle = _obstacle(faults)
    if obstacle:
        return replace(state, waiting=obstacle), ()
    clearing = turn_to_clear(market, view, chain_now_s, observation)
    if clearing is not None and not _rests(state, clearing, observation.now_s):
        return _ask(state, clearing, observation)
    gate = gate_of(observation, market, view, chain_now_s, settings)
    choice = choose(gate, state)
    # The first decision about an interval is its reason; while it stays so, only the wait changes.
    is_new = choice.reason and not state.reason.startswith(reason_head(gate.interval))
    reason = choice.reason if is_new else state.reason
    state = replace(state, waiting=choice.waiting or choice.reason, reason=reason)
    if choice.command is not None:
        resting = _rests(state, choice.command, observation.now_s)
        if not resting:
            money = money_of(market, choice.command.interval)
            state = count(state, choice.command, money, observation.calendar_s)
            state = replace(state, reason=choice.reason, waiting="")
            return _ask(state, choice.command, observation)
        return replace(state, waiting=resting), ()
    for claim in due_claims(market, view, chain_now_s, settings):
        if not _rests(state, claim, observation.now_s):
            return _ask(state, claim, observation)
    return state, ()


def _absorb(
    state: TradingState, fact: Fact, now_s: float, settings: TradingSettings
) -> TradingState:
    match fact:
        case (
            IntentConfirmed(intent=intent)
            | IntentRefused(intent=intent)
            | IntentUndone(intent=intent)
            | IntentResumed(intent=intent)
        ) if isinstance(intent, TradeIntent):
            state = replace(state, underway=absorb(state.underway, fact, now_s))
        case _:
            return state
    match fact:
        case IntentConfirmed():
            return replace(state, underway=replace(state.underway, resting=()))
        case IntentRefused(sentence=sentence):
            rested = rest(
                # What has not been tried again for so long begins anew.
                forget(state.underway, now_s - settings.hold_off_max_s),
                intent,
                now_s,
                first=settings.hold_off_s,
                most=settings.hold_off_max_s,
                sentence=sentence,
                about=_aim,
            )
            reason = f"{_words(intent)} was refused: {sentence}"
            return replace(state, underway=rested, reason=reason)
        case _:
            return state


def _rests(state: TradingState, intent: TradeIntent, now_s: float) -> str:
    """Say how long a command of the same aim as the one refused has to rest."""
    resting = rest_of(state.underway, intent, now_s, about=_aim)
    if resting is None:
        return ""
    return f"{_words(intent)} held off for {resting.until - now_s:.0f} s: {resting.sentence}"


def _aim(intent: Intent) -> tuple[str, int]:
    """Name what a command is about: an order for an interval rests whatever its energy."""
    match intent:
        case PlaceOrder(interval=k) | ClearInterval(interval=k) | SettleOrders(interval=k):
            return type(intent).__name__, k
        case _:
            return type(intent).__name__, 0


def _obstacle(faults: Iterable[Fault]) -> str:
    """Say why nothing is sent: a fault that forbids buying, or gas that is kept for the sale."""
    for fault in faults:
        if fault.severity >= Severity.NO_PURCHASE or fault.name is FaultName.GAS_LOW:
            return fault.sentence
    return ""


def _ask(state: TradingState, intent: TradeIntent, observation: Observation) -> Step:
    underway = ask(state.underway, intent, now=observation.now_s)
    return replace(state, underway=underway), (intent,)


def _words(intent: Intent) -> str:
    match intent:
        case PlaceOrder(interval=interval):
            return f"the order for interval {interval}"
        case ClearInterval(interval=interval):
            return f"the clearing of interval {interval}"
        case SettleOrders(interval=interval):
            return f"the settling of interval {interval}"
        case CollectOwed():
            return "the collecting of what the grid owes"
        case _:
            return "the withdrawal"
