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
    WithdrawBalance,
)
from node.core.facts import Fact, IntentConfirmed, IntentRefused, IntentResumed, IntentUndone
from node.core.faults import Fault, FaultName, Severity
from node.core.holdoff import pause_after
from node.core.observation import Observation
from node.core.trading.claims import due_claims, turn_to_clear
from node.core.trading.money import count, money_of, recount
from node.core.trading.order import choose, gate_of, reason_head
from node.core.trading.state import (
    Asked,
    Refusal,
    Step,
    TradeIntent,
    TradingSettings,
    TradingState,
)


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
    if state.asked:
        sentence = f"{_words(state.asked[0].intent)} is not confirmed yet"
        return replace(state, waiting=sentence), ()
    if view.block.number < state.seen_from_block:
        return replace(state, waiting=f"block {state.seen_from_block} is not seen yet"), ()
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
        case IntentConfirmed(intent=intent) if isinstance(intent, TradeIntent):
            state = replace(state, seen_from_block=max(state.seen_from_block, fact.block.number))
            return replace(_answered(state, intent), refusal=None)
        case IntentRefused(intent=intent) if isinstance(intent, TradeIntent):
            refusal = _refusal(state.refusal, intent, fact.sentence, now_s, settings)
            reason = f"{_words(intent)} was refused: {fact.sentence}"
            return replace(_answered(state, intent), refusal=refusal, reason=reason)
        case IntentUndone(intent=intent) | IntentResumed(intent=intent) if isinstance(
            intent, TradeIntent
        ):
            # The ledger sends it again by itself, and tells what becomes of it.
            again = Asked(intent=intent, asked_at_s=now_s)
            answered = _answered(state, intent)
            return replace(answered, asked=(*answered.asked, again), seen_from_block=0)
        case _:
            return state


def _answered(state: TradingState, intent: TradeIntent) -> TradingState:
    return replace(state, asked=tuple(a for a in state.asked if a.intent != intent))


def _refusal(
    former: Refusal | None,
    intent: TradeIntent,
    sentence: str,
    now_s: float,
    settings: TradingSettings,
) -> Refusal:
    again = former is not None and _aim(former.intent) == _aim(intent)
    failures = former.failures + 1 if former is not None and again else 1
    pause_s = pause_after(failures, settings.hold_off_s, settings.hold_off_max_s)
    return Refusal(intent=intent, sentence=sentence, failures=failures, until_s=now_s + pause_s)


def _rests(state: TradingState, intent: TradeIntent, now_s: float) -> str:
    """Say how long a command of the same aim as the one refused has to rest."""
    refusal = state.refusal
    if refusal is None or _aim(refusal.intent) != _aim(intent) or now_s >= refusal.until_s:
        return ""
    left_s = refusal.until_s - now_s
    return f"{_words(intent)} held off for {left_s:.0f} s: {refusal.sentence}"


def _aim(intent: TradeIntent) -> tuple[str, int]:
    """Name what a command is about: an order for an interval rests whatever its energy."""
    interval = 0 if isinstance(intent, WithdrawBalance | CollectOwed) else intent.interval
    return type(intent).__name__, interval


def _obstacle(faults: Iterable[Fault]) -> str:
    """Say why nothing is sent: a fault that forbids buying, or gas that is kept for the sale."""
    for fault in faults:
        if fault.severity >= Severity.NO_PURCHASE or fault.name is FaultName.GAS_LOW:
            return fault.sentence
    return ""


def _ask(state: TradingState, intent: TradeIntent, observation: Observation) -> Step:
    asked = Asked(intent=intent, asked_at_s=observation.now_s)
    return replace(state, asked=(*state.asked, asked)), (intent,)


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
