"""The utility as a process: tariff, grid, clearing, pairing, settling, over real parts."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.system.words import with_local_times
from tests.parts.market_street import bid, offer
from tests.parts.utility_host import RELAY, UTILITY, UtilityHost, running_utility

EVERY_DAY = {"from": "00:00", "feed_in": 0.1, "retail": 0.289}
SECTION = {"tariff": [EVERY_DAY], "peak_w": 10_000}
ORDERS = {0: bid(500), 1: offer(300)}
METERED = {0: (299_000, 0), 1: (0, 300_000)}


@pytest.fixture
def host(tmp_path: Path) -> Iterator[UtilityHost]:
    with running_utility(tmp_path, section=SECTION) as host:
        yield host


def test_the_utility_lives_through_intervals_by_itself(host: UtilityHost) -> None:
    host.start()
    # 10 kW for two quarter hours are 5 kWh, at the feed-in that is posted.
    host.until(lambda: host.state().get("grid_balance") == 500_000, "the grid is funded")
    buyer, seller = host.street.homes

    interval = host.live_through(ORDERS, METERED)

    paired = host.paired(interval)
    assert paired is not None
    assert paired["wires"] == {buyer.account: [seller.account]}
    part = {
        "kind": "solar",
        "buyer": buyer.account,
        "seller": seller.account,
        "energy_milliwh": 299_000,
    }
    assert paired["parts"] == [part]
    told = [said for topic, said in host.ear.heard if topic == f"{UTILITY}/pairing/{buyer.account}"]
    assert {"interval": interval, "wires_hash": paired["wires_hash"], "parts": [part]} in [
        pairing for said in told for pairing in said["pairings"]
    ]
    assert host.state()["newest"]["paired_before_delivery_s"] > 0
    for _ in range(2):
        host.live_through(ORDERS, METERED)
    host.check_books()
    host.until(lambda: told_last(host, buyer.account) == [], "what is over is told no more")


def told_last(host: UtilityHost, account: str) -> object:
    host.street.chain.mine()
    return host.ear.newest[f"{UTILITY}/pairing/{account}"]["pairings"]


def test_prices_follow_the_bands_and_the_command_over_mqtt(tmp_path: Path) -> None:
    bands = [EVERY_DAY, {"from": "12:00", "feed_in": 0.12, "retail": 0.309}]
    section = {"tariff": bands, "tariff_over_mqtt": True}
    with running_utility(tmp_path, section=section) as host:
        street = host.street

        def prices_in(interval: int) -> tuple[int, int]:
            tariff = street.terms_in(interval).tariff
            return tariff.feed_in_per_kwh, tariff.retail_per_kwh

        host.begin()
        noon = (street.now_s() // 86_400 + 1) * 86_400 + 43_200
        first = noon // street.interval_s
        street.reach(street.gate_s(first - 3) - 300)
        host.until(lambda: prices_in(first - 1) == (100_000, 289_000), "the morning's prices")
        street.reach_gate(first - 3)
        host.until(lambda: prices_in(first) == (120_000, 309_000), "the afternoon's prices")
        assert prices_in(first - 1) == (100_000, 289_000)

        host.ear.say(f"{UTILITY}/command/tariff", json.dumps({"feed_in": 0.2, "retail": 0.389}))
        host.until(lambda: "tariff over MQTT" in host.log(), "it has heard")
        street.reach_gate(first - 2)
        host.until(lambda: prices_in(first + 1) == (200_000, 389_000), "the command's prices")
        host.processes.stop(UTILITY)
        street.reach_gate(first - 1)
        host.ear.newest.clear()
        host.start()
        host.until(lambda: host.state().get("block"), "it runs again")
        street.chain.mine(3)
        assert prices_in(first + 2) == (200_000, 389_000)
        host.ear.say(f"{UTILITY}/command/tariff", "bands")
        host.until(lambda: "the bands hold" in host.log(), "it has heard")
        street.reach_gate(first)
        host.until(lambda: prices_in(first + 3) == (120_000, 309_000), "the bands' prices again")


@pytest.mark.failure(
    part="utility",
    failure="every home cancels its order for an interval",
    person="the utility clears the interval, which holds its lane, and goes on",
    money="the deposits are the homes' again",
)
def test_an_interval_of_cancelled_orders_alone_is_cleared_and_the_next_one_works(
    host: UtilityHost,
) -> None:
    host.begin()
    street = host.street
    home, interval = street.homes[0], street.open_interval()
    street.place(home, interval, bid(500))
    street.place(home, interval, bid(0))

    street.reach_gate(interval)
    host.until(lambda: street.is_cleared(interval), "it is cleared")
    host.live_through(ORDERS, METERED)

    assert host.processes.ended() == {}


def test_the_published_pairing_can_be_audited_by_anybody(host: UtilityHost) -> None:
    host.begin()
    interval = host.live_through(ORDERS, METERED)

    def named(number: int) -> str:
        return with_local_times(f"interval {number}", host.street.interval_s)

    well = host.command("audit")
    other = host.command("audit", "--interval", str(interval - 1))
    told = dict(host.ear.newest[f"{UTILITY}/pairing"])
    told["parts"] = [{**told["parts"][0], "energy_milliwh": 300_000}]
    host.processes.stop(UTILITY)
    host.ear.say(f"{UTILITY}/pairing", json.dumps(told), retain=True)
    wrong = host.command("audit")

    assert (well.returncode, well.stdout) == (
        0,
        f"{named(interval)}: 1 parts, as they follow from the chain and the wires\n",
    )
    assert other.returncode == 1
    assert f"has the pairing of {named(interval)}, not of {named(interval - 1)}" in other.stderr
    assert wrong.returncode == 1
    assert "part 0 is" in wrong.stderr
    assert "'energy_milliwh': 300000" in wrong.stderr


def test_check_touches_all_that_the_utility_needs(host: UtilityHost) -> None:
    host.until(lambda: f"{RELAY}/state" in host.ear.newest, "the relay has announced itself")
    well = host.command("check")
    host.write_utility(UTILITY, {**SECTION, "relays": ["elsewhere"], "peak_w": 10**9})
    lacking = host.command("check")

    assert well.returncode == 0, well.stdout
    assert "well  role: the auction's utility is this account" in well.stdout
    assert "well  relay relay: 1 homes wired to sellers, 1 wires" in well.stdout
    assert "everything answers" in well.stdout
    assert lacking.returncode == 1
    assert "FAIL  relay elsewhere: has not announced itself" in lacking.stdout
    assert "FAIL  tokens: 1000 -> send tokens to" in lacking.stdout


def test_status_and_account_tell_what_it_does_and_has(host: UtilityHost) -> None:
    away = host.command("status")
    host.begin()
    host.live_through(ORDERS, METERED)
    status = host.command("status")
    picture = json.loads(host.command("status", "--json").stdout)
    account = host.command("account", "show")

    assert away.returncode == 1
    assert "no running node answers" in away.stderr
    assert f"(utility, {host.street.utility.account})" in status.stdout
    assert "1 parts paired" in status.stdout
    assert picture["done"]["ClearInterval"] == 1
    assert f"account  {host.street.utility.account}" in account.stdout
