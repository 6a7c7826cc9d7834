"""Build the worlds of a home in an interval of the auction: what it may draw, and whom it feeds."""

from dataclasses import replace
from typing import Any

from node.core.auction.licence import Licence, PartDraw, Rights
from node.core.commands import HoldContacts
from node.core.supply.state import Mode, SupplyState
from tests.factories.home import (
    CHANNELS2,
    NOW_S,
    connection,
    relay_view,
    supply_state_at_rest,
    supply_state_with,
)
from tests.factories.market import INTERVAL_S, NOW_INTERVAL
from tests.factories.settings import HOME, NEIGHBOUR, SELLER1, SELLER2

BARS = f"interval {NOW_INTERVAL} is delivered by the auction's pairing"
DRAWS = f"interval {NOW_INTERVAL}: drawing 100 Wh of solar from seller1, as paired"


def licence(**changes: Any) -> Licence:
    """Let 100 Wh of solar energy flow from seller1 to this home in the interval now."""
    plain = Licence(
        interval=NOW_INTERVAL,
        kind="solar",
        buyer=HOME,
        seller=SELLER1,
        energy_milliwh=100_000,
        starts_s=NOW_INTERVAL * INTERVAL_S,
        ends_s=(NOW_INTERVAL + 1) * INTERVAL_S,
    )
    return replace(plain, **changes)


def draws(*licences: Licence) -> Rights:
    """Let this home draw; seller1's part unless others are given."""
    return Rights(draws=licences or (licence(),), serves=(), bars_sale=BARS, problem="")


def serves(*licences: Licence) -> Rights:
    """Let this home feed; its neighbour unless others are given."""
    plain = licence(buyer=NEIGHBOUR, seller=HOME)
    return Rights(draws=(), serves=licences or (plain,), bars_sale=BARS, problem="")


def barred() -> Rights:
    """Have an order in the interval that licenses nothing."""
    return Rights(draws=(), serves=(), bars_sale=BARS, problem="")


def part_draw(licensed: Licence | None = None, **changes: Any) -> PartDraw:
    """Have drawn nothing of a part."""
    plain = PartDraw(licence=licensed or licence(), drawn_milliwh=0, stands=True)
    return replace(plain, **changes)


def supply_state_awake(**changes: Any) -> SupplyState:
    """Be at rest since before the interval began, so that its parts begin at nothing drawn."""
    return supply_state_at_rest(**{"started_at_s": NOW_S - 1_000, "import_milliwh": 0, **changes})


def supply_state_on_pairing(**changes: Any) -> SupplyState:
    """Draw seller1's part since two minutes ago."""
    plain = supply_state_awake(
        mode=Mode.ON_PAIRING,
        since_s=NOW_S - 120,
        reason=DRAWS,
        seller=SELLER1,
        paired=licence(),
        asked_at_s=NOW_S - 120,
        renewed_at_s=NOW_S - 1,
        closed_at_s=NOW_S - 119,
        own_voltage_v=12.8,
        parts=(part_draw(),),
    )
    return supply_state_with(plain, changes)


CLOSE2 = HoldContacts(contacts=CHANNELS2, lease_s=15.0)
FIRST, SECOND = licence(energy_milliwh=60_000), licence(seller=SELLER2, energy_milliwh=40_000)
BOTH = draws(FIRST, SECOND)
UNWILLING1 = relay_view(connection(0, consents_stand=False), connection(1))
