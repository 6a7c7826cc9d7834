"""What a home does while a seller feeds it: watch, renew, buy again in time, and go back."""

from dataclasses import replace

from node.core import credit
from node.core.commands import HoldContacts, OpenOrder
from node.core.facts import LeaseRefused
from node.core.holdoff import forgive
from node.core.observation import Observation, chain_time_s
from node.core.purchase import SellerSettings, order_from
from node.core.records import ConnectionView
from node.core.supply_moves import buy, credit_at, give_up, leave
from node.core.supply_state import Step, SupplySettings, SupplyState, seller_named
from node.core.units import MILLIWH_PER_WH, format_soc, format_wh
from node.core.wiring import connection_to

RECLOSINGS_PER_HOUR = 3
CLOSE_DEADLINE_S = 5.0
UNDELIVERED_VOLTAGE_SHARE = 0.8
UNDELIVERED_POWER_SHARE = 0.1
NEARLY_FULL_SHARE = 0.2
"""Of the way from `limit` to `resume`; what credit does not cover there, the battery does."""
LEAST_MEANT_POWER_W = 0.05
"""A load below this says nothing about whether a seller delivers."""


def on_seller(
    state: SupplyState, observation: Observation, settings: SupplySettings, obstacle: str
) -> Step:
    """Act on the contact as the relay shows it; `obstacle` says why nothing may be bought now."""
    seller = seller_named(settings, state.seller)
    assert seller is not None
    connection = connection_to(
        observation.relay,
        settings.purchase.account,
        seller.account,
        seller.channels,
        seller.connection,
    )
    if not credit_at(state, seller.account, observation, settings):
        return leave(state, observation, settings, f"the credit at {seller.name} has ended")
    if observation.relay is None or observation.relay_lost_at_s is not None:
        return replace(state, waiting="relay away; its lease ends by itself"), ()
    if connection is None:
        sentence = f"the relay has no connection to {seller.name} any more"
        return give_up(state, observation, settings, seller, sentence)
    if not connection.closed:
        return _while_open(state, observation, settings, seller, connection)
    return _while_closed(state, observation, settings, seller, connection, obstacle)


def recent_drops(state: SupplyState, observation: Observation) -> tuple[float, ...]:
    """Give the instants within the last hour at which a contact fell open unasked."""
    return tuple(at for at in state.drops if observation.now_s - at < 3600)


def _while_open(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    seller: SellerSettings,
    connection: ConnectionView,
) -> Step:
    refusal = next(
        (f for f in observation.facts if isinstance(f, LeaseRefused) and f.contacts), None
    )
    if refusal is not None:
        return give_up(state, observation, settings, seller, f"relay refused: {refusal.sentence}")
    if not connection.consents_stand:
        sentence = f"{seller.name} withdrew its consent"
        return give_up(state, observation, settings, seller, sentence)
    if state.closed_at_s is None:
        asked_at_s = state.asked_at_s
        if asked_at_s is not None and observation.now_s - asked_at_s <= CLOSE_DEADLINE_S:
            return replace(state, waiting="the contact is closing"), ()
        return give_up(state, observation, settings, seller, "the contact did not close")
    drops = recent_drops(state, observation)
    if len(drops) >= RECLOSINGS_PER_HOUR:
        return give_up(state, observation, settings, seller, "the lease was lost too often")
    state = replace(
        state,
        drops=(*drops, observation.now_s),
        closed_at_s=None,
        asked_at_s=observation.now_s,
        renewed_at_s=observation.now_s,
        reason=f"the lease was lost: closing again to {seller.name} on the same order",
    )
    return state, (HoldContacts(contacts=connection.channels, lease_s=settings.lease_s),)


def _while_closed(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    seller: SellerSettings,
    connection: ConnectionView,
    obstacle: str,
) -> Step:
    now_s = observation.now_s
    if state.closed_at_s is None:
        state = replace(state, closed_at_s=now_s)
    state = _watch_delivery(state, observation)
    since_s = state.undelivered_since_s
    if since_s is not None and now_s - since_s > 3 * settings.sample_period_s + 1.0:
        return give_up(state, observation, settings, seller, f"{seller.name} does not deliver")
    usable = credit_at(state, seller.account, observation, settings)
    soc_pct = observation.battery.soc_pct
    dwell_left_s = settings.min_dwell_s - (now_s - state.since_s)
    if observation.battery.settled and soc_pct is not None and soc_pct >= settings.resume_soc_pct:
        if dwell_left_s <= 0:
            state = replace(state, hold_offs=forgive(state.hold_offs, seller.account))
            sentence = f"SoC {format_soc(soc_pct)} >= resume {settings.resume_soc_pct:g} %"
            return leave(state, observation, settings, sentence)
        state = replace(state, waiting=f"dwell {dwell_left_s:.0f} s left")
        obstacle = "the battery has recovered"
    else:
        left = format_wh(credit.left_milliwh(usable) // MILLIWH_PER_WH * MILLIWH_PER_WH)
        state = replace(state, waiting=f"{left} of credit left at {seller.name}")
    state, commands = _successor(state, observation, settings, seller, obstacle)
    if now_s - state.renewed_at_s >= settings.lease_s / 3:
        renewal = HoldContacts(contacts=connection.channels, lease_s=settings.lease_s)
        return replace(state, renewed_at_s=now_s), (renewal, *commands)
    return state, commands


def _watch_delivery(state: SupplyState, observation: Observation) -> SupplyState:
    load, connection = observation.load, observation.connection
    silent = False
    if load is not None and load.bus_voltage_v is not None and state.own_voltage_v:
        silent = load.bus_voltage_v < UNDELIVERED_VOLTAGE_SHARE * state.own_voltage_v
    if load is not None and connection is not None and not silent:
        wanted_w, given_w = load.power_w, connection.power_w
        if wanted_w is not None and given_w is not None and wanted_w > LEAST_MEANT_POWER_W:
            silent = given_w < UNDELIVERED_POWER_SHARE * wanted_w
    if not silent:
        return replace(state, undelivered_since_s=None)
    since_s = state.undelivered_since_s
    return replace(state, undelivered_since_s=observation.now_s if since_s is None else since_s)


def _is_nearly_full(observation: Observation, settings: SupplySettings) -> bool:
    """Tell whether the way back is so near that a successor's escrow would lie idle."""
    soc_pct, resume_pct = observation.battery.soc_pct, settings.resume_soc_pct
    near_pct = NEARLY_FULL_SHARE * (resume_pct - settings.purchase.limit_soc_pct)
    return soc_pct is not None and soc_pct >= resume_pct - near_pct


def _successor(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    seller: SellerSettings,
    obstacle: str,
) -> Step:
    """Buy again from the same seller before the credit or its time ends, so nothing blinks."""
    view = observation.chain
    usable = credit_at(state, seller.account, observation, settings)
    if _is_nearly_full(observation, settings):
        return state, ()
    if view is None or obstacle or state.pending or len(usable) > 1:
        return state, ()
    speed = settings.purchase.clock_speed
    lead_s = (settings.confirmations + 3) * view.block_period_s + 2 * settings.sample_period_s
    meter = observation.load if settings.draws_from_load else observation.connection
    power_w = meter.power_w if meter is not None and meter.power_w is not None else 0.0
    milliwh_per_s = max(0.0, power_w) * 1000 * speed / 3600
    chain_now_s = chain_time_s(view, observation.now_s, speed)
    time_left_s = min(draw.expires_s - chain_now_s for draw in usable) / speed
    if credit.left_milliwh(usable) > milliwh_per_s * lead_s and time_left_s > lead_s:
        return state, ()
    offer = next((o for o in view.offers if o.seller == seller.account), None)
    order = order_from(seller, offer, observation, settings.purchase, state.memory)
    if isinstance(order, OpenOrder):
        return buy(state, observation, settings, seller, order)
    return replace(state, waiting=f"{state.waiting}; no successor: {order.sentence}"), ()
