"""Each kind, in its turn, loses at most one tick for each unit of its step's optimal volume.

The optimum of one step is a linear program: buyers' values less sellers' costs, each order up to
its energy, as much bought as sold. Its optimum is merit order, so no solver is needed: for any
volume the dearest buyers and the cheapest sellers are best, by exchange; the gain of one unit more
falls as the volume grows; so the best volume is where it reaches nothing. Limits are as the homes
have them, not rounded to ticks.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.market.welfare import joint_optimum, merit_optimum
from bench.market.workloads import Buyer, Seller, on_ticks
from node.core.auction.clearing import Kind, clear, fills
from node.core.auction.tariff import Tariff

TARIFF = Tariff(feed_in_per_kwh=100_000, tick_size_per_kwh=4_000)
limits = st.integers(TARIFF.feed_in_per_kwh, TARIFF.retail_per_kwh)
energies = st.integers(1, 5_000)
orders_drawn = st.lists(
    st.one_of(
        st.builds(Seller, kind=st.sampled_from(Kind), limit=limits, energy=energies),
        st.builds(Buyer, solar_limit=limits, chp_limit=limits, energy=energies),
    ),
    max_size=14,
)


def steps_of(orders):
    """Clear; give for each kind in its turn: what it reached, and its optimum, value and volume."""
    rounded = on_ticks(orders, TARIFF)
    cleared = clear(rounded)
    found = [fills(cleared, order) for order in rounded]
    left = [order.energy for order in orders]
    for kind in (cleared.first, cleared.first.other):
        sellers = [(o.limit, o.energy) for o in orders if isinstance(o, Seller) and o.kind is kind]
        buyers = [(o.limit(kind), left[i]) for i, o in enumerate(orders) if isinstance(o, Buyer)]
        reached = 0
        for index, (order, fill) in enumerate(zip(orders, found, strict=True)):
            if isinstance(order, Buyer):
                reached += fill.units(kind) * order.limit(kind)
                left[index] -= fill.units(kind)
            elif order.kind is kind:
                reached -= fill.units(kind) * order.limit
        yield reached, *merit_optimum(sellers, buyers)


@settings(max_examples=1_000, deadline=None)
@given(orders_drawn)
def test_a_step_loses_at_most_a_tick_for_each_unit_of_its_optimum(orders):
    """And what rounding to whole units keeps from each order."""
    rounding = (len(orders) + 1) * TARIFF.retail_per_kwh

    for reached, best, volume in steps_of(orders):
        assert reached >= best - TARIFF.tick_size_per_kwh * volume - rounding


@settings(max_examples=200, deadline=None)
@given(orders_drawn)
def test_both_steps_together_never_beat_the_joint_optimum(orders):
    """Nor need they come within a tick of it: that is the ancestor's rule (`bench welfare`)."""
    rounding = (len(orders) + 1) * TARIFF.retail_per_kwh

    reached = sum(value for value, _, _ in steps_of(orders))

    sellers = [(o.kind, o.limit, o.energy) for o in orders if isinstance(o, Seller)]
    buyers = [(o.solar_limit, o.chp_limit, o.energy) for o in orders if isinstance(o, Buyer)]
    assert reached <= joint_optimum(sellers, buyers) + rounding


def test_the_joint_optimum_is_merit_order_where_there_is_one_kind():
    sellers = [(Kind.SOLAR, 10, 5), (Kind.SOLAR, 30, 5)]
    buyers = [(40, 0, 4), (20, 0, 9)]

    best, volume = merit_optimum([(10, 5), (30, 5)], [(40, 4), (20, 9)])

    assert (best, volume) == (130, 5)
    assert joint_optimum(sellers, buyers) == 130


def test_the_joint_optimum_gives_each_kind_to_whom_it_is_worth_most():
    """In turn, solar goes to the first buyer, who values CHP as much, and the second gets none."""
    sellers = [(Kind.SOLAR, 10, 5), (Kind.CHP, 10, 5)]
    buyers = [(51, 50, 5), (40, 0, 5)]

    assert joint_optimum(sellers, buyers) == 5 * (40 + 30)
