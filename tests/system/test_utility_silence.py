"""Meters that say nothing are noted first, and never because the chain stood still."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from node.ledger.contracts.auction import Settled
from node.ledger.operator.deploy import connect
from tests.parts.chain import TOKEN
from tests.parts.market_street import bid, offer
from tests.parts.utility_host import UtilityHost, running_utility

ORDERS = {0: bid(500), 1: offer(300)}
METERED = {0: (299_000, 0), 1: (0, 300_000)}
DEADLINE_S = 1_800
OUTAGE_S = 25 * 3_600


@pytest.fixture
def host(tmp_path: Path) -> Iterator[UtilityHost]:
    with running_utility(tmp_path, section={"peak_w": 10_000}, deadline_s=DEADLINE_S) as host:
        yield host


def settled(host: UtilityHost) -> dict[tuple[int, int], Settled]:
    """Give how each order was settled, by interval and meter."""
    auction = host.street.auction
    wanted = {"address": auction.address, "topics": [auction.settled_topic]}
    ends = [auction.settled(log) for log in logs_of(host, wanted)]
    return {(end.interval, end.meter_id): end for end in ends}


def noted(host: UtilityHost) -> list[tuple[int, int]]:
    """Give the intervals whose silence was noted, and from when that counts."""
    auction = host.street.auction
    wanted = {"address": auction.address, "topics": [auction.noted_topic]}
    return [auction.noted(log) for log in logs_of(host, wanted)]


def logs_of(host: UtilityHost, wanted: dict[str, object]) -> list[dict[str, object]]:
    found = connect(host.chain.url).call("eth_getLogs", {"fromBlock": "0x0", **wanted})
    return list(found)


def begin(host: UtilityHost) -> int:
    """Have an interval ordered, cleared, and begun; give it."""
    host.begin()
    street, interval = host.street, host.place(ORDERS, METERED)
    street.reach_gate(interval)
    host.until(lambda: street.is_cleared(interval), "it is cleared")
    for home in street.homes:
        street.reach(max(street.now_s() + 1, interval * street.interval_s))
        street.report(home, interval)
    return interval


def pass_time(host: UtilityHost, until_s: int, done: Callable[[], bool]) -> None:
    """Make blocks without a gap up to an instant of the chain, each seen by the utility."""
    street = host.street
    while street.now_s() < until_s and not done():
        street.reach(min(until_s, street.now_s() + street.interval_s // 8))
        host.until_it_has_looked()


@pytest.mark.failure(
    part="chain",
    failure="it stands still for 25 hours, longer than every deadline for readings",
    person="nothing: no silence is noted",
    money="none is lost: homes report what they kept, and are settled by their meters",
    lasts="an interval after it goes on, for those that have not reported by then",
)
def test_a_chain_that_stands_still_for_25_hours_punishes_nobody(host: UtilityHost) -> None:
    interval = begin(host)
    street = host.street
    woken_s = street.now_s() + OUTAGE_S

    street.reach(woken_s)
    host.until_it_has_looked()
    for _ in range(3):
        street.chain.mine()
        host.until_it_has_looked()
    assert noted(host) == [] and settled(host) == {}
    for number, home in enumerate(street.homes):
        imported, exported = METERED[number]
        street.report(home, interval + 1, imported=imported, exported=exported)
    host.until(lambda: len(settled(host)) == 2, "both are settled")

    assert noted(host) == []
    assert [end.missing for end in settled(host).values()] == [False, False]
    host.check_books()


def test_a_silent_meter_is_noted_and_settled_at_the_worst_only_when_that_counts(
    host: UtilityHost,
) -> None:
    interval = begin(host)
    street = host.street
    buyer, seller = street.homes
    street.reach(max(street.now_s() + 1, (interval + 1) * street.interval_s))
    street.report(seller, interval + 1, exported=300_000)
    host.until_it_has_looked()

    deadline_s = (interval + 1) * street.interval_s + DEADLINE_S
    pass_time(host, deadline_s - 1, lambda: bool(noted(host)))
    assert noted(host) == []
    pass_time(host, deadline_s + street.interval_s, lambda: bool(noted(host)))
    host.until(lambda: noted(host), "the silence is noted")
    ((of, counts_from_s),) = noted(host)
    assert of == interval and counts_from_s >= street.now_s() + street.interval_s
    pass_time(host, counts_from_s - 1, lambda: (interval, buyer.meter_id) in settled(host))
    assert (interval, buyer.meter_id) not in settled(host)
    pass_time(
        host,
        counts_from_s + street.interval_s,
        lambda: (interval, buyer.meter_id) in settled(host),
    )
    host.until(lambda: (interval, buyer.meter_id) in settled(host), "it is settled")

    assert settled(host)[interval, buyer.meter_id].missing
    assert not settled(host)[interval, seller.meter_id].missing


def test_the_utilitys_money_leaves_only_when_it_was_announced(host: UtilityHost) -> None:
    host.begin()
    street, auction = host.street, host.street.auction
    host.until(lambda: host.state().get("grid_balance", 0) >= 400_000, "the grid is funded")

    def balance() -> int:
        return street.ask(auction.balance_of(street.utility.account))

    asked = host.command("withdraw", "announce", "0.1")
    host.until(lambda: host.state().get("leaving") == 100_000, "it is announced")
    early = host.command("withdraw", "execute")
    host.until(lambda: "AuctionWithdrawal" in str(host.state()["refusals"]), "it is too early")
    street.reach(host.state()["leaving_from_s"])
    host.until_it_has_looked()
    street.chain.mine(12)
    before = balance()
    host.command("withdraw", "execute")
    host.until(lambda: host.state().get("leaving") == 0, "it has left the grid")
    wrong = host.command("withdraw", "take", "much")

    assert (asked.returncode, early.returncode) == (0, 0)
    assert "announce that 0.1 of the grid's money will leave" in asked.stdout
    assert wrong.returncode == 2 and "much" in wrong.stderr
    assert balance() - before in (100_000, 0), "or the grid was funded with it again"
    assert street.tokens_of(auction.address) > TOKEN // 10
