"""Wires from what relays announce: buyers to those who consent, in the order of the boards."""

from node.core.auction.pairing import wires_of
from tests.factories.home import connection

A, B, S, T = (f"0x{digit * 40}" for digit in "abcd")


def test_a_buyer_is_wired_to_who_consents_in_the_boards_order():
    boards = [
        connection(holder=A, consents=(T,)),
        connection(holder=B, consents=(S, T)),
        connection(holder=A, consents=(S,)),
        connection(holder=A, consents=(T,)),
    ]

    assert wires_of(boards) == {A: (T, S), B: (S, T)}


def test_a_connection_without_accounts_wires_nobody():
    boards = [
        connection(holder="", consents=(S,)),
        connection(holder=A, consents=()),
        connection(holder="somebody", consents=(S,)),
        connection(holder=B, consents=("somebody",)),
    ]

    assert wires_of(boards) == {}
