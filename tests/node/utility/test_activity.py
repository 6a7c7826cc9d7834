"""What the utility says that it is doing: the newest thing; that it waits, only while it does."""

from node.core.commands import ClearInterval
from node.core.facts import IntentConfirmed, IntentRefused
from node.utility.snapshot import Activity
from tests.factories.home import stamp
from tests.factories.market import utility_view

CLEAR = ClearInterval(interval=7)
DONE = IntentConfirmed(intent=CLEAR, block=stamp(), transaction="0x", gas_used=5)
REFUSED = IntentRefused(intent=CLEAR, name="TooEarly", sentence="its gate is open")


def test_it_waits_for_the_chain_until_that_is_seen() -> None:
    activity = Activity()
    activity.refuse(REFUSED)
    assert activity.reason == "starting: the chain is not seen yet"

    activity.see(utility_view())

    assert activity.reason == "sees the chain, and waits for what there is to do"


def test_what_an_earlier_run_asked_for_is_told_before_the_chain_is_seen_and_after() -> None:
    activity = Activity()
    assert activity.confirm(DONE) == f"{activity.reason} (gas 5)"
    done = activity.reason

    activity.see(utility_view())

    assert done.startswith("did clear interval 7, in block ")
    assert activity.reason == done
