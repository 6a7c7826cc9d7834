"""A flood keeps out only itself."""

import asyncio

from relay_server.gate import MOST_PER_ADDRESS, MOST_SESSIONS, Gate
from relay_server.session import Session


def guest(address: str, is_known: bool = False) -> Session:
    # Never connected, so the host is never asked.
    session = Session(None, asyncio.new_event_loop())  # type: ignore[arg-type]  # see above
    session.address = address
    session.is_known = is_known
    return session


def test_full_address_gets_no_more_and_others_do() -> None:
    gate = Gate()
    assert all(gate.admit(guest("10.0.0.1")) for _ in range(MOST_PER_ADDRESS))
    assert not gate.admit(guest("10.0.0.1"))
    assert gate.admit(guest("10.0.0.2"))


def test_leaving_makes_room() -> None:
    gate = Gate()
    first = guest("10.0.0.1")
    gate.admit(first)
    for _ in range(MOST_PER_ADDRESS - 1):
        gate.admit(guest("10.0.0.1"))
    gate.leave(first)
    gate.leave(first)
    assert gate.admit(guest("10.0.0.1"))


def test_oldest_stranger_of_the_busiest_address_makes_room() -> None:
    gate = Gate()
    quiet = guest("10.0.0.9")
    known = guest("10.0.0.1", is_known=True)
    oldest = guest("10.0.0.1")
    gate.admit(quiet)
    gate.admit(known)
    gate.admit(oldest)
    for number in range(MOST_SESSIONS - 3):
        gate.admit(guest(f"10.0.0.{1 + number // 100}"))
    assert len(gate.all()) == MOST_SESSIONS

    newcomer = guest("10.0.0.5")
    assert gate.admit(newcomer)
    assert {quiet, known, newcomer} <= set(gate.all())
    assert oldest not in gate.all()


def test_known_clients_are_never_put_out() -> None:
    gate = Gate()
    for number in range(MOST_SESSIONS):
        gate.admit(guest(f"10.0.{number}.1", is_known=True))
    assert not gate.admit(guest("10.1.0.1"))
    assert len(gate.all()) == MOST_SESSIONS
