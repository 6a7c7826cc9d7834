"""Receipts before they count: whose they are, who signed, and that floods push nothing true out."""

import threading
from dataclasses import replace

import pytest

from node.home.inward.receipt_check import (
    LONGEST_PAUSE_S,
    MOST_CANDIDATES,
    MOST_ORDERS,
    MOST_SENDERS,
    RELAY,
    TRUE_EVERY_S,
    ReceiptCheck,
)
from tests.factories.home import HOME, chain_view, order, receipt
from tests.factories.settings import NEIGHBOUR
from tests.parts.waiting import until

TRUE, FORGED = b"t" * 65, b"f" * 65
SOLD = order(buyer=NEIGHBOUR, seller=HOME, number=7, energy_milliwh=100_000)
VIEW = chain_view(orders=(SOLD,))


class Home:
    """A check whose clock stands until it is told to go on."""

    def __init__(self, view=VIEW):
        self.now_s = 0.0
        self.checked = []
        self.passed = []
        self.check = ReceiptCheck(HOME, self._verify, self.passed.append, lambda: self.now_s)
        if view is not None:
            self.check.note(view)

    def _verify(self, found):
        self.checked.append(found)
        return found.signature == TRUE

    def work(self, steps=1000):
        for _ in range(steps):
            if (wait_s := self.check.step()) is None:
                return
            self.now_s += wait_s


def sold(drawn_milliwh, signature=TRUE, **changes):
    found = receipt(buyer=NEIGHBOUR, seller=HOME, number=7, drawn_milliwh=drawn_milliwh)
    return replace(found, signature=signature, **changes)


def test_a_signed_receipt_of_an_open_order_is_passed_on_once():
    home = Home()
    for _ in range(3):
        home.check.take("home2", sold(5))
        home.work()

    assert home.passed == [sold(5)]
    assert home.checked == [sold(5)]


def test_a_strangers_an_older_one_and_one_for_more_than_was_bought_are_not_even_verified():
    home = Home()
    home.check.take("home2", sold(50))
    home.work()
    for other in (
        sold(49),
        sold(100_001),
        sold(60, buyer="0x" + "33" * 20, seller="0x" + "44" * 20),
    ):
        home.check.take("home2", other)
    home.work()

    assert home.checked == [sold(50)]


def test_an_order_that_is_not_open_is_not_verified_until_it_is():
    home = Home(chain_view(orders=()))
    home.check.take("home2", sold(5))
    home.work()
    assert home.checked == []

    home.check.note(VIEW)
    home.work()

    assert home.passed == [sold(5)]


def test_before_the_first_block_a_forgery_does_not_displace_the_true_one():
    home = Home(view=None)
    home.check.take("home3", sold(90_000, FORGED))
    home.check.take("home2", sold(5))
    home.check.take("home2", sold(90_000, FORGED))
    home.check.take("home4", sold(80_000, FORGED))
    home.work()
    assert home.checked == []

    home.check.note(VIEW)
    home.work()

    assert home.passed == [sold(5)]


def test_a_neighbour_that_forges_at_full_rate_neither_displaces_nor_delays_the_buyer():
    home = Home()
    for drawn in range(1, 5000):
        home.check.take("home3", sold(50_000 + drawn, FORGED))
        if drawn % 1000 == 0:
            home.check.take("home2", sold(drawn))
        if drawn % 10 == 0:
            home.work(1)
    home.work(5)

    assert [found.drawn_milliwh for found in home.passed] == [1000, 2000, 3000, 4000]


def test_forgeries_of_one_sender_are_verified_ever_more_seldom():
    home = Home()
    while home.now_s < 3600:
        home.check.take("home3", sold(50_000 + len(home.checked), FORGED))
        home.now_s += min(home.check.step() or 1.0, 1.0)

    assert len(home.checked) < 3600 / LONGEST_PAUSE_S + 20


def test_a_buyer_that_signs_at_full_rate_is_heard_ten_times_a_second():
    home = Home()
    for drawn in range(1, 1001):
        home.check.take("home2", sold(drawn))
        home.check.step()
        home.now_s += 0.001

    assert len(home.passed) <= 1.0 / TRUE_EVERY_S + 1


def test_what_waits_is_bounded_by_sender_order_and_candidates():
    home = Home(view=None)
    for sender in range(3 * MOST_SENDERS):
        for number in range(2 * MOST_ORDERS):
            for drawn in range(2 * MOST_CANDIDATES):
                home.check.take(f"home{sender}", sold(drawn, number=number))

    boxes = home.check._senders
    assert len(boxes) == MOST_SENDERS
    assert all(len(box.waiting) <= MOST_ORDERS for box in boxes.values())
    assert all(
        len(found) <= MOST_CANDIDATES for box in boxes.values() for found in box.waiting.values()
    )


def test_what_the_relay_carries_keeps_its_place_among_any_number_of_senders():
    home = Home(view=None)
    home.check.take(RELAY, sold(5))
    for sender in range(3 * MOST_SENDERS):
        home.check.take(f"home{sender}", sold(90_000, FORGED))
    home.check.note(VIEW)
    home.work()

    assert home.passed == [sold(5)]


def test_forgeries_are_told_once_a_minute(caplog):
    home = Home()
    for drawn in range(100):
        home.check.take(f"home{drawn % 9}", sold(50_000 + drawn, FORGED))
        home.work(1)

    assert len([one for one in caplog.records if "not signed" in one.message]) == 1


@pytest.mark.filterwarnings("error")
def test_the_thread_survives_a_fault_and_ends_when_told():
    passed = threading.Event()

    def verify(found):
        if found.drawn_milliwh == 1:
            raise ZeroDivisionError
        return True

    check = ReceiptCheck(HOME, verify, lambda _: passed.set())
    check.note(VIEW)
    check.start()
    check.take("home2", sold(1))
    until(lambda: not check._senders["home2"].waiting, "the first is taken")
    check.take("home2", sold(2))
    until(passed.is_set, "the second is verified")
    check.close()
    check.close()
    assert check._thread is not None and not check._thread.is_alive()
