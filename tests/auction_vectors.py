"""The markets that Python and Solidity must agree on, and how they are written down.

`python -m tests.auction_vectors` writes `tests/vectors/auction.json` anew from the rule in Python;
`tests/node/core/auction/test_vectors.py` holds the file against the rule, and the contract's
`test/auction/Vectors.t.sol` plays it through the contract. An order is `[side, tick, chp tick,
units]`, side 0 a buyer, 1 a solar seller, 2 a CHP seller; a step is `[volume, price tick, marginal
tick, seller fraction, buyer fraction]`; terms are `[unit in mWh, margin %, feed-in, tick size]`.
"""

import json
from pathlib import Path

from bench.market.workloads import lem_on_ticks
from node.core.auction.clearing import MOST_CELL_UNITS, Bid, Kind, Offer, clear, fills
from node.core.auction.gate import TariffVersion, version_of
from node.core.auction.settlement import Terms, deposit_up, settle
from node.core.auction.tariff import Tariff
from tests.admission import Lane, admission

FILE = Path(__file__).parent / "vectors" / "auction.json"
INTERVAL_S, LEAD_S = 900, 60
MISSING = -1


def buy(energy, solar, chp=0):
    return [0, solar, chp, energy]


def sell(energy, tick):
    return [1, tick, 0, energy]


def sell_chp(energy, tick):
    return [2, tick, 0, energy]


MARKETS = {
    "no sellers": [buy(10, 63, 63), buy(20, 5)],
    "no buyers": [sell(10, 0), sell_chp(10, 5)],
    "no trade: every seller asks more than any buyer gives": [sell(10, 40), buy(10, 39)],
    "all in one tick, more wanted": [sell(7, 20), sell(4, 20), buy(9, 20), buy(13, 20)],
    "all in one tick, more offered": [sell(7, 20), sell(14, 20), buy(9, 20), buy(3, 20)],
    "price and marginal tick are one": [sell(5, 10), sell(5, 30), buy(5, 50), buy(3, 30)],
    "gap between the last seller and the last buyer": [sell(10, 5), buy(10, 60)],
    "plateau: empty ticks around the crossing": [
        sell(10, 5), sell(10, 50), buy(10, 60), buy(10, 20),
    ],
    "both fractions whole": [sell(10, 5), sell(10, 8), buy(12, 30), buy(8, 20)],
    "marginal buyer with a rest for the second kind": [
        sell(10, 10), sell_chp(10, 10), buy(8, 40, 20), buy(8, 30, 25),
    ],
    "buyers of one kind only": [
        sell(10, 10), sell_chp(10, 10), buy(15, 40), buy(15, 0, 40), buy(5, 50),
    ],
    "CHP first": [sell(10, 10), sell_chp(10, 10), buy(8, 20, 40), buy(8, 25, 30), buy(1, 30, 5)],
    "tie of preference clears solar first": [
        sell(10, 10), sell_chp(10, 10), buy(8, 20, 40), buy(8, 40, 20), buy(8, 30, 30),
    ],
    "three buyers of a unit, two units of supply": [
        sell(2, 10), sell_chp(9, 10), buy(1, 40, 20), buy(1, 40, 20), buy(1, 40, 20),
    ],
    "sellers at the ends of the ladder": [sell(5, 0), sell(5, 63), buy(10, 63), buy(2, 1)],
    "a cell filled to the last unit": [sell(MOST_CELL_UNITS, 0), buy(MOST_CELL_UNITS, 63, 63)],
    "cells of every neighbourhood": [
        sell(1000, 3), sell(500, 20), sell_chp(700, 7), sell_chp(900, 33),
        *(buy(100 + t, t, 64 - t) for t in (1, 7, 8, 15, 16, 31, 32, 33, 48, 56, 63)),
    ],
}  # fmt: skip

FULL = {
    "full cell of buyers": [buy(MOST_CELL_UNITS, 63, 63), buy(1, 63, 63)],
    "full tick of sellers": [sell(MOST_CELL_UNITS, 7), sell(1, 7)],
}
"""The last order is refused."""

STREET = [1_000, 20, 100_000, 4_000]
ODD = [1, 7, 33_333, 1_111]
SETTLEMENTS = {
    "everybody as ordered": (STREET, [sell(500, 10), buy(500, 40)], [500_000, 500_000]),
    "seller short": (STREET, [sell(500, 10), buy(500, 40)], [200_000, 500_000]),
    "seller delivered nothing": (STREET, [sell(500, 10), buy(500, 40)], [0, 500_000]),
    "seller beyond its order": (STREET, [sell(500, 10), buy(300, 40)], [600_000, 300_000]),
    "seller beyond every belief": (STREET, [sell(500, 10), buy(300, 40)], [10**9, 300_000]),
    "buyer drew less": (STREET, [sell(500, 10), buy(500, 40)], [500_000, 1]),
    "buyer drew more": (STREET, [sell(500, 10), buy(500, 40)], [500_000, 550_000]),
    "buyer drew beyond its deposit": (STREET, [sell(500, 10), buy(500, 40)], [500_000, 900_000]),
    "unmatched orders pay for what they draw": (
        STREET, [sell(500, 50), buy(500, 40)], [400_000, 450_000],
    ),
    "readings missing": (STREET, [sell(500, 10), buy(500, 40)], [MISSING, MISSING]),
    "readings missing, nothing matched": (STREET, [sell(9, 50), buy(9, 40)], [MISSING, MISSING]),
    "odd prices, two kinds, everybody off": (
        ODD,
        [sell(333, 11), sell_chp(777, 13), buy(555, 40, 20), buy(444, 30, 35), buy(999, 12, 50)],
        [331, 780, 600, 401, MISSING],
    ),
    "odd prices, nothing delivered": (ODD, [sell(333, 11), buy(333, 12)], [0, 0]),
}  # fmt: skip

FIRST = 1_980_000
ADMISSIONS = {
    "the gate is open": (FIRST * 900 - 61, [0, False], FIRST),
    "the gate has closed": (FIRST * 900 - 60, [0, False], FIRST),
    "the one after it": (FIRST * 900 - 61, [0, False], FIRST + 1),
    "too early": (FIRST * 900 - 61, [0, False], FIRST + 2),
    "not too early any more": (FIRST * 900 - 60, [0, False], FIRST + 2),
    "lane busy": (FIRST * 900 - 60, [FIRST, False], FIRST + 2),
    "lane cleared": (FIRST * 900 - 60, [FIRST, True], FIRST + 2),
    "the other lane does not matter": (FIRST * 900 - 60, [FIRST, False], FIRST + 1),
    "an old interval holds its lane until it is cleared": (
        (FIRST + 4) * 900 - 61, [FIRST, False], FIRST + 4,
    ),
    "the second order of an interval": (FIRST * 900 - 61, [FIRST, False], FIRST),
}  # fmt: skip

VERSIONS = [(1, 0), (2, FIRST + 2), (3, FIRST + 3)]


def order_of(row):
    """Make an order of its row."""
    side, tick, chp_tick, energy = row
    if side == 0:
        return Bid(solar_tick=tick, chp_tick=chp_tick, energy_units=energy)
    return Offer(kind=Kind(side - 1), tick=tick, energy_units=energy)


def row_of(order):
    """Write an order as its row."""
    if isinstance(order, Bid):
        return [0, order.solar_tick, order.chp_tick, order.energy_units]
    return [1 + order.kind.value, order.tick, 0, order.energy_units]


def step_row(step):
    """Write a step as its row."""
    return [
        step.volume_units, step.price_tick, step.marginal_tick, step.seller_fraction,
        step.buyer_fraction,
    ]  # fmt: skip


def terms_of(row):
    """Make terms of their row."""
    unit, margin, feed_in, tick_size = row
    tariff = Tariff(feed_in_per_kwh=feed_in, tick_size_per_kwh=tick_size)
    return Terms(unit_milliwh=unit, margin_percent=margin, tariff=tariff)


def market(name, rows):
    """Clear a market, and write down what comes of it."""
    orders = [order_of(row) for row in rows]
    cleared = clear(orders)
    found = [fills(cleared, order) for order in orders]
    return {
        "name": name,
        "orders": rows,
        "first": cleared.first.value,
        "solar": step_row(cleared.solar),
        "chp": step_row(cleared.chp),
        "beyond": [cleared.unsold_units, cleared.unserved_units],
        "fills": [[f.solar_units, f.chp_units] for f in found],
    }


def settled(name, terms_row, rows, metered):
    """Settle a market, and write down everybody's money: deposit, trade, grid."""
    orders, terms = [order_of(row) for row in rows], terms_of(terms_row)
    cleared = clear(orders)
    money = []
    for order, reading in zip(orders, metered, strict=True):
        end = settle(order, cleared, None if reading == MISSING else reading, terms)
        assert end.deposit == deposit_up(order, terms)
        money.append([end.deposit, end.trade, end.grid])
    return {"name": name, "terms": terms_row, "orders": rows, "metered": metered, "money": money}


def admitted(name, now_s, lane, interval):
    """Write down whether an order is taken; the lane is that of `lane`'s interval."""
    interval_held, cleared = lane
    in_lane = interval_held % 2 == interval % 2
    held = Lane(interval=interval_held if in_lane else 0, cleared=cleared)
    answer = admission(interval, now_s, held, INTERVAL_S, LEAD_S)
    return {
        "name": name, "now": now_s, "held": interval_held, "cleared": cleared,
        "interval": interval, "answer": answer.value,
    }  # fmt: skip


def vectors():
    """Give the whole file's content."""
    lem = {
        f"W-LEM, {number} orders": [row_of(order) for order in lem_on_ticks(number, 42)]
        for number in (10, 50, 100)
    }
    versions = [TariffVersion(number=n, first_interval=f) for n, f in VERSIONS]
    return {
        "about": "Made by `python -m tests.auction_vectors`, which says what the rows mean.",
        "markets": [market(name, rows) for name, rows in (MARKETS | lem).items()],
        "full": [{"name": name, "orders": rows} for name, rows in FULL.items()],
        "settlements": [settled(name, *case) for name, case in SETTLEMENTS.items()],
        "admissions": [admitted(name, *case) for name, case in ADMISSIONS.items()],
        "tariffs": {
            "versions": [list(version) for version in VERSIONS],
            "of": [[k, version_of(k, versions)] for k in range(FIRST, FIRST + 6)],
        },
    }


def render(content):
    """Write one case a line, so that a difference can be read."""
    lines = []
    for key, value in content.items():
        if isinstance(value, list):
            cases = ",\n".join("    " + json.dumps(case) for case in value)
            lines.append(f"  {json.dumps(key)}: [\n{cases}\n  ]")
        else:
            lines.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(render(vectors()), encoding="utf-8")
