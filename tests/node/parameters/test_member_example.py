"""The example of a home without contacts: it is right, whole, and every line of it counts."""

from pathlib import Path

from node.parameters import load
from node.settings import trades_at_auction
from village.meters.players import PLAYERS

EXAMPLE = Path(__file__).parents[3] / "member.example.yml"


def test_the_member_of_the_example_trades_by_its_meters_alone():
    member = load(EXAMPLE)
    node = member.node

    assert (node.role, node.has_contacts) == ("member", False)
    assert trades_at_auction(member)
    assert (node.sensors, dict(member.sellers), member.relay.host) == ({}, {}, None)
    assert {source.feeds.value for source in node.sources.values()} == {
        "load",
        "generation",
        "connection",
    }
    # Nothing is missing of which a person would be told.
    assert [(notice.key, notice.sentence) for notice in member.notices] == []


def test_each_of_its_meters_can_be_played():
    assert {source.kind for source in load(EXAMPLE).node.sources.values()} <= set(PLAYERS)
