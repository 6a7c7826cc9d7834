"""Every short story of a buyer in the auction, not a sample: all pictures after all pictures.

Each second the home sees one of the pictures below; every state that some order of them can reach
in two seconds (a soak: three, 70,000 steps) is visited, and each step from it is checked.
"""

import os
from dataclasses import replace
from itertools import product

from node.core.auction.licence import NO_RIGHTS
from node.core.commands import HoldContacts, OpenOrder
from node.core.supply import step as supply
from node.core.supply.state import Mode, SupplyState
from tests.factories.home import (
    CHANNELS1,
    NOW_S,
    chain_view,
    connection,
    meter,
    observation,
    on_seller1,
    order,
    relay_view,
)
from tests.factories.pairing import barred, draws, licence, supply_state_awake
from tests.factories.settings import SELLER1, SELLER2, supply_settings

SECONDS = 3 if "PEERWATT_SOAK" in os.environ else 2
CREDIT = chain_view(orders=(order(),), last_number=7)
RIGHTS = (NO_RIGHTS, barred(), draws(licence(energy_milliwh=2_000)), draws(licence(seller=SELLER2)))
CLOSED = on_seller1()
UNWILLING = relay_view(connection(0, consents_stand=False), connection(1))
PICTURES = tuple(
    product(
        RIGHTS,
        (relay_view(), CLOSED, UNWILLING),
        (19.0, 50.0),
        (chain_view(), CREDIT),
        (False, True),
    )
)


def successors(state, second):
    """Take a step on each picture; a closed contact imports 1 Wh more."""
    now_s = NOW_S + second
    for rights, relay, soc_pct, chain, wish in PICTURES:
        more = 1_000 if relay == CLOSED else 0
        seen = observation(
            now_s,
            soc_pct,
            relay=relay,
            chain=chain,
            wants_own_source=wish,
            connection=meter(state.import_milliwh + more, power_w=900.0),
        )
        yield rights, seen, *supply.step(state, seen, (), supply_settings(), rights)


def bare(state: SupplyState) -> SupplyState:
    """Leave the sentences away, which nothing looks at again."""
    return replace(state, waiting="", reason="")


def check(before: SupplyState, rights, seen, state: SupplyState, commands) -> None:
    asked = [c.contacts for c in commands if isinstance(c, HoldContacts)]
    closes = [contacts for contacts in asked if contacts]
    seller = SELLER1 if CHANNELS1 in closes else SELLER2
    if seen.wants_own_source:
        assert not closes and state.mode is Mode.OWN_SOURCE
    elif rights.bars_sale:
        assert state.mode in (Mode.OWN_SOURCE, Mode.ON_PAIRING)
        assert not any(isinstance(command, OpenOrder) for command in commands)
        left = {part.licence.seller: part.left_milliwh for part in state.parts}
        assert not closes or left.get(seller, 0) > 0
    else:
        assert state.mode is not Mode.ON_PAIRING
        assert not closes or any(draw.seller == seller for draw in state.draws)
    was_drawing = before.mode in (Mode.ON_SELLER, Mode.ON_PAIRING)
    if was_drawing and state.mode not in (Mode.ON_SELLER, Mode.ON_PAIRING):
        assert () in asked, "it left without asking for rest"
    for part in state.parts:
        assert part.drawn_milliwh <= part.licence.energy_milliwh + 1_000


def test_no_order_of_pictures_breaks_a_rule():
    states, modes = {supply_state_awake(started_at_s=NOW_S - 1_000)}, set()
    for second in range(SECONDS):
        reached = set()
        for before in states:
            for rights, seen, state, commands in successors(before, second):
                check(before, rights, seen, state, commands)
                reached.add(bare(state))
        states = reached
        modes |= {state.mode for state in states}

    assert modes == {Mode.OWN_SOURCE, Mode.PURCHASING, Mode.ON_SELLER, Mode.ON_PAIRING}
