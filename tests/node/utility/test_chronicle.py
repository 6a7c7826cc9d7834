"""The utility's history: of a delivered interval all that its fills and pairing follow from."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.away import NoBroker
from node.core.auction.clearing import Bid, Clearing, Kind, Offer, clear
from node.core.auction.market import (
    ClearedInterval,
    HomeSeen,
    PlacedOrder,
    UtilityView,
    pair_orders,
)
from node.core.commands import ClearInterval
from node.core.facts import IntentConfirmed
from node.core.records import BlockStamp, ConnectionView
from node.core.wire.codec import from_plain
from node.keys.keccak import checksum_address
from node.state.history.keeper import HistoryKeeper
from node.utility.chronicle import UtilityChronicle
from node.utility.pairings import Pairings
from node.utility.tables import UTILITY_TABLES
from tests.factories.market import INTERVAL_S, NOW_INTERVAL, RULES, TARIFF, utility_view

BUYER, SELLER = checksum_address("0x" + "b0" * 20), checksum_address("0x" + "5e" * 20)
INTERVAL = NOW_INTERVAL + 1
ORDERS = tuple(
    PlacedOrder(account=account, meter_id=meter, interval=INTERVAL, order=order, deposit=9)
    for account, meter, order in (
        (BUYER, 1, Bid(solar_tick=40, chp_tick=0, energy_units=300)),
        (SELLER, 2, Offer(kind=Kind.SOLAR, tick=10, energy_units=200)),
    )
)
RESULT = ClearedInterval(
    interval=INTERVAL,
    clearing=clear([placed.order for placed in ORDERS]),
    block=BlockStamp(number=77, hash="0x", timestamp_s=INTERVAL * INTERVAL_S - 50),
)
WIRE = ConnectionView(
    connection=0,
    load="home1",
    source="home2",
    channels=(0, 1),
    holder=BUYER,
    consents=(SELLER,),
    consents_stand=True,
    closed=False,
    lease_left_s=0.0,
    consent_left_s=0.0,
    barred_by=(),
)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Any]:
    made: list[HistoryKeeper] = []

    def keeper() -> HistoryKeeper:
        made.append(HistoryKeeper(tmp_path, UTILITY_TABLES, lambda: 0.0, lambda: 0.0))
        return made[-1]

    yield keeper
    for one in made:
        one.close()


def rows(keeper: HistoryKeeper, what: str) -> list[dict[str, Any]]:
    request = {"what": what, "from": 0, "to": 2**40}
    found = json.loads(asyncio.run(keeper.answer(request)))["rows"]
    assert isinstance(found, list)
    return found


def live(chronicle: UtilityChronicle) -> None:
    """Clear an interval, pair it, and let it be delivered and settled."""
    pairings = Pairings(NoBroker(), ["relay"], 0.0)
    pairings.hear("relay", [WIRE])
    cleared = at((INTERVAL * INTERVAL_S) - 50, orders=ORDERS, cleared=(RESULT,))
    pairings.update(cleared, 0.0)
    chronicle.look(cleared, pairings)
    settled = at(
        (INTERVAL + 1) * INTERVAL_S,
        homes=(HomeSeen(account=BUYER, meter_id=1, balance_wei=5, balance=7, boundary=None),),
        boundaries=((1, INTERVAL + 1),),
    )
    chronicle.look(settled, pairings)
    chronicle.look(settled, pairings)


def at(timestamp_s: int, **changes: Any) -> UtilityView:
    view = utility_view(**changes)
    return replace(view, block=replace(view.block, timestamp_s=timestamp_s))


def test_an_interval_is_told_once_with_its_prices_and_last_readings(make) -> None:
    keeper = make()
    live(UtilityChronicle(keeper))
    (row,) = rows(keeper, "intervals")

    assert (row["at_s"], row["starts_s"]) == ((INTERVAL + 1) * INTERVAL_S, INTERVAL * INTERVAL_S)
    assert (row["interval"], row["block"]) == (INTERVAL, 77)
    step = RESULT.clearing.solar
    assert row["solar_milliwh"] == step.volume_units * RULES.unit_milliwh == 200_000
    assert row["solar_price_per_kwh"] == TARIFF.price_per_kwh(step.price_tick)
    assert (row["chp_milliwh"], row["chp_price_per_kwh"]) == (0, None)
    assert row["homes"] == [
        {
            "account": BUYER,
            "meter_id": 1,
            "gas_wei": 5,
            "balance": 7,
            "last_reading_s": (INTERVAL + 1) * INTERVAL_S,
        }
    ]


def test_an_interval_tells_its_curves_and_what_each_order_got_and_saved(make) -> None:
    keeper = make()
    live(UtilityChronicle(keeper))
    (row,) = rows(keeper, "intervals")

    assert row["curves"] == {
        "solar": {"supply": [[10, 200]], "demand": [[40, 300]]},
        "chp": {"supply": [], "demand": []},
    }
    # At tick 10 of 63: 30,000 above feed-in and 159,000 below retail; the buyer is rounded down.
    assert row["fills"] == [
        {"solar_units": 199, "chp_units": 0, "saving": 31_641},
        {"solar_units": 200, "chp_units": 0, "saving": 6_000},
    ]


def test_fills_and_pairing_can_be_worked_out_again_from_a_row(make) -> None:
    keeper = make()
    live(UtilityChronicle(keeper))
    (row,), parts = rows(keeper, "intervals"), rows(keeper, "trades")
    orders: tuple[PlacedOrder, ...] = from_plain(tuple[PlacedOrder, ...], row["orders"])
    clearing: Clearing = from_plain(Clearing, row["clearing"])
    wires = {home: tuple(sellers) for home, sellers in row["wires"].items()}
    again = pair_orders(
        replace(RESULT, clearing=clearing),
        [(placed.account, placed.order) for placed in orders],
        row["unit_milliwh"],
        wires,
    )

    assert orders == ORDERS
    assert clear([placed.order for placed in orders]) == clearing == RESULT.clearing
    assert [
        (part["kind"], part["buyer"], part["seller"], part["energy_milliwh"]) for part in parts
    ] == [(part.kind, part.buyer, part.seller, part.energy_milliwh) for part in again.parts]
    assert again.parts


def test_a_restarted_utility_tells_no_interval_again(make) -> None:
    first = make()
    live(UtilityChronicle(first))
    first.close()
    second = make()
    live(UtilityChronicle(second))

    assert len(rows(second, "intervals")) == len(rows(second, "trades")) == 1


def test_what_was_done_is_told_with_its_gas_and_trouble_with_its_end(make) -> None:
    keeper = make()
    chronicle = UtilityChronicle(keeper)
    done = IntentConfirmed(
        intent=ClearInterval(interval=7), block=RESULT.block, transaction="0xab", gas_used=123
    )
    chronicle.confirm(done, "did clear interval 7", 10.0)
    for at_s, troubles in ((11.0, {"chain": "away"}), (12.0, {"chain": "away"}), (13.0, {})):
        chronicle.trouble(troubles, at_s)
    ends, begins, operation = rows(keeper, "events")

    assert (operation["state"], operation["gas_used"], operation["block"]) == (
        "ClearInterval", 123, 77,
    )  # fmt: skip
    assert operation["transaction_hash"] == "0xab"
    assert (begins["at_s"], begins["state"]) == (11.0, "chain begins")
    assert (ends["at_s"], ends["state"], ends["sentence"]) == (13.0, "chain ends", "away")
