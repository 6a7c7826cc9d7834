"""What an older flight record lacks is read as what its program did; the rest is as it was."""

from dataclasses import replace

from node.core.commands import LONGEST_ORDER_S
from node.core.supply.state import Cause, SupplyState
from node.core.wire.codec import from_plain, to_plain
from node.state.older import agrees, completed
from tests.factories.home import NOW_S
from tests.factories.pairing import supply_state_on_pairing


def test_what_a_record_lacks_is_added_however_deep_and_what_it_tells_stays():
    told = {"type": "OpenOrder", "number": 7, "max_duration_s": 60}

    assert completed([{"pending": [{"type": "OpenOrder", "number": 7}, told, None, 1.5]}]) == [
        {
            "pending": [
                {"type": "OpenOrder", "number": 7, "max_duration_s": LONGEST_ORDER_S},
                told,
                None,
                1.5,
            ]
        }
    ]


def test_records_of_other_kinds_stay_as_they_are():
    plain = {"type": ["OpenOrder"], "other": {"type": "Bid", "tick": 3}}

    assert completed(plain) == plain


def test_commands_agree_as_far_as_they_are_told():
    now = [{"type": "OpenOrder", "number": 7, "max_duration_s": 60}, {"type": "HoldContacts"}]

    assert agrees(now, [{"type": "OpenOrder", "number": 7}, {"type": "HoldContacts"}])
    assert not agrees(now, [{"type": "OpenOrder", "number": 8}, {"type": "HoldContacts"}])
    assert not agrees(now, [{"type": "OpenOrder", "number": 7, "lacking": 1}, now[1]])
    assert not agrees(now, now[:1])
    assert not agrees(now, [now[1], now[0]])


def test_what_stood_loose_in_a_supply_state_is_gathered_into_its_contact():
    """In a draw on a pairing, where every member of it tells something."""
    state = supply_state_on_pairing(undelivered_since_s=NOW_S - 2, tail_ends_s=NOW_S + 1)
    plain = to_plain(state)
    contact = plain.pop("contact")
    del contact["type"], plain["cause"]

    read = from_plain(SupplyState, completed({**plain, **contact}))

    assert read == replace(state, cause=Cause.STARTED)


def test_a_supply_state_of_today_stays_as_it_is():
    plain = to_plain(supply_state_on_pairing())

    assert completed(plain) == {**plain, "tail_ends_s": None}
    assert from_plain(SupplyState, completed(plain)) == supply_state_on_pairing()
