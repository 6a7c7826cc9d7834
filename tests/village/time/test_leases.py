"""A lease or a consent that runs out by itself was late; one that is ended was not."""

import pytest

from node.core.records import ConnectionView
from node.core.wire.announcement import AnnouncedConnection, Announcement
from village.time.leases import LeaseWatch


def a_state(**changes):
    """Give a relay's state of its one connection, of home1's load with home2."""
    view = {
        "connection": 0, "load": "home1", "source": "home2", "channels": (0, 1), "holder": "0x1",
        "consents": ("0x2",), "consents_stand": True, "closed": True, "lease_left_s": 1.5,
        "consent_left_s": 3.0, "barred_by": (),
    }  # fmt: skip
    one = ConnectionView(**{**view, **changes})
    return Announcement(
        relay="board", boot=bytes(16), nonce=None, serial=1, contacts=(), loads=(), sources=(),
        busy_sources=frozenset(), warnings=(),
        connections=(AnnouncedConnection(view=one, standing=(), pending=False),),
    )  # fmt: skip


class AWatch:
    """A watch with a clock of its own, and homes that are well unless a test says otherwise."""

    def __init__(self):
        self.now_s = 100.0
        self.ill = set()
        self.watch = LeaseWatch(lambda: self.now_s, lambda name: name not in self.ill)

    def see_at(self, now_s, **changes):
        self.now_s = now_s
        self.watch.see(a_state(**changes))

    @property
    def counts(self):
        return self.watch.leases, self.watch.consents


@pytest.fixture
def watched():
    watched = AWatch()
    watched.see_at(100.0, closed=True, lease_left_s=1.5, consent_left_s=3.0)
    return watched


def test_a_contact_that_opened_as_its_lease_ran_out_is_counted(watched):
    watched.see_at(101.5, closed=False, lease_left_s=0.0, consent_left_s=1.5)

    assert watched.counts == (1, 0)


def test_a_contact_that_was_opened_before_is_not(watched):
    watched.see_at(100.9, closed=False, lease_left_s=0.0, consent_left_s=2.1)

    assert watched.counts == (0, 0)


def test_a_lease_that_was_renewed_is_not_counted(watched):
    watched.see_at(101.0, closed=True, lease_left_s=1.5, consent_left_s=2.0)
    watched.see_at(102.0, closed=False, lease_left_s=0.0, consent_left_s=1.0)

    assert watched.counts == (0, 0)


def test_a_consent_that_ran_out_is_counted(watched):
    watched.see_at(103.0, closed=True, lease_left_s=1.5, consents_stand=False, consent_left_s=0.0)

    assert watched.counts == (0, 1)


def test_nobody_is_late_who_was_stopped(watched):
    watched.ill = {"home1", "home2"}
    watched.see_at(103.0, closed=False, lease_left_s=0.0, consents_stand=False, consent_left_s=0.0)

    assert watched.counts == (0, 0)


def test_a_relay_that_went_away_ended_every_right_by_itself(watched):
    watched.watch.see(None)
    watched.see_at(105.0, closed=False, lease_left_s=0.0, consents_stand=False, consent_left_s=0.0)

    assert watched.counts == (0, 0)
