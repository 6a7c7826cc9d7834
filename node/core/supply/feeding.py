"""Say which of the energy that a meter tells came over the contact to a seller.

Too much is paid for nothing, too little is the seller's loss. So energy counts from when the relay
shows that contact closed until the first sample after it is shown open. While the relay is away
nobody knows, and the lease tells: the contact may be closed until that has ended.
"""

from dataclasses import replace

from node.core.observation import Observation
from node.core.relay.connections import connection_to
from node.core.supply.state import Contact, Mode, SupplySettings, SupplyState, seller_named


def absorb_meter(
    state: SupplyState, observation: Observation, settings: SupplySettings
) -> tuple[SupplyState, int]:
    """Take the meter in; give what of its rise is of the contact, in milliwatt-hours."""
    meter = observation.load if settings.draws_from_load else observation.connection
    if meter is None:
        return state, 0
    metered = meter.metered.import_milliwh
    before = state.import_milliwh if state.import_milliwh is not None else metered
    state = replace(state, import_milliwh=metered)
    contact = state.contact
    if state.mode in (Mode.ON_SELLER, Mode.ON_PAIRING):
        return state, metered - before if _may_be_fed(contact, observation, settings) else 0
    if contact.tail_ends_s is None:
        return state, 0
    shown = _shows_closed(contact, observation, settings)
    ends_s = _told_until_s(contact.tail_ends_s, observation, settings, shown=shown)
    if observation.now_s > ends_s:
        return replace(state, contact=replace(contact, tail_ends_s=None)), 0
    # The first sample after the opening tells the last of it; later ones tell of a grid, or noise.
    is_last = shown is False and metered > before
    contact = replace(contact, tail_ends_s=None if is_last else ends_s)
    return replace(state, contact=contact), metered - before


def tail_end_s(
    contact: Contact, observation: Observation, settings: SupplySettings
) -> float | None:
    """Give until when energy may be of the contact that is left now; None where nothing can be."""
    if not _may_be_fed(contact, observation, settings):
        return None
    shown = _shows_closed(contact, observation, settings)
    return _told_until_s(_lease_told_s(contact, settings), observation, settings, shown=shown)


def _may_be_fed(contact: Contact, observation: Observation, settings: SupplySettings) -> bool:
    """Say whether the contact that was asked for may have been closed since the last sample.

    Until it is shown so, the connection's energy is of the grid, and who consents and takes it back
    would be paid for it each time. Where the load is what is metered, it is fed in any case: then
    nothing counts on a guess.
    """
    shown = _shows_closed(contact, observation, settings)
    if shown is None and observation.now_s > _lease_told_s(contact, settings):
        return False
    if contact.closed_at_s is not None:
        return True
    return not settings.draws_from_load and shown is not False


def _told_until_s(
    ends_s: float, observation: Observation, settings: SupplySettings, *, shown: bool | None
) -> float:
    """Give until when the energy of a contact that was left is told, which is `ends_s` at most.

    What was metered before it opened is told within two samples of that; of the load's energy only
    what is told before.
    """
    if shown is not False or observation.relay is None:
        return ends_s
    samples = 0 if settings.draws_from_load else 2
    opened_s = observation.relay.received_at_s + samples * settings.sample_period_s
    return min(ends_s, opened_s)


def _lease_told_s(contact: Contact, settings: SupplySettings) -> float:
    """Give until when the energy of the newest lease is told: no contact outlasts that."""
    return contact.renewed_at_s + settings.lease_s + settings.sample_period_s


def _shows_closed(
    contact: Contact, observation: Observation, settings: SupplySettings
) -> bool | None:
    """Say what the relay shows of the contact to the seller; None while it is away."""
    if observation.relay is None or observation.relay_lost_at_s is not None:
        return None
    if contact.seller is None:
        return False
    seller = seller_named(settings, contact.seller)
    connection = connection_to(
        observation.relay,
        settings.purchase.account,
        contact.seller,
        seller.channels if seller is not None else None,
        seller.connection if seller is not None else None,
    )
    return connection is not None and connection.closed
