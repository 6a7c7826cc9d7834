"""Trades: each with its sentence, money and curve, and the sums by neighbour."""

import pytest

from page.memory import Span
from page.views.trades import trades_view
from page.words import Words
from tests.factories.page_pictures import SELLER, trade

AT_S = 1_790_000_000.0
EN = Words("en")


def shown(*rows):
    return trades_view(Span(rows=rows), {SELLER: "home4"}, EN)


def test_a_purchase_has_its_sentence_block_money_and_curve():
    told = shown(trade(AT_S))

    for part in (
        "100 Wh bought of home4 for 0.02 tokens, order 7", "<dd>77</dd>", "200 Wh",
        "Its curve (W)", "Power 0 – 600 W", "Who fed me",
    ):  # fmt: skip
        assert part in told, part
    assert "Whom I fed" not in told


def test_sums_are_by_neighbour_and_side():
    sold = {"side": "sold", "paid": None, "earned": 30_000}
    told = shown(
        trade(AT_S), trade(AT_S + 1, number=8), trade(AT_S + 2, neighbour="0x" + "77" * 20, **sold)
    )

    fed_me, whom = told.split("<h2>Whom I fed</h2>")
    assert "200 Wh</td><td>0.04" in fed_me
    assert SELLER in fed_me
    assert "0x7777…7777" in whom
    assert "sold to 0x7777…7777 for 0.03 tokens" in whom


def test_an_interval_of_the_auction_has_no_neighbour():
    told = shown(trade(AT_S, market="auction", neighbour=None, number=1988888, curve_w=None))

    assert "bought at the auction for 0.02 tokens, interval 1988888" in told
    assert "<svg" not in told


@pytest.mark.parametrize(
    "curve", [5, [], [[1]], [["a", 1], [2, 3]], [[1, 1], [1, 1]], [[0, True], [1, 1], [2, 2]]]
)
def test_a_curve_that_is_none_is_left_out_or_drawn_as_far_as_it_goes(curve):
    assert "100 Wh bought" in shown(trade(AT_S, curve_w=curve))


def test_nothing_of_a_trade_is_markup():
    evil = "<img src=x>"

    assert "<img" not in shown(trade(AT_S, neighbour=evil, side=evil, block=evil))


def test_no_trade_is_told():
    assert "No trade has ended" in shown()
