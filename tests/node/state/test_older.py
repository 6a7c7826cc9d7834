"""What an older flight record lacks is read as what its program did; the rest is as it was."""

from node.core.commands import LONGEST_ORDER_S
from node.state.older import agrees, completed


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
