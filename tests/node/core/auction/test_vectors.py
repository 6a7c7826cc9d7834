"""The vectors that the contract plays are what the rule in Python says."""

import json

import pytest

from node.core.auction.clearing import TickFull, clear
from tests.auction_vectors import FILE, FULL, order_of, render, vectors


def test_the_file_is_what_the_rule_gives():
    assert render(vectors()) == FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FULL)
def test_a_cell_beyond_its_last_unit_is_refused(name):
    orders = [order_of(row) for row in FULL[name]]

    clear(orders[:-1])
    with pytest.raises(TickFull, match="more than 268435455"):
        clear(orders)


def test_every_case_of_the_list_is_there():
    content = json.loads(FILE.read_text(encoding="utf-8"))

    names = [case["name"] for part in ("markets", "full", "admissions") for case in content[part]]
    for case in (
        "no sellers", "no trade", "all in one tick", "price and marginal tick are one", "gap",
        "plateau", "both fractions whole", "marginal buyer with a rest", "buyers of one kind only",
        "tie of preference", "three buyers of a unit", "full cell", "lane busy", "W-LEM, 100",
    ):  # fmt: skip
        assert any(name.startswith(case) for name in names), case
    assert content["tariffs"]["of"][0][1] != content["tariffs"]["of"][-1][1]
