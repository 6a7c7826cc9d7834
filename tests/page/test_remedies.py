"""Each fault that a home can tell has its remedy on the page, and no other has."""

from node.core.faults import FaultName
from page.remedies import REMEDIES, remedy_of
from page.words import Words


def test_every_fault_has_a_remedy():
    assert set(REMEDIES) == {name.value for name in FaultName}


def test_a_fault_of_a_newer_node_has_none():
    assert remedy_of("from_the_future", Words("en")) == ""
