"""The ancestors' workloads on a real chain keep under the auction's bars, on any machine."""

import pytest

from bench.chain import gas_auction
from bench.market import workloads
from node.core.auction.clearing import Bid


@pytest.fixture(scope="module")
def measured():
    return list(gas_auction.rows(quick=True, seed=42))


def test_every_case_is_under_its_bar(measured):
    found = {(row["case"], row["metric"]): row["value"] for row in measured}
    held = {key: bar for key, bar in gas_auction.BARS.items() if key in found}

    assert len(held) >= 12
    assert {key: found[key] for key, bar in held.items() if found[key] > bar} == {}


def test_clearing_100_orders_is_a_fiftieth_of_the_ancestors(measured):
    ratios = [
        row["value"] for row in measured
        if row["metric"] == "ratio" and row["case"].startswith("W-LEM 100: clear")
    ]  # fmt: skip

    assert len(ratios) == 3
    assert max(ratios) < 0.02


def test_the_workload_is_the_ancestors_on_ticks():
    drawn = workloads.lem_on_ticks(100, 42)
    wanted = [o for o in drawn if not isinstance(o, Bid) or o.solar_tick or o.chp_tick]

    ours = workloads.lem(100, 42)

    assert len(ours) == len(drawn) == 100
    assert [o for o in ours if o in wanted] == [o for o in wanted if o in ours]
    assert sum(o.energy_units for o in ours) == 112_285 + 136_481


def test_energy_chains_workload_offers_at_least_what_is_needed():
    orders = workloads.energy_chain(100, 42)

    assert all(
        offer.energy_units >= need.energy_units
        for offer, need in zip(orders[::2], orders[1::2], strict=True)
    )
