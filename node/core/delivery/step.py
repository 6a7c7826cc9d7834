"""Decide what a home lets its neighbours have: offer, consent, watch the receipts, be paid.

A seller stops below its floor, on a fault, on overload, while it draws itself, and when what buyers
sign for lags its own meter. It withdraws its consent first, and settles after. In an interval that
is the auction's it feeds only those it is paired with, without receipts, and lets the sale wait.
"""

from collections.abc import Sequence
from dataclasses import replace

from node.core.auction.licence import NO_RIGHTS, Rights
from node.core.commands import SellersIntent
from node.core.delivery.consent import consent
from node.core.delivery.offer import offer
from node.core.delivery.sales import Sale, Settlement, is_whole, pair, settle, settled_by
from node.core.delivery.state import (
    Delivery,
    DeliverySettings,
    DeliveryState,
    Step,
    enter,
    is_pausing,
    lag_milliwh,
)
from node.core.facts import (
    ConsentGranted,
    ConsentRefused,
    Fact,
    IntentConfirmed,
    IntentRefused,
    IntentResumed,
    IntentUndone,
)
from node.core.faults import Fault, Severity, worst
from node.core.holdoff import pause_after
from node.core.observation import Observation
from node.core.relay.connections import connections_as_source
from node.core.underway import absorb, ask, forget, rest
from node.core.units import format_soc, format_tokens, format_wh

MOST_BREACHES_COUNTED = 32
MOST_GONE_KNOWN = 8
"""Orders that are open no more, and whose signatures are known."""
LONGEST_WAIT_FOR_RECEIPTS_S = 900.0
"""Chain time; a quarter of the sale's default grace, after which a buyer takes its money back."""


def step(
    state: DeliveryState,
    observation: Observation,
    faults: Sequence[Fault],
    settings: DeliverySettings,
    draws_itself: bool,
    rights: Rights = NO_RIGHTS,
) -> Step:
    """Take one step; consents come before money in the commands.

    `rights` are what the auction says about this home's contacts; without it, none.
    """
    for fact in observation.facts:
        state = _absorb_fact(state, fact, observation.now_s, settings)
    view = observation.chain
    orders = view.orders if view is not None else ()
    sales = pair(orders, observation.receipts, settings.account)
    state = _absorb_meter(state, observation, settings, sales)
    state = _decide(state, observation, faults, settings, draws_itself, sales, rights)
    state, consents = consent(state, observation, settings, rights)
    state, settlements = _settlements(state, observation, settings, sales)
    state, offers = offer(state, observation, settings, sales)
    return state, (*consents, *settlements, *offers)


def _absorb_fact(
    state: DeliveryState, fact: Fact, now_s: float, settings: DeliverySettings
) -> DeliveryState:
    match fact:
        case (
            IntentConfirmed(intent=intent)
            | IntentRefused(intent=intent)
            | IntentUndone(intent=intent)
            | IntentResumed(intent=intent)
        ) if isinstance(intent, SellersIntent):
            return _answered(state, fact, now_s, settings)
        case ConsentGranted(connection=connection):
            return replace(state, unconsented=_others(state, connection))
        case ConsentRefused(connection=connection, sentence=sentence):
            # It is due again in its own time: each answer wakes the loop, so that one asked for
            # at once would flood a relay that always refuses.
            refusal = (connection, sentence)
            return replace(state, unconsented=(*_others(state, connection), refusal))
        case _:
            return state


def _others(state: DeliveryState, connection: int) -> tuple[tuple[int, str], ...]:
    return tuple(refusal for refusal in state.unconsented if refusal[0] != connection)


def _answered(
    state: DeliveryState, fact: Fact, now_s: float, settings: DeliverySettings
) -> DeliveryState:
    underway = absorb(state.underway, fact, now_s)
    match fact:
        case IntentConfirmed(intent=intent) if is_whole(intent):
            # An order drawn and signed for to its end makes up for one breach.
            state = replace(state, breaches=max(0, state.breaches - 1))
        case IntentRefused(intent=intent):
            pause_s = settings.hold_off_s
            underway = forget(underway, now_s)
            underway = rest(underway, intent, now_s, first=pause_s, most=pause_s)
    return replace(state, underway=underway)


def _absorb_meter(
    state: DeliveryState,
    observation: Observation,
    settings: DeliverySettings,
    sales: Sequence[Sale],
) -> DeliveryState:
    meter = observation.connection
    register = meter.metered.export_milliwh if meter is not None else 0
    before = state.export_milliwh if state.export_milliwh is not None else register
    known = dict(state.signed)
    signed = {sale.key: sale.signed_milliwh for sale in sales}
    more = sum(max(0, now - known.get(key, 0)) for key, now in signed.items())
    # An order that a reorganisation takes away comes back signed: that counts once.
    gone = [item for item in state.signed if item[0] not in signed][-MOST_GONE_KNOWN:]
    # What a pairing draws is settled by meters: nobody signs for it. Nor for what a grid took.
    is_sold = state.mode is not Delivery.PAIRED and _may_feed(state, observation, settings)
    sold = register - before if is_sold else 0
    delivered = state.delivered_milliwh + sold
    # Signatures from before a restart must not stand for energy of after it.
    ceiling = delivered + settings.slack_milliwh
    state = replace(
        state,
        export_milliwh=register,
        delivered_milliwh=delivered,
        signed_milliwh=min(state.signed_milliwh + more, ceiling),
        signed=(*gone, *signed.items()),
    )
    if sales or state.mode in (Delivery.DELIVERING, Delivery.PAIRED):
        return state
    return replace(state, delivered_milliwh=0, signed_milliwh=0)


def _is_delivering(observation: Observation, settings: DeliverySettings) -> bool:
    """Say whether the relay shows a contact closed over which a neighbour draws from here."""
    return any(c.closed for c in connections_as_source(observation.relay, settings.account))


def _may_feed(state: DeliveryState, observation: Observation, settings: DeliverySettings) -> bool:
    """Say whether a neighbour may have drawn since the last look.

    While the relay is away nobody knows; but no contact outlasts the consent that it was given.
    """
    lost_at_s = observation.relay_lost_at_s
    if lost_at_s is not None and observation.now_s - lost_at_s <= settings.consent_s:
        return True
    return lost_at_s is None and (
        state.opened_at_s is None or _is_delivering(observation, settings)
    )


def _decide(
    state: DeliveryState,
    observation: Observation,
    faults: Sequence[Fault],
    settings: DeliverySettings,
    draws_itself: bool,
    sales: Sequence[Sale],
    rights: Rights,
) -> DeliveryState:
    now_s = observation.now_s
    delivering = _is_delivering(observation, settings)
    if delivering:
        state = replace(state, opened_at_s=None)
    elif state.opened_at_s is None:
        state = replace(state, opened_at_s=now_s)
    if state.mode is Delivery.WITHDRAWN:
        pause_s = pause_after(state.breaches, settings.hold_off_s, settings.hold_off_max_s)
        left_s = pause_s - (now_s - state.since_s)
        if sales:
            return replace(state, waiting=f"{len(sales)} orders are being settled first")
        if left_s > 0:
            return replace(state, waiting=f"offering again in {left_s:.0f} s")
        state = replace(state, delivered_milliwh=0, signed_milliwh=0)
    obstacle = _obstacle(state, observation, faults, settings, draws_itself, rights)
    if obstacle is not None:
        return replace(enter(state, Delivery.NOT_OFFERING, now_s, obstacle), waiting=obstacle)
    breach = _overload(observation, settings)
    if breach is None and not rights.bars_sale:
        breach = _receipts_lag(state, settings)
    if breach is not None and delivering:
        # Each breach doubles the pause, so that drawing unpaid slack again and again is slow work.
        breaches = min(state.breaches + 1, MOST_BREACHES_COUNTED)
        return replace(enter(state, Delivery.WITHDRAWN, now_s, breach), breaches=breaches)
    if rights.bars_sale:
        reason = f"{rights.bars_sale}: the sale waits"
        return replace(
            enter(state, Delivery.PAIRED, now_s, reason),
            reason=reason,
            waiting=_served(observation, settings, rights, delivering),
        )
    price = f"{format_tokens(settings.price_per_kwh)}/kWh"
    if delivering:
        state = enter(state, Delivery.DELIVERING, now_s, f"a neighbour draws at {price}")
    else:
        soc = format_soc(observation.battery.soc_pct)
        reason = f"SoC {soc} above floor {settings.sell_floor_pct:g} %: offering at {price}"
        state = enter(state, Delivery.OFFERING, now_s, reason)
    refusals = (
        f"the relay refuses the consent to connection {number}: {sentence}"
        for number, sentence in state.unconsented
    )
    return replace(state, waiting="; ".join(refusals))


def _obstacle(
    state: DeliveryState,
    observation: Observation,
    faults: Sequence[Fault],
    settings: DeliverySettings,
    draws_itself: bool,
    rights: Rights,
) -> str | None:
    if worst(tuple(faults)) is Severity.REST:
        return faults[0].sentence
    if draws_itself and not rights.draws:
        return "this home draws from a neighbour itself"
    battery = observation.battery
    # Who has sold keeps to it down to the floor, as an offer that stands does.
    stands = state.mode in (Delivery.OFFERING, Delivery.DELIVERING, Delivery.PAIRED)
    offering = stands or bool(rights.serves)
    if battery.soc_pct is None or not (battery.settled or offering):
        return "state of charge not settled"
    bound_pct = settings.sell_floor_pct if offering else settings.offer_again_pct
    if battery.soc_pct < bound_pct:
        return f"SoC {format_soc(battery.soc_pct)} < {bound_pct:g} %: nothing to sell"
    return None


def _served(
    observation: Observation, settings: DeliverySettings, rights: Rights, delivering: bool
) -> str:
    """Say whom the pairing lets draw."""
    if not rights.serves:
        return "nobody may draw from this home"
    energy = format_wh(sum(licence.energy_milliwh for licence in rights.serves))
    buyers = len({licence.buyer for licence in rights.serves})
    now = "; one draws now" if delivering else ""
    return f"{energy} for {buyers} paired {'home' if buyers == 1 else 'homes'}{now}"


def _receipts_lag(state: DeliveryState, settings: DeliverySettings) -> str | None:
    lag = lag_milliwh(state, settings.loss_tolerance)
    if lag <= settings.slack_milliwh:
        return None
    return (
        f"receipts lag the meter by {format_wh(lag)},"
        f" more than {format_wh(settings.slack_milliwh)}: withdrawn"
    )


def _overload(observation: Observation, settings: DeliverySettings) -> str | None:
    meter = observation.connection
    if meter is not None and meter.power_w is not None and meter.bus_voltage_v:
        current_a = -meter.power_w / meter.bus_voltage_v
        if current_a > settings.rated_current_a:
            return f"{current_a:.2f} A drawn, rated {settings.rated_current_a:g} A: withdrawn"
    return None


def _settlements(
    state: DeliveryState,
    observation: Observation,
    settings: DeliverySettings,
    sales: Sequence[Sale],
) -> Step:
    view, chain_now_s, now_s = observation.chain, observation.chain_now_s, observation.now_s
    if view is None or chain_now_s is None or observation.chain_problem is not None:
        return state, ()
    if is_pausing(state, now_s) or view.block.number < state.underway.seen_from:
        return state, ()
    stopped = state.mode in (Delivery.NOT_OFFERING, Delivery.WITHDRAWN)
    # The buyer's last receipt follows the opening of the contact; give it time to arrive.
    span_s = 2 * settings.receipt_period_s
    quiet = (
        state.opened_at_s is not None
        and observation.now_s - state.opened_at_s >= span_s
        and observation.now_s - state.since_s >= span_s
    )
    late_s = min(span_s * observation.clock_speed, LONGEST_WAIT_FOR_RECEIPTS_S)
    commands: list[Settlement] = []
    settling = {settled_by(intent) for intent in state.underway.intents}
    for sale in sales:
        command = settle(sale, chain_now_s - late_s, ends_now=stopped and quiet)
        if command is not None and sale.key not in settling:
            commands.append(command)
    return replace(state, underway=ask(state.underway, *commands, now=now_s)), tuple(commands)
