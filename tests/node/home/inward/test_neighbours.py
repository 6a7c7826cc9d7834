"""The register of what neighbours have fed only rises, whatever orders come and go."""

from node.core.energy.meters import OWN_ORIGIN, Count, Metering, Origin
from node.home.inward.neighbours import FedByNeighbours
from tests.factories.settings import SELLER1

ORDER7, ORDER8 = (Origin(seller=SELLER1, number=number) for number in (7, 8))
PAIRED = Origin(seller=SELLER1, number=None)


def metering(**milliwh):
    origins = {"own": OWN_ORIGIN, "order7": ORDER7, "order8": ORDER8, "paired": PAIRED}
    return Metering(
        meters=(),
        by_origin=tuple(
            (origins[name], Count(milliwh=found, rest_milliwh=0.5))
            for name, found in milliwh.items()
        ),
    )


def test_orders_and_pairings_add_up_and_the_own_source_does_not():
    fed = FedByNeighbours(1_000)
    fed.look(metering(own=40, order7=9, paired=5))

    assert fed.milliwh == 1_014


def test_an_order_that_is_forgotten_takes_nothing_away():
    fed = FedByNeighbours(0)
    for seen in (
        metering(order7=9),
        metering(own=1, order7=10),
        metering(own=2),
        metering(order8=3),
    ):
        fed.look(seen)

    assert fed.milliwh == 13


def test_the_same_look_twice_counts_once():
    fed = FedByNeighbours(0)
    fed.look(metering(order7=9))
    fed.look(metering(order7=9))

    assert fed.milliwh == 9
