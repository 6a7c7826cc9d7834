"""What an older flight record lacks is read as what its program did; the rest is as it was."""

from dataclasses import replace

from node.core.budget import Spent
from node.core.commands import LONGEST_ORDER_S, CloseOrder, RefundOrder
from node.core.delivery.state import Delivery
from node.core.home import HomeState, initial
from node.core.supply.state import Cause, SupplyState
from node.core.trading.state import TradingState
from node.core.underway import NOTHING, Asked, Resting, Underway, ask
from node.core.wire.codec import from_plain, to_plain
from node.state.older import agrees, begun, completed
from tests.factories.home import DAY, NOW_S, delivery_state_in, supply_state_at_rest
from tests.factories.pairing import supply_state_on_pairing
from tests.factories.selling import posted
from tests.factories.settings import HOME, NEIGHBOUR, settings
from tests.factories.trading import place, trading


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


def test_what_trading_told_by_itself_is_under_way():
    """A record of b27a8d0 and of f74f535 may begin while an order is under way, or rests."""
    order = to_plain(place())
    told = to_plain(trading()) | {
        "asked": [{"type": "Asked", "intent": order, "asked_at_s": 5.0}],
        "refusal": {
            "type": "Refusal", "intent": order, "sentence": "late", "failures": 2, "until_s": 65.0,
        },
        "seen_from_block": 700,
    }  # fmt: skip
    del told["underway"]

    read = from_plain(TradingState, completed(told))

    assert read.underway == Underway(
        asked=(Asked(intent=place(), since=5.0),),
        resting=(Resting(intent=place(), sentence="late", failures=2, until=65.0),),
        seen_from=700,
    )
    assert from_plain(TradingState, completed(to_plain(read))) == read


def test_what_delivery_told_by_itself_is_under_way():
    """Its pause after a refusal ended when the settings say."""
    sold = to_plain(delivery_state_in(Delivery.OFFERING)) | {
        "offer": to_plain(posted()),
        "offer_pending": True,
        "offered_at_s": 5.0,
        "settling": [[NEIGHBOUR, 7]],
        "refused_at_s": 100.0,
    }
    del sold["underway"]
    started = initial(settings(), NOW_S, Spent(day=DAY, amount=0), was_drawing=False)
    state = to_plain(started) | {"delivery": sold}

    read = from_plain(HomeState, begun({"settings": to_plain(settings()), "state": state}))

    close = CloseOrder(buyer=NEIGHBOUR, number=7)
    asked = ask(NOTHING, posted(), close, now=5.0)
    assert read.delivery.underway.asked == asked.asked
    assert [resting.until for resting in read.delivery.underway.resting] == [130.0]
    assert read.supply == started.supply


def test_what_was_asked_back_and_told_by_supply_itself_is_under_way():
    """Its pause after a refusal ended when the settings say."""
    bought = to_plain(supply_state_at_rest()) | {
        "refunds": [[NEIGHBOUR, 7]],
        "refund_refused_at_s": 100.0,
    }
    del bought["refunding"]
    started = initial(settings(), NOW_S, Spent(day=DAY, amount=0), was_drawing=False)
    state = to_plain(started) | {"supply": bought}

    read = from_plain(HomeState, begun({"settings": to_plain(settings()), "state": state}))

    refund = RefundOrder(buyer=HOME, seller=NEIGHBOUR, number=7)
    assert read.supply.refunding.asked == ask(NOTHING, refund, now=0.0).asked
    assert [resting.until for resting in read.supply.refunding.resting] == [1000.0]
    assert read.delivery == started.delivery


def test_a_state_of_today_begins_as_it_is():
    state = to_plain(initial(settings(), NOW_S, Spent(day=DAY, amount=0), was_drawing=False))

    assert begun({"settings": to_plain(settings()), "state": state}) == completed(state)


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
