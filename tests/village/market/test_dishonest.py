"""What the lying rooms of the village's utility let through, and what they say instead."""

from node.core.auction.pairing import Pairing, Part
from node.core.commands import ClearInterval, FundGrid, SettleOrders
from village.market.dishonest import (
    FALSE_MILLIWH,
    IdleLedger,
    OppositeBroker,
    SilentBroker,
    opposite,
)

WIRES = {"b": ("s", "t"), "c": ("s",)}
PAIRING = Pairing(
    interval=7,
    wires_hash=bytes(32),
    parts=(Part(kind="solar", buyer="b", seller="s", energy_milliwh=5),),
)


class Heard:
    """Take what a broker or a chain is given."""

    problem = None

    def __init__(self):
        self.said = []

    def publish(self, topic, payload):
        self.said.append((topic, payload))

    def publish_pairing(self, pairing, wires):
        self.said.append((pairing, wires))

    def publish_pairings(self, account, pairings, relays):
        self.said.append((account, pairings, relays))

    def submit(self, intent):
        self.said.append(intent)


def pairs(pairing):
    return [(part.buyer, part.seller) for part in pairing.parts]


def test_the_opposite_pairs_all_who_are_wired_and_not_paired():
    false = opposite(PAIRING, WIRES)

    assert pairs(false) == [("b", "t"), ("c", "s")]
    assert {part.energy_milliwh for part in false.parts} == {FALSE_MILLIWH}
    assert false.interval == PAIRING.interval


def test_a_false_pairing_is_told_whole_and_to_each_account_alike():
    heard = Heard()
    broker = OppositeBroker(heard)

    broker.publish_pairing(PAIRING, WIRES)
    broker.publish_pairings("b", [PAIRING], ["board"])
    broker.publish("tariff", "true")

    false = opposite(PAIRING, WIRES)
    assert heard.said == [(false, WIRES), ("b", [false], ["board"]), ("tariff", "true")]


def test_a_silent_utility_says_nothing_at_all():
    heard = Heard()
    broker = SilentBroker(heard)

    broker.publish("state", "{}")
    broker.publish_pairing(PAIRING, WIRES)
    broker.publish_pairings("b", [PAIRING], ["board"])

    assert heard.said == []


def test_an_idle_one_leaves_clearing_and_settling_alone():
    heard = Heard()
    ledger = IdleLedger(heard)

    for intent in (
        ClearInterval(interval=7),
        SettleOrders(interval=7, meter_ids=(1,)),
        FundGrid(amount=1),
    ):
        ledger.submit(intent)

    assert heard.said == [FundGrid(amount=1)]
