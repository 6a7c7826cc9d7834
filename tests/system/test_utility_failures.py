"""What goes wrong around the utility, and that no home pays twice, waits for ever, or is misled."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.parts.chain import ETHER, TOKEN
from tests.parts.market_street import PlayedHome, bid, offer
from tests.parts.rpc_gate import Gate
from tests.parts.utility_host import RELAY, UTILITY, UtilityHost, running_utility
from village.tcp import free_port

ORDERS = {0: bid(500), 1: offer(300)}
METERED = {0: (299_000, 0), 1: (0, 300_000)}
SECTION = {"peak_w": 10_000}
OTHER = "second"

Hosts = Callable[..., UtilityHost]


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    """Run a host with other options than the plain ones."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(
            running_utility(tmp_path, **{"section": SECTION, **options})
        )


@pytest.mark.failure(
    part="utility",
    failure="two utilities run at once, with one account",
    person="the same pairing from both",
    money="each order settled once, each home has what its meter is worth, to the unit",
)
def test_two_utilities_at_once_do_no_harm(hosts: Hosts) -> None:
    host = hosts()
    host.write_utility(OTHER, SECTION)
    both = (UTILITY, OTHER)
    for name in both:
        host.start(name)
    for name in both:
        host.until_it_sees(name)
    for _ in range(3):
        interval = host.live_through(ORDERS, METERED, both)
        assert host.paired(interval, UTILITY) == host.paired(interval, OTHER)

    host.check_books()
    assert host.processes.ended() == {}


@pytest.mark.failure(
    part="utility",
    failure="the utility has no tokens: the grid's balance is short",
    person="problem `grid`: `the grid's balance lacks 0.4, and this account has 0`",
    money="fills and deposits are settled in full; what the grid owes is noted, and paid later",
    lasts="until the utility has tokens",
)
def test_a_short_grid_is_named_and_harms_no_home(hosts: Hosts) -> None:
    host = hosts(utility_tokens=0)
    street, homes = host.street, host.street.homes
    auction = street.auction
    host.start()
    host.until(lambda: "grid" in host.state().get("problems", {}), "the problem is named")
    problem = host.state()["problems"]["grid"]
    # The meter shows 0.1 kWh more than was sold: the grid's, at feed-in.
    host.live_through(ORDERS, {**METERED, 1: (0, 400_000)})

    def owed(home: PlayedHome) -> int:
        return street.ask(auction.owed_to(home.account))

    assert problem.startswith("the grid's balance lacks 0.4, and this account has 0:")
    assert owed(homes[1]) == 8_000
    host.live_through(ORDERS, METERED)
    street.mint(street.utility.account, TOKEN)
    street.chain.mine()
    host.until(lambda: "grid" not in host.state()["problems"], "the grid is funded")
    host.until(lambda: host.state()["grid_balance"] >= 400_000, "the grid is funded")
    for home in homes:
        if owed(home):
            street.send((home.account, auction.address, auction.collect_owed()))

    host.check_books()


@pytest.mark.failure(
    part="utility",
    failure="chain and broker are away when the utility starts",
    person="problem `chain`: `no connection`",
    lasts="until both are there: the next interval is cleared, paired and settled",
)
def test_a_start_without_chain_and_broker_waits_for_both(hosts: Hosts) -> None:
    host = hosts()
    host.processes.stop("broker")
    silent = free_port()
    host.write_utility(UTILITY, SECTION, rpc=f"http://127.0.0.1:{silent}")
    host.start()

    def picture() -> dict[str, Any]:
        said = host.command("status", "--json")
        return json.loads(said.stdout) if said.returncode == 0 else {}

    def says_what_is_missing() -> bool:
        seen = picture()
        problems = seen.get("problems", {})
        # What has not answered in its first seconds is asked, and no problem yet.
        assert not (seen.get("starting") and problems)
        return "no connection" in problems.get("chain", "") and "broker" in problems

    host.until(says_what_is_missing, "it runs, and says what is missing")
    host.processes.stop(UTILITY)
    host.write_utility(UTILITY, SECTION)
    host.start()
    host.processes.restart("broker")
    host.until_it_sees()
    host.live_through(ORDERS, METERED)

    host.check_books()


@pytest.mark.failure(
    part="utility",
    failure="a stranger on the broker tells of wires, of prices, and tells nonsense",
    person="nothing: wires of a relay that is not named, and commands not allowed, are not heard",
    money="the pairing is that of the true wires; the prices stay",
)
def test_a_stranger_on_the_broker_changes_neither_wires_nor_prices(hosts: Hosts) -> None:
    host = hosts()
    buyer, seller = host.street.homes
    host.begin()
    said = host.ear.newest[f"{RELAY}/state"]
    turned = json.loads(json.dumps(said).replace(seller.account, "0x" + "66" * 20))
    host.ear.say("stranger/state", json.dumps(turned), retain=True)
    for topic in (f"{RELAY}/state", f"{UTILITY}/command/tariff"):
        for nonsense in ("", "[" * 4_000, "{}", '{"feed_in": 0.5, "retail": 0.815}', "\x00"):
            host.ear.say(topic, nonsense)
    interval = host.live_through(ORDERS, METERED)

    paired = host.paired(interval)
    assert paired is not None
    assert paired["wires"] == {buyer.account: [seller.account]}
    assert len(paired["parts"]) == 1
    assert host.street.terms_in(host.street.open_interval() + 1).tariff.feed_in_per_kwh == 80_000


@pytest.mark.failure(
    part="utility",
    failure="the relay's wiring changes while an interval is delivered",
    person="the pairing that was told stays",
    lasts="until the next interval",
)
def test_wires_that_change_in_delivery_count_from_the_next_interval_on(hosts: Hosts) -> None:
    host = hosts(wires=((0, 1), (2, 1)), homes=3)
    street = host.street
    host.begin()
    said = host.ear.newest[f"{RELAY}/state"]
    turned = {"state": {**said["state"], "connections": said["state"]["connections"][:1]}}
    first = street.open_interval()
    street.place_all(first, {**ORDERS, 2: bid(100)})
    street.reach_gate(first)
    before = host.until(lambda: host.paired(first), "paired")
    street.reach(first * street.interval_s)
    host.until_it_has_looked()
    host.processes.stop(RELAY)
    host.ear.say(f"{RELAY}/state", json.dumps(turned), retain=True)
    host.until(lambda: host.state()["wired_homes"] == 1, "the other wiring is heard")
    street.chain.mine(3)
    host.until_it_has_looked()

    assert len(before["wires"]) == 2
    assert host.ear.newest[f"{UTILITY}/pairing"] == before
    second = street.open_interval()
    street.place_all(second, ORDERS)
    street.reach_gate(second)
    after = host.until(lambda: host.paired(second), "paired")
    assert len(after["wires"]) == 1


@pytest.mark.failure(
    part="utility",
    failure="a utility without its key",
    person="it runs and pairs; `ReadOnly` refuses what would be sent",
    money="nothing is sent; anybody may clear",
)
def test_a_utility_without_a_key_pairs_what_others_clear(hosts: Hosts) -> None:
    host = hosts()
    street = host.street
    host.write_utility(UTILITY, {**SECTION, "keystore": str(host.directory / "none.json")})
    host.begin()
    interval = street.open_interval()
    street.place_all(interval, ORDERS)
    street.reach_gate(interval)
    host.until(lambda: "ReadOnly" in host.state()["refusals"], "it refuses by name")
    street.send((street.homes[0].account, street.auction.address, street.auction.clear(interval)))

    assert host.until(lambda: host.paired(interval), "paired")["parts"]
    assert street.chain.transactions_of(street.utility.account) == 0


@pytest.mark.failure(
    part="utility",
    failure="a home's gas runs low",
    money="it is filled up to `gas_target`, once a day, also over a restart",
)
def test_a_home_low_on_gas_is_filled_up_once_a_day(hosts: Hosts) -> None:
    host = hosts(section={"gas_target": 1, "gas_per_day": 0.4})
    street, (buyer, seller) = host.street, host.street.homes

    def gas(account: str) -> int:
        return int(host.chain.call("eth_getBalance", account, "latest"), 16)

    before = gas(seller.account)
    street.chain.fund(buyer.account, ETHER // 10)
    host.start()
    host.until(lambda: street.chain.mine() or gas(buyer.account) > ETHER // 10, "gas is given")
    host.processes.stop(UTILITY)
    street.chain.fund(buyer.account, ETHER // 10)
    host.ear.newest.clear()
    host.start()
    host.until(lambda: host.state().get("block"), "it runs again")
    street.chain.mine(5)
    host.until_it_has_looked()

    assert gas(buyer.account) == ETHER // 10
    street.reach(street.now_s() + 86_400)
    host.until(lambda: street.chain.mine() or gas(buyer.account) == ETHER // 2, "the next day")
    assert gas(seller.account) == before


@pytest.mark.failure(
    part="utility",
    failure="the chain's RPC goes away in the middle of an interval, over its gate",
    person="problem `chain` while it is away",
    money="the interval is cleared, paired and settled once when it is back; the next one works",
)
def test_an_rpc_that_is_away_over_the_gate_only_delays_the_clearing(hosts: Hosts) -> None:
    host = hosts()
    street = host.street
    with contextlib.closing(Gate(host.chain.port)) as gate:
        host.write_utility(UTILITY, SECTION, rpc=gate.url)
        host.begin()
        interval = host.place(ORDERS, METERED)
        gate.closed = True
        host.until(lambda: "chain" in host.state()["problems"], "the chain is missed")
        street.reach_gate(interval)
        gate.closed = False
        host.until(lambda: host.paired(interval), "paired")
        host.deliver(interval)
        host.live_through(ORDERS, METERED)

        host.check_books()
        assert host.state()["problems"] == {}


@pytest.mark.failure(
    part="utility",
    failure="the broker goes away in the middle of an interval, with all that it kept",
    person="homes are told their pairing when it is back",
    money="clearing goes on meanwhile",
)
def test_a_broker_that_forgets_is_told_the_pairing_again(hosts: Hosts) -> None:
    host = hosts()
    street = host.street
    host.begin()
    interval = host.place(ORDERS, METERED)
    host.processes.stop("broker")
    street.reach_gate(interval)
    host.until(lambda: street.is_cleared(interval), "cleared")
    host.ear.newest.clear()
    host.processes.restart("broker")

    paired = host.until(lambda: host.paired(interval), "paired")
    assert len(paired["parts"]) == 1
    buyer = street.homes[0].account
    told = host.until(lambda: host.ear.newest.get(f"{UTILITY}/pairing/{buyer}"), "told")
    assert told["pairings"][0]["parts"] == paired["parts"]
    host.deliver(interval)
    host.check_books()
