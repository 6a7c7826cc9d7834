"""Who feeds whom, by which names, and how each home is: as the page is told."""

from dataclasses import replace

from node.away import NoBroker
from node.core.auction.market import HomeSeen
from node.utility.community import community, homes_of
from node.utility.pairings import Pairings
from tests.factories.market import INTERVAL_S, NOW_INTERVAL, utility_view
from tests.node.utility.test_chronicle import BUYER, INTERVAL, ORDERS, RESULT, SELLER, WIRE, at

NEW = "0x" + "11" * 20


def seen(account: str, meter_id: int, boundary: int | None) -> HomeSeen:
    return HomeSeen(account=account, meter_id=meter_id, balance_wei=5, balance=7, boundary=boundary)


def pairings() -> Pairings:
    found = Pairings(NoBroker(), ["relay"], 0.0)
    found.hear("relay", [replace(WIRE, closed=True)])
    return found


def test_before_the_chain_is_seen_there_are_the_relays_words_alone() -> None:
    assert community(None, pairings()) == {
        "names": {BUYER.lower(): "home1", SELLER.lower(): "home2"},
        "connections": [{"load": "home1", "source": "home2", "closed": True}],
    }


def test_the_parts_are_those_of_the_interval_that_is_delivered() -> None:
    boards = pairings()
    gate = at(INTERVAL * INTERVAL_S - 50, orders=ORDERS, cleared=(RESULT,))
    boards.update(gate, 0.0)
    before = community(gate, boards)
    during = community(at(INTERVAL * INTERVAL_S, orders=ORDERS, cleared=(RESULT,)), boards)

    assert before["parts"] == []
    (part,) = during["parts"]
    assert (part["buyer"], part["seller"], part["energy_milliwh"]) == (BUYER, SELLER, 199_000)


def test_a_home_is_silent_once_it_has_missed_a_whole_interval() -> None:
    homes = (
        seen(BUYER, 1, NOW_INTERVAL - 1),
        seen(SELLER, 2, NOW_INTERVAL - 2),
        seen(NEW, 3, None),
    )
    view = utility_view(homes=homes)
    told = community(view, pairings())

    assert [(home["meter_id"], home["silent"]) for home in told["homes"]] == [
        (1, False), (2, True), (3, True),
    ]  # fmt: skip
    assert told["homes"][1]["last_reading_s"] == (NOW_INTERVAL - 2) * INTERVAL_S


def test_a_home_that_was_named_by_its_account_is_known_by_its_orders() -> None:
    view = utility_view(
        homes=(seen(BUYER, 0, None),), orders=ORDERS, boundaries=((1, NOW_INTERVAL),)
    )
    (home,) = homes_of(view)

    assert (home.meter_id, home.last_reading_s) == (1, NOW_INTERVAL * INTERVAL_S)
    assert (home.gas_wei, home.balance) == (5, 7)
