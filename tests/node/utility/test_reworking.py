"""An interval worked out again at somebody's wish: it agrees, or says where it does not."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from node.core.errors import Refused
from node.utility.chronicle import UtilityChronicle
from node.utility.reworking import Reworking
from tests.factories.market import INTERVAL_S
from tests.node.utility.test_chronicle import BUYER, INTERVAL, SELLER, live, make

__all__ = ["make"]

ENDED_S = (INTERVAL + 1) * INTERVAL_S


def answer(keeper: Any, ended_s: object = ENDED_S) -> dict[str, Any]:
    told = asyncio.run(Reworking(keeper).answer({"ended_s": ended_s}))
    assert isinstance(told, dict)
    return told


def test_what_was_kept_agrees_with_the_rules(make: Callable[[], Any]) -> None:
    keeper = make()
    live(UtilityChronicle(keeper))
    told = answer(keeper)

    assert (told["agrees"], told["differences"]) == (True, [])
    assert [one["solar_units"] for one in told["fills"]] == [199, 200]
    assert told["prices_per_kwh"] == {"solar": 110_000, "chp": None}
    (part,) = told["parts"]
    assert (part["buyer"], part["seller"], part["energy_milliwh"]) == (BUYER, SELLER, 199_000)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE trades SET energy_milliwh = 5", "part 1 is 5 mWh of solar"),
        ("DELETE FROM trades", "part 1 is nothing, and must be 199000 mWh of solar"),
        (
            "UPDATE intervals SET clearing = json_set(clearing, '$.solar.price_tick', 11)",
            "solar's price tick is 11, and must be 10",
        ),
        (
            "UPDATE intervals SET fills = json_set(fills, '$[1].solar_units', 7)",
            "order 2 got 7 units of solar, and must have 200",
        ),
        (
            "UPDATE intervals SET orders = json_set(orders, '$[1].order.tick', 12)",
            "solar's price tick is 10, and must be 12",
        ),
    ],
)
def test_what_was_changed_does_not_agree(
    make: Callable[[], Any], tmp_path: Path, change: str, said: str
) -> None:
    keeper = make()
    live(UtilityChronicle(keeper))
    keeper.close()
    with sqlite3.connect(tmp_path / "history.sqlite") as database:
        database.execute(change)
    database.close()
    told = answer(make())

    assert not told["agrees"]
    assert said in told["differences"][0]


@pytest.mark.parametrize(
    "change", ["UPDATE intervals SET orders = '5'", "UPDATE intervals SET clearing = NULL"]
)
def test_what_makes_no_sense_is_refused(
    make: Callable[[], Any], tmp_path: Path, change: str
) -> None:
    keeper = make()
    live(UtilityChronicle(keeper))
    keeper.close()
    with sqlite3.connect(tmp_path / "history.sqlite") as database:
        database.execute(change)
    database.close()

    with pytest.raises(Refused, match="makes no sense"):
        answer(make())


@pytest.mark.parametrize("ended_s", [None, True, "now", [], ENDED_S + 5, float("nan")])
def test_what_is_no_such_question_is_refused(make: Callable[[], Any], ended_s: object) -> None:
    keeper = make()
    live(UtilityChronicle(keeper))

    with pytest.raises(Refused):
        answer(keeper, ended_s)
