"""Build the worlds of a buyer: one step of its side, and the commands that most steps give."""

from node.core.auction.licence import NO_RIGHTS
from node.core.commands import HoldContacts
from node.core.holdoff import HoldOff
from node.core.supply import step as supply
from tests.factories.home import CHANNELS1, NOW_S, relay_view
from tests.factories.settings import SELLER1, supply_settings

CLOSE = HoldContacts(contacts=CHANNELS1, lease_s=15.0)
REST = HoldContacts(contacts=(), lease_s=15.0)
HELD_OFF = HoldOff(seller=SELLER1, failures=1, until_s=NOW_S + 30)
OPEN = relay_view()


def step(state, seen, faults=(), rights=NO_RIGHTS, **settings):
    """Take one step of the buying side."""
    return supply.step(state, seen, faults, supply_settings(**settings), rights)
