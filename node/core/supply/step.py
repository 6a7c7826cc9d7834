"""Decide where a home's energy comes from: one step from what is observed to commands.

Own source is rest. A contact is asked for only on a confirmed purchase with credit left, and
every doubt ends on own source. `absorb` takes account of what has happened; `decide` decides.
"""

from collections.abc import Sequence
from dataclasses import replace

from node.core.auction.licence import NO_RIGHTS, Rights
from node.core.errors import NoSuchMove
from node.core.faults import Fault
from node.core.observation import Observation
from node.core.supply.absorb import absorb_energy, absorb_fact, absorb_rights, absorb_views
from node.core.supply.credit import sign_due
from node.core.supply.decide import decide
from node.core.supply.orders import sign_undone
from node.core.supply.refunds import refunds
from node.core.supply.rest import rest
from node.core.supply.state import Cause, Mode, Step, SupplySettings, SupplyState


def step(
    state: SupplyState,
    observation: Observation,
    faults: Sequence[Fault],
    settings: SupplySettings,
    rights: Rights = NO_RIGHTS,
) -> Step:
    """Take one step; the commands are in the order in which they must leave.

    `rights` are what the auction says about this home's contacts; without it, none.
    """
    drawn, now_s = state.draws, observation.now_s
    for fact in observation.facts:
        state = absorb_fact(state, fact, observation, settings)
    state = absorb_views(state, observation, settings)
    state = absorb_energy(state, observation, settings, rights)
    undone = sign_undone(drawn, state, now_s)
    state = absorb_rights(state, observation, rights)
    try:
        state, commands = decide(state, observation, faults, settings, rights)
    except NoSuchMove as error:
        # A fault of this program must not hold a contact: what it wanted is left undone.
        state, commands = rest(state, observation, settings, Cause.FAULT, f"{error}: at rest")
    draws, receipts = sign_due(
        state.draws, now_s, settings.receipt_period_s, at_once=state.mode is not Mode.ON_SELLER
    )
    state, asked = refunds(replace(state, draws=draws), observation, settings)
    return state, (*commands, *undone, *receipts, *asked)
