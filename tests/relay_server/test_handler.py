"""From a line to a moved pin: who may speak, what is answered, and what everybody is told."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from node.core.errors import InterlockViolation, Refused
from tests.factories.relay_keys import (
    BUYER,
    OTHER_BUYER,
    SELLER,
    STRANGER,
    consent_line,
    hold_line,
    known_account,
    receipt,
)
from tests.worlds.relay_world import BOOT, World, relay_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with relay_world(tmp_path) as world:
        yield world


def deliver(world: World) -> None:
    """Bring home1 onto home2."""
    assert world.ask(consent_line(SELLER, BOOT, 1, 0))["reply"] == "ok"
    assert world.ask(hold_line(BUYER, BOOT, 1, (0, 1)))["reply"] == "ok"
    assert world.board.closed == {0, 1}
    world.told.clear()


def test_consent_and_lease_move_the_pins(world: World) -> None:
    deliver(world)
    assert world.counts.operations == (1, 1, 0, 0)


def test_contacts_rest_when_the_lease_is_not_renewed(world: World) -> None:
    deliver(world)
    world.wait(14.9)
    assert world.board.closed == {0, 1}
    world.wait(0.1)

    assert world.board.closed == frozenset()
    assert world.told == ["changed", "moved"]


def test_withdrawn_consent_opens_at_once(world: World) -> None:
    deliver(world)
    reply = world.ask(consent_line(SELLER, BOOT, 2, 0, consent_s=0))

    assert reply["reply"] == "ok"
    assert world.board.closed == frozenset()


def test_renewal_moves_nothing_and_is_told_later(world: World) -> None:
    deliver(world)
    world.wait(5)
    assert world.ask(hold_line(BUYER, BOOT, 2, (0, 1)))["reply"] == "ok"
    assert world.told == ["renewed"]
    assert world.counts.operations == (1, 1, 0, 0)


def test_next_load_waits_for_the_dead_time(world: World) -> None:
    deliver(world)
    world.ask(consent_line(SELLER, BOOT, 2, 1))
    world.wait(1)
    world.ask(hold_line(BUYER, BOOT, 2, ()))
    assert world.ask(hold_line(OTHER_BUYER, BOOT, 1, (2, 3)))["reply"] == "ok"

    assert world.board.closed == frozenset()
    assert world.state().connections[1].pending
    world.wait(0.099)
    assert world.board.closed == frozenset()
    world.wait(0.001)
    assert world.board.closed == {2, 3}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"", "NotJson"),
        (b'{"hold":1}', "BadField"),
        (b"\xff\n", "NotUtf8"),
        (hold_line(BUYER, BOOT, 2, (0, 1), relay="relay2"), "WrongRelay"),
        (hold_line(BUYER, bytes(16), 2, (0, 1)), "WrongBoot"),
        (hold_line(STRANGER, BOOT, 2, (0, 1)), "NotHolder"),
        (hold_line(SELLER, BOOT, 2, (0, 1)), "NotHolder"),
        (hold_line(STRANGER, BOOT, 2, (), account=BUYER.account), "WrongSigner"),
        (hold_line(OTHER_BUYER, BOOT, 2, (), account=BUYER.account), "WrongSigner"),
        (hold_line(BUYER, BOOT, 1, (0, 1)), "StaleSequence"),
        (hold_line(BUYER, BOOT, 2, (0,)), "HalfConnection"),
        (hold_line(BUYER, BOOT, 2, (2, 3)), "NotHolder"),
        (hold_line(BUYER, BOOT, 2, (0, 1), lease_s=0.4), "LeaseOutOfRange"),
        (
            hold_line(BUYER, BOOT, 2, (0, 1), receipts=(receipt(5, buyer=OTHER_BUYER),)),
            "ForeignReceipt",
        ),
        (consent_line(BUYER, BOOT, 2, 0, consent_s=0), "NotConsentor"),
        (consent_line(SELLER, bytes(16), 2, 0, consent_s=0), "WrongBoot"),
        (consent_line(SELLER, BOOT, 1, 0, consent_s=0), "StaleSequence"),
        (consent_line(SELLER, BOOT, 2, 9), "UnknownConnection"),
    ],
)
def test_refused_line_moves_nothing(world: World, line: bytes, name: str) -> None:
    deliver(world)
    before = (world.handler.leases.held, world.handler.leases.consents)

    assert world.ask(line)["reply"] == name
    assert (world.handler.leases.held, world.handler.leases.consents) == before
    assert world.board.closed == {0, 1}
    assert world.told == []


def test_forged_signature_is_refused(world: World) -> None:
    deliver(world)
    line = hold_line(BUYER, BOOT, 2, ())
    forged = line.replace(b'"leaseMs":15000', b'"leaseMs":15001')
    assert forged != line
    assert world.ask(forged)["reply"] in ("WrongSigner", "BadSignature")
    assert world.board.closed == {0, 1}


def test_retained_command_is_refused(world: World) -> None:
    deliver(world)
    reply = world.ask(hold_line(BUYER, BOOT, 2, ()), retained=True)
    assert (reply["reply"], reply["account"]) == ("Retained", BUYER.account)
    assert world.board.closed == {0, 1}


def test_replay_is_refused_with_the_last_sequence(world: World) -> None:
    line = consent_line(SELLER, BOOT, 4, 0)
    assert world.ask(line)["reply"] == "ok"
    assert world.ask(consent_line(SELLER, BOOT, 5, 0, consent_s=0))["reply"] == "ok"
    replayed = world.ask(line)
    assert (replayed["reply"], replayed["last"]) == ("StaleSequence", 5)
    assert not world.state().connections[0].view.consents_stand


def test_a_line_that_is_repeated_at_full_rate_does_not_fill_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever overhears a line may repeat it; another account's refusal is told all the same."""
    caplog.set_level("INFO")
    line = consent_line(SELLER, BOOT, 4, 0)
    world.ask(line)
    for _ in range(100):
        assert world.ask(line)["reply"] == "StaleSequence"
    assert world.ask(hold_line(OTHER_BUYER, BOOT, 1, (2, 3)))["reply"] == "NoConsent"

    told = [record.getMessage() for record in caplog.records if "is refused" in record.message]
    assert [
        f"{account} is refused, {name}" in one
        for (account, name), one in zip(
            ((SELLER.account, "StaleSequence"), (OTHER_BUYER.account, "NoConsent")),
            told,
            strict=True,
        )
    ] == [True, True]


def test_strangers_are_logged_by_the_name_of_the_refusal_however_many_accounts_they_make_up(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for number in range(1, 51):
        assert world.ask(hold_line(known_account(number), BOOT, 1, ()))["reply"] == "NotHolder"
    assert world.ask(consent_line(STRANGER, BOOT, 1, 0))["reply"] == "NotConsentor"

    told = [record.getMessage() for record in caplog.records if "is refused" in record.message]
    assert [one.partition(":")[0] for one in told] == [
        f"hold of {known_account(1).account} is refused, NotHolder",
        f"consent of {STRANGER.account} is refused, NotConsentor",
    ]


def test_seller_gets_the_newest_receipts_of_its_connections(world: World) -> None:
    deliver(world)
    world.ask(hold_line(BUYER, BOOT, 2, (0, 1), receipts=(receipt(5),)))
    world.ask(hold_line(BUYER, BOOT, 3, (0, 1), receipts=(receipt(9), receipt(1, number=8))))
    foreign = receipt(4, seller=STRANGER)
    world.ask(hold_line(BUYER, BOOT, 4, (0, 1), receipts=(foreign,)))

    receipts = world.ask(consent_line(SELLER, BOOT, 2, 0))["receipts"]
    assert [(r["number"], r["drawn_milliwh"]) for r in receipts] == [(7, 9), (8, 1)]


def test_refused_hold_leaves_no_receipt(world: World) -> None:
    world.ask(hold_line(BUYER, BOOT, 1, (0, 1), receipts=(receipt(5),)))
    assert "receipts" not in world.ask(consent_line(SELLER, BOOT, 1, 0))


def test_accounts_of_any_case_are_the_same(world: World) -> None:
    line = hold_line(BUYER, BOOT, 1, (), account=BUYER.account.lower())
    reply = world.ask(line)
    assert (reply["reply"], reply["account"]) == ("ok", BUYER.account)


def test_ancestor_opens_what_a_lease_holds(world: World) -> None:
    deliver(world)
    world.handler.take_switches(((0, False), (1, False)))
    assert world.board.closed == frozenset()


def test_ancestor_is_refused_by_the_interlock(world: World) -> None:
    deliver(world)
    with pytest.raises(Refused, match="SourceBusy"):
        world.handler.take_switches(((2, True), (3, True)))
    assert world.board.closed == {0, 1}


def test_dead_time_counts_from_the_pin_and_not_from_the_decision(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is held up between the two would else close at once when it goes on."""
    deliver(world)
    world.ask(consent_line(SELLER, BOOT, 2, 1))
    world.wait(1)
    opening = world.board.open_contacts

    def held_up(channels: Iterable[int]) -> None:
        world.now_s += 30.0
        opening(channels)

    monkeypatch.setattr(world.board, "open_contacts", held_up)
    world.ask(hold_line(BUYER, BOOT, 2, ()))
    world.ask(hold_line(OTHER_BUYER, BOOT, 1, (2, 3)))

    world.wait(0.099)
    assert world.board.closed == frozenset()
    world.wait(0.001)
    assert world.board.closed == {2, 3}


def test_what_is_overdue_is_done_when_the_process_goes_on(world: World) -> None:
    deliver(world)
    world.now_s += 14.9
    world.handler.catch_up()
    assert world.board.closed == {0, 1}
    world.now_s += 3600
    world.handler.catch_up()
    assert world.board.closed == frozenset()


def test_pin_that_does_not_follow_is_no_business_as_usual(world: World) -> None:
    world.ask(consent_line(SELLER, BOOT, 1, 0))
    world.board._factory.pin(17)._set_state = lambda value: None
    with pytest.raises(InterlockViolation):
        world.ask(hold_line(BUYER, BOOT, 1, (0, 1)))


def test_announcement_says_what_stands(world: World) -> None:
    before = world.state()
    assert not before.connections[0].view.consents_stand
    assert before.busy_sources == frozenset()
    deliver(world)
    world.wait(2)
    state = world.state()
    first, second = state.connections

    assert [contact.closed for contact in state.contacts] == [True, True, False, False]
    assert first.view.channels == (0, 1)
    assert first.view.closed
    assert first.standing == (SELLER.account,)
    assert first.view.lease_left_s == pytest.approx(13)
    assert first.view.consent_left_s == pytest.approx(58)
    assert not second.view.closed
    assert second.view.lease_left_s == 0
    assert state.busy_sources == {"home2"}
    assert state.warnings == ()
