"""One round of `bench loop` on real processes: it measures a purchase, and no other closing."""

import random

from bench.node.loop import SETTINGS, Rounds
from bench.node.street import BenchStreet


def test_a_round_is_one_purchase_and_leaves_no_order_open():
    with BenchStreet(SETTINGS) as street:
        rounds = Rounds(street, random.Random(2))
        rounds.start()
        orders = street.last_order()

        found = {(r["case"], r["metric"]): r["value"] for r in rounds.purchases(1)}

        assert street.last_order() == orders + 1
        assert street.open_orders() == 0
        assert not street.contact.is_closed
    assert 0 < found["purchase, seconds", "min"] == found["purchase, seconds", "max"]
    assert found["chain", "block time"] > 0
