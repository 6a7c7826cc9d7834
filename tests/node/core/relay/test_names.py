"""By which names a relay calls its homes' accounts."""

from node.core.records import RelayView
from node.core.relay.connections import names_of, neighbours_of
from tests.factories.announcing import connection

A, B, C = (f"0x{digit * 40}" for digit in "ABC")


WIRES = (
    connection(0, "home1", "home2", A, B),
    connection(1, "home3", "home2", C, B),
    connection(2, "x", "y", ""),
)


def board() -> RelayView:
    return RelayView(
        relay="relay",
        boot="0x00",
        received_at_s=0.0,
        connections=WIRES,
        busy_sources=frozenset(),
        stuck=(),
    )


def test_an_accounts_name_is_its_first_ones():
    later = connection(3, "again", "other", A, B)

    assert names_of([*WIRES, later]) == {A.lower(): "home1", B.lower(): "home2", C.lower(): "home3"}


def test_neighbours_are_those_of_the_own_connections():
    assert neighbours_of(board(), A) == {B.lower(): "home2"}
    assert neighbours_of(board(), B) == {A.lower(): "home1", C.lower(): "home3"}
    assert neighbours_of(board(), None) == neighbours_of(None, A) == {}
