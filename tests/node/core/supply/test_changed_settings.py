"""Other settings while a neighbour feeds the home: its contact stays as the rules have it."""

from dataclasses import replace

from node.core import home
from node.core.commands import HoldContacts
from node.core.supply.state import Mode
from tests.factories.flight import PICTURES
from tests.factories.home import CHANNELS1, NOW_S, drawing
from tests.factories.settings import settings
from tests.worlds.recorded_home import RecordedHome


def on_seller():
    """A home that draws on seller1's energy."""
    flown = RecordedHome(settings(), NOW_S)
    for seen in PICTURES[:3]:
        flown.step(seen)
    assert flown.state.supply.mode is Mode.ON_SELLER
    return flown.state


def with_limits(limit, resume):
    plain = settings()
    purchase = replace(plain.supply.purchase, limit_soc_pct=limit)
    return replace(plain, supply=replace(plain.supply, purchase=purchase, resume_soc_pct=resume))


def test_a_new_limit_drops_no_contact():
    for limit, resume in ((15.0, 30.0), (25.0, 40.0), (50.0, 90.0)):
        state, commands = home.step(
            on_seller(), drawing(NOW_S + 15, 19.4), with_limits(limit, resume)
        )

        assert state.supply.mode is Mode.ON_SELLER
        held = [one.contacts for one in commands if isinstance(one, HoldContacts)]
        assert set(held) <= {CHANNELS1}


def test_a_lower_resume_ends_the_draw_by_the_rule_and_a_higher_one_goes_on():
    after = drawing(NOW_S + 100, 31.0)
    ends, _ = home.step(on_seller(), after, with_limits(20.0, 30.0))
    goes_on, _ = home.step(on_seller(), after, with_limits(20.0, 50.0))

    assert ends.supply.mode is Mode.OWN_SOURCE
    assert goes_on.supply.mode is Mode.ON_SELLER
