"""Build a home's buying side in each of its modes, and what moves it from one to another."""

from node.core.faults import Severity
from node.core.holdoff import HoldOff
from node.core.supply.state import Mode
from tests.factories.home import (
    NOW_S,
    chain_view,
    fault,
    order,
    supply_state_on_seller1,
    supply_state_purchasing,
)
from tests.factories.pairing import supply_state_awake, supply_state_on_pairing
from tests.factories.settings import SELLER1, SELLER2

STATES = {
    Mode.OWN_SOURCE: supply_state_awake(),
    Mode.PURCHASING: supply_state_purchasing(started_at_s=NOW_S - 1_000),
    Mode.ON_SELLER: supply_state_on_seller1(started_at_s=NOW_S - 1_000),
    Mode.ON_PAIRING: supply_state_on_pairing(),
    Mode.HOLD_OFF: supply_state_awake(mode=Mode.HOLD_OFF),
    Mode.SAFE: supply_state_awake(mode=Mode.SAFE),
}
HELD = tuple(
    HoldOff(seller=seller, failures=1, until_s=NOW_S + 30) for seller in (SELLER1, SELLER2)
)
CREDIT = chain_view(orders=(order(energy_milliwh=206_000),), last_number=7)
STOP = (fault(Severity.REST),)
