"""What a home does while the auction's pairing feeds it: its parts in turn, each to its end.

The licence is the confirmed fill, so nothing is bought, signed or resumed here, and the battery
does not matter: what was bought is drawn while the load is there. A part is left when its energy is
metered, when the interval ends, when it is licensed no more, or when its seller fails.
"""

from dataclasses import dataclass, replace

from node.core.auction.licence import PartDraw, key_of
from node.core.commands import HoldContacts
from node.core.holdoff import forgive, left_s
from node.core.observation import Observation
from node.core.records import ConnectionView
from node.core.relay.connections import connection_to
from node.core.supply.contact import Closed, renew, watch
from node.core.supply.moves import chain_now, leave
from node.core.supply.purchase import SellerSettings, reachable
from node.core.supply.state import (
    Cause,
    Step,
    SupplySettings,
    SupplyState,
    ask_for,
    seller_named,
)
from node.core.supply.transitions import enter
from node.core.units import format_wh

PATIENCE_SHARE = 1 / 12
"""Of an interval, from its start: how long a part waits for its seller before it is passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Hold the part that is due, and its contact."""

    part: PartDraw
    seller: SellerSettings
    connection: ConnectionView


def on_pairing(state: SupplyState, observation: Observation, settings: SupplySettings) -> Step:
    """Draw the part to its end, then the next one; leave where there is none."""
    part = next((part for part in state.parts if _is_drawn_now(part, state)), None)
    now_s = chain_now(observation)
    if part is None or now_s >= part.licence.ends_s:
        contact = state.contact
        if contact.closed_at_s is not None and contact.seller is not None:
            state = replace(state, hold_offs=forgive(state.hold_offs, contact.seller))
        turn = due(state, observation, settings)
        if isinstance(turn, Turn):
            return draw(state, observation, settings, turn)
        return leave(state, observation, settings, Cause.PAIRING_ENDED, _end(state, now_s))
    seller = seller_of(settings, part.licence.seller)
    if _ends_early(part, seller, now_s, observation, settings):
        sentence = f"interval {part.licence.interval} is ending"
        return leave(state, observation, settings, Cause.PAIRING_ENDED, sentence)
    # On a common grid the own solar energy may feed the load, and the line stays without power.
    watched = watch(state, observation, settings, seller, "on the same pairing", by_power=False)
    if not isinstance(watched, Closed):
        return watched
    left = f"{format_wh(part.left_milliwh)} left of the part of {seller.name}"
    return renew(replace(watched.state, waiting=left), observation, settings, watched.connection)


def draw(
    state: SupplyState, observation: Observation, settings: SupplySettings, turn: Turn
) -> Step:
    """Ask for the contact of the part whose turn it is; each part begins anew."""
    licence, now_s = turn.part.licence, observation.now_s
    reason = (
        f"interval {licence.interval}: drawing {format_wh(turn.part.left_milliwh)} of"
        f" {licence.kind} from {turn.seller.name}, as paired"
    )
    state = replace(
        enter(state, Cause.PART_DUE, now_s, reason),
        since_s=now_s,
        reason=reason,
        cause=Cause.PART_DUE,
        contact=ask_for(turn.seller.account, licence, now_s, is_closed=turn.connection.closed),
    )
    command = HoldContacts(contacts=turn.connection.channels, lease_s=settings.lease_s)
    return state, (command,)


def due(state: SupplyState, observation: Observation, settings: SupplySettings) -> Turn | str:
    """Give the part whose turn it is, or say why none can be drawn; empty where there is none.

    A part whose seller is held off is passed over, and after some patience one that cannot be
    reached. A source that feeds another home is waited for: the other one's turn came first.
    """
    now_s, passed = chain_now(observation), []
    for part in state.parts:
        licence = part.licence
        if not part.left_milliwh or not licence.starts_s <= now_s < licence.ends_s:
            continue
        real_left_s = (licence.ends_s - now_s) / observation.clock_speed
        if settings.dwell_left_s(real_left_s) > 0:
            return f"interval {licence.interval} ends in {real_left_s:.0f} s, within the dwell"
        seller = seller_of(settings, licence.seller)
        pause_s = left_s(state.hold_offs, seller.account, observation.now_s)
        if pause_s > 0:
            passed.append(f"{seller.name}: held off for {pause_s:.0f} s")
            continue
        connection = reachable(seller, observation, settings.purchase)
        if isinstance(connection, ConnectionView):
            return Turn(part=part, seller=seller, connection=connection)
        span_s = licence.ends_s - licence.starts_s
        is_early = now_s < licence.starts_s + PATIENCE_SHARE * span_s
        if is_early or _feeds_another(seller, observation, settings):
            return connection.sentence
        passed.append(connection.sentence)
    return "; ".join(passed)


def seller_of(settings: SupplySettings, account: str) -> SellerSettings:
    """Give a seller as configured; one that is not is found at the relay by its account."""
    plain = SellerSettings(
        name=account, account=account, channels=None, connection=None, max_price_per_kwh=0
    )
    return seller_named(settings, account) or plain


def _ends_early(
    part: PartDraw,
    seller: SellerSettings,
    now_s: float,
    observation: Observation,
    settings: SupplySettings,
) -> bool:
    """Tell whether the seller, whose clock is not ours, has only ended the interval before us."""
    relay, account = observation.relay, settings.purchase.account
    found = connection_to(relay, account, seller.account, seller.channels, seller.connection)
    real_left_s = (part.licence.ends_s - now_s) / observation.clock_speed
    return found is not None and not found.consents_stand and real_left_s <= settings.lease_s


def _feeds_another(
    seller: SellerSettings, observation: Observation, settings: SupplySettings
) -> bool:
    relay, account = observation.relay, settings.purchase.account
    found = connection_to(relay, account, seller.account, seller.channels, seller.connection)
    return relay is not None and found is not None and found.source in relay.busy_sources


def _is_drawn_now(part: PartDraw, state: SupplyState) -> bool:
    paired = state.contact.paired
    is_same = paired is not None and key_of(part.licence) == key_of(paired)
    return is_same and part.left_milliwh > 0


def _end(state: SupplyState, now_s: float) -> str:
    """Say why nothing of the pairing is drawn any more."""
    parts = [part for part in state.parts if part.licence.seller == state.contact.seller]
    if not parts:
        return "the interval of the pairing has ended"
    interval = parts[0].licence.interval
    if now_s >= parts[0].licence.ends_s:
        return f"interval {interval} has ended"
    if not any(part.stands for part in parts):
        return f"the pairing of interval {interval} licenses it no more"
    drawn = sum(part.drawn_milliwh for part in parts)
    return f"interval {interval}: {format_wh(drawn)} drawn as paired"
