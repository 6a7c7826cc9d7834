"""Wrong passwords: the next try comes later each time, for one place and for no other."""

import pytest

from page.patience import FREE_TRIES, LONGEST_WAIT_S, MOST_ADDRESSES, Patience


class Now:
    s = 1000.0

    def __call__(self):
        return self.s


@pytest.fixture
def now():
    return Now()


@pytest.fixture
def patience(now):
    return Patience(now)


def test_each_wrong_try_doubles_the_wait_up_to_the_longest(patience):
    waits = []
    for _ in range(20):
        patience.begin("a")
        waits.append(patience.wait_s("a"))

    assert waits[: FREE_TRIES + 2] == [0.0, 0.0, 2.0, 4.0, 8.0]
    assert waits[-1] == LONGEST_WAIT_S
    assert patience.wait_s("b") == 0.0


def test_a_wait_passes_and_the_right_password_forgives_all(patience, now):
    for _ in range(FREE_TRIES):
        patience.begin("a")
    now.s += 2.0
    assert patience.wait_s("a") == 0.0
    patience.begin("a")
    assert patience.wait_s("a") == 4.0

    patience.forgive("a")
    patience.begin("a")

    assert patience.wait_s("a") == 0.0


def test_a_network_of_ipv6_is_one_place_and_an_address_in_another_guise_the_same(patience):
    for _ in range(FREE_TRIES):
        patience.begin("2001:db8::1")
    assert patience.wait_s("2001:db8::ffff:1%eth0") > 0
    assert patience.wait_s("2001:db8:0:1::1") == 0

    for _ in range(FREE_TRIES):
        patience.begin("::ffff:192.0.2.1")
    assert patience.wait_s("192.0.2.1") > 0


def test_many_places_are_bounded_and_push_nobody_out_who_waits_long(patience):
    for _ in range(10):
        patience.begin("guesser")
    for number in range(3 * MOST_ADDRESSES):
        patience.begin(f"10.0.{number // 256}.{number % 256}")

    assert patience.wait_s("guesser") > 0
    assert len(patience._tries) <= MOST_ADDRESSES
