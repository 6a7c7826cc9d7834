"""Controllers that flap, fight or lose their clock: what each contact of a real relay does."""

import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from node.keys.account import Account
from tests.factories.relay_keys import BUYER, OTHER_BUYER, hold_line
from tests.parts.relay_host import JsonClient, RelayHost
from tests.parts.relay_watched import (
    closed_now,
    ensure_apart,
    ensure_unhurried,
    moves,
    watched_relay,
)
from tests.parts.waiting import until

DEAD_S, MIN_CHANGE_S = 0.1, 0.2
TIMING = f"  dead_time_s: {DEAD_S}\n  min_change_s: {MIN_CHANGE_S}\n"
FIGHT_S, FLAPS = 3.0, 101
TURNS = 5
LEASE_S = 2.0
DAY_S = 86_400
THIRTY_YEARS_S = 30 * 365 * DAY_S

ONE_LOAD = f"""
  connections:
    - {{load: home1, source: home2, channels: [0, 1], holder: "{BUYER.account}"}}
    - {{load: home1, source: home3, channels: [2, 3], holder: "{OTHER_BUYER.account}"}}
"""
RIVALS = (frozenset({0, 1}), frozenset({2, 3}))


def until_over(
    host: RelayHost, signer: Account, contacts: tuple[int, ...], over_s: float, least: int = 0
) -> Counter[str]:
    """Hold and rest as fast as the relay answers, at least so often; count the answers."""
    client = host.client()
    answers: Counter[str] = Counter()
    sequence = 0
    while time.monotonic() < over_s or sequence < least:
        sequence += 1
        wish = contacts if sequence % 2 else ()
        answers[client.ask(hold_line(signer, client.boot, sequence, wish))["reply"]] += 1
    client.ask(hold_line(signer, client.boot, sequence + 1, ()))
    client.close()
    return answers


@pytest.mark.failure(
    part="relay",
    failure="a controller flaps: it asks to close and to open as fast as it is answered",
    contacts="none closes within 0.2 s (`min_change_s`) of its last change; rest at the end",
    person="each line is answered `ok`",
)
def test_controller_that_flaps_wears_no_contact_faster_than_the_bound(tmp_path: Path) -> None:
    with watched_relay(tmp_path, ONE_LOAD + TIMING) as host:
        begun_s = time.monotonic()
        answers = until_over(host, BUYER, (0, 1), begun_s + FIGHT_S, least=FLAPS)
        fight_s = time.monotonic() - begun_s
        record = moves(host)
        assert closed_now(host) == set()

    assert answers.keys() == {"ok"}
    ensure_unhurried(record, MIN_CHANGE_S)
    closings = Counter(move.channel for move in record if move.closed)
    assert 1 <= closings[0] == closings[1] <= fight_s / MIN_CHANGE_S + 1


@pytest.mark.failure(
    part="relay",
    failure="two holders fight over one load",
    contacts="one holder's at a time, a dead time between; rest at the end",
    person="answered `ok` or refused: `LoadHasSource`",
)
def test_two_holders_fighting_over_a_load_never_both_have_it(tmp_path: Path) -> None:
    with watched_relay(tmp_path, ONE_LOAD + TIMING) as host:
        over_s = time.monotonic() + FIGHT_S
        answers: dict[str, Counter[str]] = {}

        def fight(name: str, signer: Account, contacts: tuple[int, ...]) -> None:
            answers[name] = until_over(host, signer, contacts, over_s)

        sides = [
            threading.Thread(target=fight, args=("one", BUYER, (0, 1))),
            threading.Thread(target=fight, args=("other", OTHER_BUYER, (2, 3))),
        ]
        for side in sides:
            side.start()
        for side in sides:
            side.join()
        record = moves(host)
        assert closed_now(host) == set()

    assert answers.keys() == {"one", "other"}
    assert all(counts.keys() <= {"ok", "LoadHasSource"} for counts in answers.values())
    assert sum(counts["LoadHasSource"] for counts in answers.values()) > 0
    ensure_apart(record, RIVALS, DEAD_S)
    ensure_unhurried(record, MIN_CHANGE_S)


def test_load_passes_from_holder_to_holder_with_a_dead_time_between(tmp_path: Path) -> None:
    with watched_relay(tmp_path, ONE_LOAD + TIMING) as host:
        one, other = host.client(), host.client()
        for number in range(TURNS):
            take(one, BUYER, 2 * number + 1, (0, 1))
            refused = other.ask(hold_line(OTHER_BUYER, other.boot, 3 * number + 1, (2, 3)))
            assert refused["reply"] == "LoadHasSource"
            one.ask(hold_line(BUYER, one.boot, 2 * number + 2, ()))
            take(other, OTHER_BUYER, 3 * number + 2, (2, 3))
            other.ask(hold_line(OTHER_BUYER, other.boot, 3 * number + 3, ()))
        record = moves(host)

    assert Counter(move.channel for move in record if move.closed) == dict.fromkeys(range(4), TURNS)
    ensure_apart(record, RIVALS, DEAD_S)
    ensure_unhurried(record, MIN_CHANGE_S)


def take(client: JsonClient, signer: Account, sequence: int, contacts: tuple[int, ...]) -> None:
    assert client.ask(hold_line(signer, client.boot, sequence, contacts))["reply"] == "ok"
    client.until_closed(list(contacts))


@pytest.mark.failure(
    part="relay",
    failure="the wall clock of the relay's host steps on by a day, or back by 30 years",
    contacts="stay for the lease and its renewal, then rest",
    person="the renewal is answered `ok`",
)
@pytest.mark.parametrize("step_s", [DAY_S, -THIRTY_YEARS_S])
def test_step_of_the_wall_clock_neither_ends_nor_lengthens_a_lease(
    tmp_path: Path, step_s: int
) -> None:
    with watched_relay(tmp_path, ONE_LOAD + TIMING) as host:
        client = host.client()
        client.ask(hold_line(BUYER, client.boot, 1, (0, 1), lease_s=LEASE_S))
        client.until_closed([0, 1])
        asked_s = time.monotonic()
        (tmp_path / "step").write_text(str(step_s))
        until(lambda: time.monotonic() >= asked_s + LEASE_S / 2)
        assert closed_now(host) == {0, 1}
        renewed_s = time.monotonic()
        line = hold_line(BUYER, client.boot, 2, (0, 1), lease_s=LEASE_S)
        assert client.ask(line)["reply"] == "ok"
        client.until_closed([])
        opened_s = [move.at_s for move in moves(host) if not move.closed]

    assert len(opened_s) == 2
    assert min(opened_s) >= renewed_s + LEASE_S
