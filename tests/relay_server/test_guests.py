"""A crowd keeps out only itself: places are kept for accounts, and strangers make them."""

import asyncio

from relay_server.guests import (
    MOST_KEPT,
    MOST_PER_ACCOUNT,
    MOST_PER_ADDRESS,
    MOST_SESSIONS,
    Guests,
)
from relay_server.session import Session

ACCOUNTS = 8
STRANGERS = MOST_SESSIONS - MOST_PER_ACCOUNT * ACCOUNTS


def guest(address: str) -> Session:
    # Never connected, so the host is never asked.
    session = Session(None, asyncio.new_event_loop())  # type: ignore[arg-type]  # see above
    session.address = address
    return session


def known(guests: Guests, address: str, account: str) -> Session:
    session = guest(address)
    assert guests.admit(session)
    session.account = account
    guests.know(session)
    return session


def test_a_full_address_makes_its_own_oldest_stranger_go() -> None:
    """128 silent local ones shut the Pi's own node out."""
    guests = Guests(ACCOUNTS)
    silent = [guest("127.0.0.1") for _ in range(MOST_PER_ADDRESS)]
    other = guest("10.0.0.2")
    assert all(guests.admit(one) for one in (other, *silent))

    node = guest("127.0.0.1")
    assert guests.admit(node)
    assert {node, other, *silent[1:]} == set(guests.all())


def test_an_address_that_is_full_of_accounts_gets_no_more() -> None:
    guests = Guests(MOST_SESSIONS)
    for number in range(MOST_PER_ADDRESS):
        known(guests, "10.0.0.1", f"account{number}")

    assert not guests.admit(guest("10.0.0.1"))
    assert guests.admit(guest("10.0.0.2"))


def test_leaving_makes_room() -> None:
    guests = Guests(ACCOUNTS)
    first, second = guest("10.0.0.1"), guest("10.0.0.1")
    guests.admit(first)
    guests.admit(second)
    guests.leave(first)
    guests.leave(first)
    for _ in range(MOST_PER_ADDRESS - 1):
        guests.admit(guest("10.0.0.1"))

    assert second in guests.all()


def test_strangers_never_take_the_places_of_accounts() -> None:
    guests = Guests(ACCOUNTS)
    for number in range(2 * MOST_SESSIONS):
        assert guests.admit(guest(f"10.{number % 250}.0.1"))
    assert len(guests.all()) == STRANGERS

    homes = [known(guests, f"10.0.1.{number}", f"account{number}") for number in range(ACCOUNTS)]
    for number in range(2 * MOST_SESSIONS):
        guests.admit(guest(f"10.{number % 250}.0.2"))
    assert set(homes) <= set(guests.all())
    assert len(guests.all()) == STRANGERS + ACCOUNTS


def test_who_repeated_what_was_refused_makes_room_first_then_the_busiest_address() -> None:
    guests = Guests(ACCOUNTS)
    idle_home, replayer = guest("10.0.0.9"), guest("10.0.0.8")
    replayer.is_refused = True
    busy = [guest("10.0.0.7") for _ in range(3)]
    for one in (idle_home, *busy, replayer):
        guests.admit(one)
    for number in range(STRANGERS - 5):
        guests.admit(guest(f"10.1.0.{number}"))

    guests.admit(guest("10.2.0.1"))
    assert replayer not in guests.all()
    guests.admit(guest("10.2.0.2"))
    assert busy[0] not in guests.all()
    assert {idle_home, *busy[1:]} <= set(guests.all())


def test_an_account_has_two_connections_and_the_newest_win() -> None:
    """255 from two addresses, each known by one repeated line, kept everybody out."""
    guests = Guests(ACCOUNTS)
    first, second, third = (known(guests, "10.0.0.1", "account1") for _ in range(3))
    assert set(guests.all()) == {second, third}

    guests.know(second)
    fourth = known(guests, "10.0.0.1", "account1")
    assert set(guests.all()) == {second, fourth}
    assert first not in guests.all()


def test_a_board_of_many_accounts_leaves_strangers_a_place() -> None:
    guests = Guests(MOST_SESSIONS)
    for number in range(2 * MOST_SESSIONS):
        guests.admit(guest(f"10.{number % 250}.0.1"))

    assert len(guests.all()) == MOST_SESSIONS - MOST_KEPT


def test_a_house_full_of_accounts_takes_no_stranger() -> None:
    guests = Guests(MOST_SESSIONS)
    for number in range(MOST_SESSIONS):
        known(guests, f"10.0.{number}.1", f"account{number}")

    assert not guests.admit(guest("10.1.0.1"))
    assert len(guests.all()) == MOST_SESSIONS
