"""A home works its part of each pairing out by itself, and compares what the utility says."""

from dataclasses import replace

import pytest

from node.core.auction.clearing import Bid, Kind, Offer, clear
from node.core.auction.market import ClearedInterval, StreetInterval, pair_orders
from node.core.auction.pairing import Pairing, Part, lot
from node.core.facts import ChainObserved, PairingHeard, RelayReported, WiringHeard
from node.core.records import BlockStamp
from node.home.inward.outside import Outside
from node.keys.keccak import checksum_address
from node.links.relay.boards import Boards
from tests.factories.home import NOW_S, chain_view, connection, observation, relay_view
from tests.factories.market import INTERVAL_S, LEAD_S, NOW_INTERVAL, market
from tests.factories.street import street
from tests.worlds.recording_ports import Stamps

HOME, NEIGHBOUR, SELLER1, SELLER2 = (checksum_address("0x" + digit * 40) for digit in "abcd")
K = NOW_INTERVAL + 1
GATE_S = K * INTERVAL_S - LEAD_S
BID, OTHER_BID = (Bid(solar_tick=40, chp_tick=0, energy_units=units) for units in (60, 50))
OFFER = Offer(kind=Kind.SOLAR, tick=5, energy_units=100)
ORDERS = ((HOME, BID), (NEIGHBOUR, OTHER_BID), (SELLER1, OFFER))
RESULT = ClearedInterval(
    interval=K,
    clearing=clear([order for _, order in ORDERS]),
    block=BlockStamp(number=7, hash="0x", timestamp_s=GATE_S),
)
BOARD = (
    connection(0, holder=HOME, consents=(SELLER1,)),
    connection(1, holder=NEIGHBOUR, consents=(SELLER1,)),
)
WIRES = {HOME: (SELLER1,), NEIGHBOUR: (SELLER1,)}
WHOLE = pair_orders(RESULT, ORDERS, 1_000, WIRES)
OWN = tuple(part for part in WHOLE.parts if part.buyer == HOME)


def seen(*results, orders=ORDERS, chain_s=GATE_S):
    """See a block just after the gate, with the street's orders and some results."""
    stamp = BlockStamp(number=8, hash="0x", timestamp_s=chain_s)
    return ChainObserved(
        view=chain_view(block=stamp),
        market=market(cleared=results),
        street=(StreetInterval(interval=K, orders=orders),),
    )


def board(*connections, relay="relay1"):
    return RelayReported(view=relay_view(*connections, relay=relay))


def told(*parts, wires_hash=WHOLE.wires_hash, relays=("relay1",)):
    return PairingHeard(
        pairing=Pairing(interval=K, wires_hash=wires_hash, parts=parts), relays=relays
    )


def pictured(*facts, relays=None, account=HOME, has_relay=True):
    picture = Outside(account, Stamps(), NOW_S, street(account, relays, has_relay=has_relay))
    for fact in facts:
        picture.absorb(fact, NOW_S)
    return picture


def parts_of(picture):
    return {pairing.interval: pairing.parts for pairing in picture.pairings}


def test_without_a_word_of_the_utility_a_home_knows_whom_it_draws_from():
    picture = pictured(board(*BOARD), seen(RESULT))

    assert OWN and parts_of(picture) == {K: OWN}
    assert (picture.pairing_unchecked, picture.pairing_differs) == ("", "")


@pytest.mark.parametrize("account", [HOME, NEIGHBOUR, SELLER1])
def test_all_homes_come_to_the_utilitys_pairing_each_to_its_own_parts(account):
    picture = pictured(board(*BOARD), seen(RESULT), account=account)

    meant = tuple(part for part in WHOLE.parts if account in (part.buyer, part.seller))
    assert parts_of(picture) == {K: meant}
    assert picture.pairings[0].wires_hash == WHOLE.wires_hash


@pytest.mark.parametrize(
    "false",
    [
        (),
        (replace(OWN[0], seller=SELLER2),),
        (replace(OWN[0], energy_milliwh=1),),
        (replace(OWN[0], energy_milliwh=OWN[0].energy_milliwh + 1),),
        (replace(OWN[0], kind="chp"),),
    ],
    ids=["withheld", "another seller", "less", "more", "another kind"],
)
def test_a_false_pairing_is_not_followed_and_said(false):
    picture = pictured(board(*BOARD), told(*false), seen(RESULT))

    assert parts_of(picture) == {K: OWN}
    assert picture.pairing_differs == (
        "the utility publishes another pairing than the fills and wires make"
    )


def test_a_seller_feeds_the_buyers_of_its_own_pairing_alone():
    stranger = Part(kind="solar", buyer=SELLER2, seller=SELLER1, energy_milliwh=50_000)

    picture = pictured(board(*BOARD), told(stranger), seen(RESULT), account=SELLER1)

    assert SELLER2 not in {part.buyer for part in picture.pairings[0].parts}


def test_a_difference_names_the_relays_that_it_comes_from():
    far = pictured(board(*BOARD), told(relays=("relay2", "relay3")), seen(RESULT))
    wired = pictured(board(*BOARD), told(wires_hash=bytes(32)), seen(RESULT))

    assert far.pairing_differs.endswith(
        ": it pairs over relay relay2, relay3, this home over relay1"
    )
    assert wired.pairing_differs.endswith(": its wires are not those that relay relay1 announces")


def test_where_it_cannot_be_worked_out_the_utility_is_followed_and_that_is_said():
    picture = pictured(told(*OWN), seen(RESULT))

    assert parts_of(picture) == {K: OWN}
    assert picture.pairing_unchecked == (
        "the pairing is followed as the utility tells it: no relay has announced its wiring"
    )
    assert pictured(told(*OWN), seen(RESULT), has_relay=False).pairing_unchecked == ""


def test_the_wires_count_as_they_stood_when_the_gate_closed():
    rewired = board(connection(0, holder=HOME, consents=(SELLER2,)))
    before = pictured(board(*BOARD), rewired, seen(), seen(RESULT))
    after = pictured(board(*BOARD), seen(), rewired, seen(RESULT))

    assert parts_of(before) == {K: ()}
    assert parts_of(after) == {K: OWN}


def test_a_restart_within_the_interval_takes_the_wires_of_then():
    picture = pictured(board(*BOARD), seen(RESULT, chain_s=K * INTERVAL_S + 5))

    assert parts_of(picture) == {K: OWN}


def test_an_interval_that_clears_otherwise_after_a_reorganisation_is_paired_anew():
    fewer = ORDERS[:1] + ORDERS[2:]
    clearing = clear([order for _, order in fewer])
    other = replace(RESULT, clearing=clearing)

    picture = pictured(board(*BOARD), seen(RESULT), seen(other, orders=fewer))

    (part,) = picture.pairings[0].parts
    assert part.energy_milliwh > OWN[0].energy_milliwh


def test_further_relays_are_heard_over_the_broker_and_waited_for():
    near, far = BOARD[:1], BOARD[1:]
    both = ("relay1", "relay2")

    waiting = pictured(board(*near), told(*OWN), seen(RESULT), relays=both)
    heard = pictured(
        board(*near), WiringHeard(relay="relay2", connections=far), seen(RESULT), relays=both
    )
    stranger = pictured(
        board(*near), WiringHeard(relay="relay9", connections=far), seen(RESULT), relays=both
    )

    assert "relay relay2 has not announced its wiring" in waiting.pairing_unchecked
    assert parts_of(heard) == {K: OWN}
    assert parts_of(stranger) == {}


def test_who_writes_on_the_own_relays_topic_redraws_nothing():
    false = WiringHeard(
        relay="relay1", connections=(connection(0, holder=HOME, consents=(SELLER2,)),)
    )

    picture = pictured(board(*BOARD), false, seen(RESULT), relays=("relay1",))

    assert parts_of(picture) == {K: OWN}


def test_a_home_knows_its_turn_among_those_who_may_clear():
    accounts = (HOME, NEIGHBOUR, SELLER1)
    turns = [pictured(board(*BOARD), seen(), account=one).street.turns for one in accounts]

    assert sorted(turns) == [((K, 0),), ((K, 1),), ((K, 2),)]
    first = min(accounts, key=lambda one: lot(K, one))
    assert turns[accounts.index(first)] == ((K, 0),)
    assert pictured(board(*BOARD), seen(RESULT)).street.turns == ()
    assert pictured(board(*BOARD), seen(), account=SELLER2).street.turns == ()


def test_a_relays_word_changes_the_wires_only_where_holders_or_consents_do():
    boards = Boards(("relay1",))

    assert boards.hear("relay1", BOARD) is True
    assert boards.hear("relay1", [replace(one, closed=True) for one in BOARD]) is False
    assert boards.hear("relay2", BOARD) is False
    assert boards.hear("relay1", BOARD[:1]) is True


CHP = Offer(kind=Kind.CHP, tick=5, energy_units=100)
WIRED_TO_BOTH = replace(connection(1, holder=HOME, consents=(SELLER2,)), connection=2)


@pytest.mark.parametrize(
    ("orders", "unsold"),
    [
        (((SELLER1, OFFER), (SELLER2, OFFER)), (Kind.CHP,)),
        (((SELLER1, OFFER), (SELLER2, CHP)), ()),
        (((SELLER1, CHP), (SELLER2, CHP)), (Kind.SOLAR,)),
        # A neighbour's offer, and one whose seller has not been heard of, tell nothing.
        (((SELLER1, OFFER), (NEIGHBOUR, CHP)), ()),
    ],
)
def test_a_kind_that_no_seller_sells_to_whom_a_home_is_wired_is_known_by_their_offers(
    orders, unsold
):
    picture = pictured(board(*BOARD, WIRED_TO_BOTH), seen(orders=orders))

    assert picture.with_auction(observation()).unsold == unsold


def test_what_a_seller_sells_is_known_on_when_it_offers_nothing():
    picture = pictured(board(*BOARD), seen(), seen(orders=((HOME, BID),)))

    assert picture.with_auction(observation()).unsold == (Kind.CHP,)


def test_a_home_that_is_wired_to_nobody_knows_of_no_kind_that_is_not_sold():
    picture = pictured(board(BOARD[1]), seen())

    assert picture.with_auction(observation()).unsold == ()
