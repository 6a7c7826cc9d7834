"""Let neighbours close their connections to this home, for as long as it means to feed them."""

from collections.abc import Sequence
from dataclasses import replace

from node.core.auction.licence import Rights
from node.core.commands import Command, GiveConsent
from node.core.delivery.state import Delivery, DeliverySettings, DeliveryState, Step
from node.core.observation import Observation
from node.core.records import ConnectionView
from node.core.relay.connections import connections_as_source

ASK_AGAIN_S = 1.0


def consent(
    state: DeliveryState, observation: Observation, settings: DeliverySettings, rights: Rights
) -> Step:
    """Renew each consent at a third of its span; withdraw those that stand and may not."""
    if observation.relay is None or observation.relay_lost_at_s is not None:
        return replace(state, consents=()), ()
    now_s = observation.now_s
    connections = connections_as_source(observation.relay, settings.account)
    given = dict(state.consents)
    commands: list[Command] = []
    free = _may_draw(state, connections, rights)
    for connection in free:
        renewed_s = given.get(connection.connection)
        lapsed = not connection.consents_stand and len(connection.consents) == 1
        due_s = ASK_AGAIN_S if lapsed else settings.consent_s / 3
        if renewed_s is None or now_s - renewed_s >= min(due_s, settings.consent_s / 3):
            commands.append(
                GiveConsent(connection=connection.connection, consent_s=settings.consent_s)
            )
            given[connection.connection] = now_s
    allowed = {connection.connection for connection in free}
    stale = given.keys() - allowed
    kept = tuple((number, at_s) for number, at_s in given.items() if number in allowed)
    state = replace(state, consents=kept)
    # One that still stands was withdrawn while the relay was away, or given by an earlier run.
    asked_s = state.withdrawn_at_s
    if not stale and asked_s is not None and now_s - asked_s < ASK_AGAIN_S:
        return state, tuple(commands)
    standing = {c.connection for c in connections if c.consents_stand} - allowed
    numbers = sorted(stale | standing)
    withdrawn = (GiveConsent(connection=number, consent_s=0.0) for number in numbers)
    state = replace(state, withdrawn_at_s=now_s if numbers else asked_s)
    return state, (*withdrawn, *commands)


def _may_draw(
    state: DeliveryState, connections: Sequence[ConnectionView], rights: Rights
) -> tuple[ConnectionView, ...]:
    """Give the connections over which this home lets others draw now."""
    if state.mode in (Delivery.OFFERING, Delivery.DELIVERING):
        return tuple(connections)
    if state.mode is not Delivery.PAIRED:
        return ()
    buyers = {licence.buyer for licence in rights.serves}
    return tuple(connection for connection in connections if connection.holder in buyers)
