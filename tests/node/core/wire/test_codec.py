"""Records become JSON and come back as they were."""

import json
from dataclasses import replace

import pytest

from node.core.budget import Spent
from node.core.commands import (
    Command,
    GiveConsent,
    HoldContacts,
    PostOffer,
    Redeem,
    RefundOrder,
    SignReceipt,
)
from node.core.energy.battery import BatteryPicture
from node.core.facts import (
    Fact,
    IntentRefused,
    IntentResumed,
    PairingHeard,
    ReceiptReceived,
    RelayReported,
)
from node.core.faults import Fault, Severity
from node.core.holdoff import HoldOff
from node.core.home import HomeSettings, HomeState, initial
from node.core.observation import Observation
from node.core.records import Receipt, RelayView
from node.core.supply.state import Mode
from node.core.trading.state import Counted
from node.core.underway import NOTHING, Asked, Resting, Underway, ask
from node.core.wire.codec import from_plain, to_plain
from tests.factories.home import (
    DAY,
    NOW_S,
    chain_view,
    confirmed,
    draw,
    drawing,
    fault,
    open_order,
    order,
    receipt,
    relay_view,
)
from tests.factories.market import market
from tests.factories.pairing import supply_state_on_pairing
from tests.factories.settings import HOME, SELLER1, settings
from tests.factories.trading import (
    OFFER,
    K,
    before_gate,
    cleared,
    pairing,
    place,
    placed,
    trading,
    trading_settings,
)


def over_json(kind, value):
    return from_plain(kind, json.loads(json.dumps(to_plain(value))))


def test_a_whole_observation_comes_back():
    facts = (
        confirmed(open_order()),
        IntentRefused(intent=Redeem(receipt=receipt(), close=True), name="Late", sentence="late"),
        IntentResumed(intent=open_order()),
        RelayReported(view=relay_view(busy_sources=frozenset({"seller1", "home"}))),
        ReceiptReceived(receipt=receipt()),
    )
    before = drawing(receipts=(receipt(),), facts=facts, sensor_problems=(("load", "absent"),))

    assert before == over_json(Observation, before)


def test_a_picture_of_the_auction_comes_back():
    before = before_gate(
        market=market(orders=(placed(), placed(OFFER, K + 1)), cleared=(cleared(OFFER),)),
        pairings=(pairing(),),
        facts=(PairingHeard(pairing=pairing()), IntentResumed(intent=place())),
    )

    assert before == over_json(Observation, before)


def test_a_whole_state_comes_back():
    supply = supply_state_on_pairing(
        draws=(draw(),),
        hold_offs=(HoldOff(seller=SELLER1, failures=2, until_s=NOW_S + 60.0),),
        refunding=ask(NOTHING, RefundOrder(buyer=HOME, seller=SELLER1, number=3), now=NOW_S),
        drops=(NOW_S - 5.0, NOW_S - 1.0),
    )
    in_auction = settings(trading=trading_settings())
    started = initial(in_auction, NOW_S, Spent(day=DAY, amount=5), was_drawing=False)
    before = replace(
        started,
        supply=supply,
        faults=(fault(Severity.REST),),
        trading=trading(
            underway=Underway(
                asked=(Asked(intent=place(OFFER), since=NOW_S),),
                resting=(Resting(intent=place(), sentence="late", failures=2, until=NOW_S + 60.0),),
            ),
            counted=(Counted(interval=K, day=DAY, amount=17_300),),
        ),
    )

    assert before == over_json(HomeState, before)


def test_settings_come_back():
    whole = settings(trading=trading_settings())
    assert whole == over_json(HomeSettings, whole)
    bare = settings(supply=None, delivery=None)
    assert bare == over_json(HomeSettings, bare)


def test_each_command_comes_back_as_its_own_kind():
    commands: tuple[Command, ...] = (
        open_order(),
        PostOffer(price_per_kwh=1, available_milliwh=2, least_milliwh=3, until_s=4, duration_s=60),
        HoldContacts(contacts=(0, 1), lease_s=15.0),
        GiveConsent(connection=0, consent_s=0.0),
        SignReceipt(seller=SELLER1, number=7, drawn_milliwh=1),
    )

    assert commands == over_json(tuple[Command, ...], commands)


def test_a_float_that_json_wrote_as_a_whole_number_stays_a_float():
    found = from_plain(
        BatteryPicture, {"soc_pct": 20, "settled": True, "taken_at_s": 1, "problem": None}
    )

    assert isinstance(found.soc_pct, float)


def test_enums_are_written_by_value():
    assert to_plain(Mode.ON_SELLER) == "on_seller"
    assert from_plain(Mode, "on_seller") is Mode.ON_SELLER
    assert from_plain(Severity, 3) is Severity.REST


@pytest.mark.parametrize(
    ("kind", "plain"),
    [
        (Receipt, {"buyer": HOME}),
        (Receipt, None),
        (Receipt, to_plain(receipt()) | {"number": "7"}),
        (Receipt, to_plain(receipt()) | {"number": True}),
        (Receipt, to_plain(receipt()) | {"signature": "zz"}),
        (Receipt, to_plain(receipt()) | {"signature": 5}),
        (Fact, {"type": "Nonsense"}),
        (Fact, 5),
        (Fault, {"name": "unheard_of", "severity": 1, "sentence": ""}),
        (RelayView, to_plain(relay_view()) | {"connections": None}),
        (tuple[int, int], [1]),
        (Mode, "asleep"),
        (int, 1.5),
    ],
)
def test_what_does_not_fit_its_type_is_refused(kind, plain):
    with pytest.raises(ValueError):
        from_plain(kind, plain)


def test_views_of_chain_and_relay_come_back():
    view = chain_view(orders=(order(),))

    assert view == over_json(type(view), view)
    assert relay_view() == over_json(RelayView, relay_view())


def test_a_record_is_no_list():
    with pytest.raises(ValueError):
        from_plain(tuple[Command, ...], 5)


def test_a_number_beyond_every_float_is_refused():
    with pytest.raises(ValueError):
        from_plain(float, 10**400)
