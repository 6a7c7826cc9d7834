"""Watch a contact that is to be closed: relay, wire, consent, lease, delivery; renew or give up.

The same rules whatever licenses the contact: an order of the sale or a pairing of the auction.
"""

from dataclasses import dataclass, replace

from node.core.commands import HoldContacts
from node.core.facts import LeaseRefused
from node.core.observation import Observation
from node.core.records import ConnectionView
from node.core.relay.connections import connection_to
from node.core.supply.moves import give_up
from node.core.supply.purchase import SellerSettings
from node.core.supply.state import Cause, Contact, Step, SupplySettings, SupplyState

RECLOSINGS_PER_HOUR = 3
CLOSE_DEADLINE_S = 5.0
UNDELIVERED_VOLTAGE_SHARE = 0.8
UNDELIVERED_POWER_SHARE = 0.1
LEAST_MEANT_POWER_W = 0.05
"""A load below this says nothing about whether a seller delivers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Say that the contact is closed and the seller delivers; the state knows since when."""

    state: SupplyState
    connection: ConnectionView


def watch(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    seller: SellerSettings,
    licence: str,
    *,
    by_power: bool,
) -> Step | Closed:
    """Look at the contact to a seller; give the step to take where it is not closed and well.

    `licence` says in a sentence on what it may be closed again after a lost lease. `by_power`
    holds where all that the load takes comes over the contact.
    """
    connection = connection_to(
        observation.relay,
        settings.purchase.account,
        seller.account,
        seller.channels,
        seller.connection,
    )
    if observation.relay is None or observation.relay_lost_at_s is not None:
        return replace(state, waiting="relay away; its lease ends by itself"), ()
    if connection is None:
        sentence = f"the relay has no connection to {seller.name} any more"
        return give_up(state, observation, settings, seller, sentence)
    if not connection.closed:
        return _while_open(state, observation, settings, seller, connection, licence)
    contact = _watched(state, observation, by_power)
    state, since_s = replace(state, contact=contact), contact.undelivered_since_s
    silent_s = 3 * settings.sample_period_s + 1.0
    if since_s is not None and observation.now_s - since_s > silent_s:
        return give_up(state, observation, settings, seller, f"{seller.name} does not deliver")
    return Closed(state=state, connection=connection)


def renew(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    connection: ConnectionView,
) -> Step:
    """Renew the lease once a third of it is over."""
    if observation.now_s - state.contact.renewed_at_s < settings.lease_s / 3:
        return state, ()
    renewal = HoldContacts(contacts=connection.channels, lease_s=settings.lease_s)
    contact = replace(state.contact, renewed_at_s=observation.now_s)
    return replace(state, contact=contact), (renewal,)


def recent_drops(state: SupplyState, observation: Observation) -> tuple[float, ...]:
    """Give the instants within the last hour at which a contact fell open unasked."""
    return tuple(at for at in state.drops if observation.now_s - at < 3600)


def _while_open(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    seller: SellerSettings,
    connection: ConnectionView,
    licence: str,
) -> Step:
    refusal = next(
        (f for f in observation.facts if isinstance(f, LeaseRefused) and f.contacts), None
    )
    if refusal is not None:
        return give_up(state, observation, settings, seller, f"relay refused: {refusal.sentence}")
    if not connection.consents_stand:
        sentence = f"{seller.name} withdrew its consent"
        return give_up(state, observation, settings, seller, sentence)
    contact = state.contact
    if contact.closed_at_s is None:
        asked_at_s = contact.asked_at_s
        if asked_at_s is not None and observation.now_s - asked_at_s <= CLOSE_DEADLINE_S:
            return replace(state, waiting="the contact is closing"), ()
        sentence = "the contact did not close"
        if asked_at_s is not None and asked_at_s <= (contact.granted_at_s or float("-inf")):
            sentence = f"the relay granted the lease, but {sentence}"
        return give_up(state, observation, settings, seller, sentence)
    drops = recent_drops(state, observation)
    if len(drops) >= RECLOSINGS_PER_HOUR:
        return give_up(state, observation, settings, seller, "the lease was lost too often")
    now_s = observation.now_s
    # What was not delivered counts on: the same seller stays behind it.
    state = replace(
        state,
        drops=(*drops, now_s),
        contact=replace(contact, closed_at_s=None, asked_at_s=now_s, renewed_at_s=now_s),
        reason=f"the lease was lost: closing again to {seller.name} {licence}",
        cause=Cause.LEASE_LOST,
    )
    return state, (HoldContacts(contacts=connection.channels, lease_s=settings.lease_s),)


def _watched(state: SupplyState, observation: Observation, by_power: bool) -> Contact:
    """See since when it is closed, and since when its seller gives nothing."""
    contact, now_s = state.contact, observation.now_s
    closed_at_s = contact.closed_at_s if contact.closed_at_s is not None else now_s
    since_s = None
    if _is_silent(state, observation, by_power):
        since_s = contact.undelivered_since_s
        since_s = now_s if since_s is None else since_s
    return replace(contact, closed_at_s=closed_at_s, undelivered_since_s=since_s)


def _is_silent(state: SupplyState, observation: Observation, by_power: bool) -> bool:
    load, connection = observation.load, observation.connection
    silent = False
    if load is not None and load.bus_voltage_v is not None and state.own_voltage_v:
        silent = load.bus_voltage_v < UNDELIVERED_VOLTAGE_SHARE * state.own_voltage_v
    if by_power and load is not None and connection is not None and not silent:
        wanted_w, given_w = load.power_w, connection.power_w
        if wanted_w is not None and given_w is not None and wanted_w > LEAST_MEANT_POWER_W:
            silent = given_w < UNDELIVERED_POWER_SHARE * wanted_w
    return silent
