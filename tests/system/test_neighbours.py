"""Two homes on real processes: one buys, one sells, and things go wrong between them."""

import signal
import subprocess
import sys
from os import kill

import pytest
import yaml

from node.core.errors import Refused
from node.keys.account import open_account
from tests.parts.neighbours import BUYER, SELLER, neighbours, orders_of
from tests.parts.rogue import RogueBuyer
from tests.parts.waiting import until
from village.households import LEASE_S

HANGS_S = 4.0


@pytest.fixture
def street(tmp_path):
    with neighbours(tmp_path) as running:
        yield running


def start_both(street):
    street.start(SELLER)
    street.until(lambda: street.mode(SELLER, "delivery") == "offering", "the seller offers")
    street.start(BUYER)
    street.until(lambda: street.mode(BUYER, "supply") == "own_source", "the buyer runs")


def let_it_buy(street):
    street.world.soc_pct[BUYER] = 15.0
    street.until(lambda: street.world.closed, "the contact closes")


def test_home_buys_below_its_limit_and_returns_when_its_battery_has_recovered(street):
    start_both(street)

    let_it_buy(street)
    street.until(lambda: street.receipts, "a receipt is published")
    street.world.soc_pct[BUYER] = 40.0
    street.until(lambda: not street.world.closed, "the contact opens")
    street.until(lambda: street.mode(BUYER, "supply") == "own_source", "it is back")

    log = street.log(BUYER)
    assert orders_of(log) == 1
    assert "SoC 15.0 % < limit 20 %: bought 3.5 Wh from home2 at 0.16/kWh, order 1" in log
    assert "SoC 40.0 % >= resume 30 %: back on own source" in log
    assert street.mode(SELLER, "delivery") in ("delivering", "offering")


@pytest.mark.failure(
    part="node",
    failure="the node is killed while its home draws",
    contacts="rest when the lease ends; closed again once it runs",
    person="`using open credit` in the log",
    money="one order in all",
    lasts="at rest within the lease and 1 s",
)
def test_killed_home_is_at_rest_within_its_lease_and_resumes_without_buying_again(street):
    start_both(street)
    let_it_buy(street)
    street.until(lambda: street.receipts, "a receipt is published")

    kill(street.processes.pid_of(BUYER), signal.SIGKILL)
    killed_at_s = street.clock.monotonic_s()
    street.until(lambda: not street.world.closed, "the contacts rest")
    rested_after_s = street.clock.monotonic_s() - killed_at_s
    street.start(BUYER)
    street.until(lambda: street.world.closed, "the contact closes again")
    street.until(lambda: street.mode(BUYER, "supply") == "on_seller", "it goes on drawing")

    log = street.log(BUYER)
    assert rested_after_s < LEASE_S + 1.0, "a lease, and the time to see its end"
    assert orders_of(log) == 1
    assert "using open credit" in log


@pytest.mark.failure(
    part="neighbour",
    failure="the seller's battery falls below its floor: it withdraws",
    contacts="open",
    person="seller: `SoC 10.0 % < 25 %: nothing to sell`",
    money="the seller redeems; the order is closed",
)
def test_seller_below_its_floor_withdraws_and_is_paid(street):
    start_both(street)
    let_it_buy(street)
    street.until(lambda: len(street.receipts) > 2, "receipts are published")

    street.world.soc_pct[SELLER] = 10.0
    street.until(lambda: not street.world.closed, "the contact opens")
    street.until(lambda: "Redeem confirmed" in street.log(SELLER), "the seller is paid")

    assert "SoC 10.0 % < 25 %: nothing to sell" in street.log(SELLER)
    street.until(lambda: not street.status(BUYER)["supply"]["orders"], "the order is closed")
    assert not street.world.closed


@pytest.mark.failure(
    part="chain",
    failure="the chain's process hangs while a home draws",
    contacts="stay closed: leases are renewed",
    person="cycles go on",
    lasts="4 s here",
)
def test_hanging_chain_neither_stops_the_contacts_nor_the_samples(street):
    start_both(street)
    let_it_buy(street)

    chain = street.processes.pid_of("chain")
    kill(chain, signal.SIGSTOP)
    before = street.status(BUYER)["calendar_s"]
    hung_at_s = street.clock.monotonic_s()
    until(lambda: street.clock.monotonic_s() > hung_at_s + HANGS_S, "the leases of before are over")
    during = street.status(BUYER)
    kill(chain, signal.SIGCONT)

    assert street.world.closed, "renewals do not wait for the chain"
    assert during["calendar_s"] - before > HANGS_S - 1.0, "cycles do not wait for the chain"


@pytest.mark.failure(
    part="node",
    failure="the node starts while chain, broker, relay and sensors are away",
    person="`safe`, and each of the five faults by name; no SoC rather than a wrong one",
    lasts="until each is there",
)
def test_home_starts_without_chain_broker_relay_or_sensors_and_heals(street):
    def remove(content):
        content["contract"]["node"] = "http://127.0.0.1:9"
        content["relay"]["port"] = 9
        content["mqtt"]["port"] = 9
        content["node"]["i2c"] = "unix:/nonexistent.sock"

    healthy = street.parameters(BUYER).read_text()
    street.start(BUYER, remove)
    faults = {"soc_missing", "sensor_failed", "relay_lost", "chain_unreachable", "broker_lost"}
    picture = street.until(
        lambda: (
            (seen := answered(street, BUYER))
            and faults <= set(seen["fault_names"])
            and seen["supply"]["mode"] == "safe"
            and seen
        ),
        "every fault is shown",
    )
    street.processes.stop(BUYER)
    street.parameters(BUYER).write_text(healthy)
    street.start(BUYER)

    assert picture["soc_pct"] is None
    street.until(
        lambda: (seen := answered(street, BUYER)) and not seen["faults"], "every fault clears"
    )


def answered(street, home):
    try:
        return street.status(home)
    except Refused:
        return None


def test_check_names_what_is_well_and_what_to_do_about_the_rest(street):
    street.start(SELLER)
    street.until(lambda: street.mode(SELLER, "delivery") == "offering", "the seller offers")

    # To open its chips now takes such a bus longer than a running home waits for a round.
    street.buses[BUYER].stretch_s = 0.02
    well = check(street)
    street.processes.stop("relay")
    without_relay = check(street)

    assert well.returncode == 0, well.stdout + well.stderr
    for line in ("sensor gauge: 60.0 %", "tokens: 100", "relay: board answers", "seller home2"):
        assert line in well.stdout
    assert without_relay.returncode == 1
    assert "check that peerwatt-relay runs" in without_relay.stdout


def test_check_names_a_relay_and_a_seller_that_are_not_those_of_the_file(street):
    path = street.parameters(BUYER)
    content = yaml.safe_load(path.read_text())
    content["relay"]["name"] = "garage"
    content["sellers"][SELLER]["account"] = street.accounts[BUYER].lower()[:-4] + "0000"
    path.write_text(yaml.safe_dump(content))

    told = check(street)

    assert told.returncode == 1
    assert "FAIL  relay: board answers, and the file names garage" in told.stdout
    assert f"set sellers.home2.account: '{street.accounts[SELLER]}'" in told.stdout
    assert "everything answers" not in told.stdout


def check(street):
    command = [sys.executable, "-m", "node", "check", "--parameters", street.parameters(BUYER)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.failure(
    part="neighbour",
    failure="the buyer stops signing",
    contacts="open",
    person="seller: `receipts lag the meter`",
    money="the seller redeems; the slack and a second's draw are all it may lose",
)
def test_seller_whose_buyer_stops_signing_withdraws_and_is_paid_for_all_but_the_slack(street):
    slack_milliwh = 60

    def tighten(content):
        content["node"]["receipt_slack_wh"] = slack_milliwh / 1000

    street.start(SELLER, tighten)
    street.until(lambda: street.mode(SELLER, "delivery") == "offering", "the seller offers")
    street.until(lambda: "PostOffer confirmed" in street.log(SELLER), "the offer stands")
    rogue = rogue_buyer(street)
    rogue.buy(energy_milliwh=2_000, price_per_kwh=160_000)
    rogue.start()
    street.until(lambda: street.world.closed, "the rogue draws")
    # It signs for all it draws at first, and then for nothing more.
    rogue.drawn_milliwh = 5
    try:
        street.until(lambda: street.mode(SELLER, "delivery") == "withdrawn", "withdrawn")
        street.until(lambda: not street.world.closed, "the contact opens")
        street.until(lambda: "Redeem confirmed" in street.log(SELLER), "the seller is paid")
    finally:
        rogue.close()

    picture = street.status(SELLER)
    unpaid = picture["connection"]["export_milliwh"] - rogue.drawn_milliwh
    # What flows between the last sample and the opened contact comes on top of the slack.
    one_second_milliwh = street.world.load_w / 3.6
    assert "receipts lag the meter" in street.log(SELLER)
    assert unpaid <= slack_milliwh / 0.95 + one_second_milliwh


def rogue_buyer(street):
    home = street.places.home(BUYER)
    account = open_account(home / "keystore.json", (home / "password").read_text().strip())
    return RogueBuyer(
        account,
        street.accounts[SELLER],
        street.places.rpc,
        street.community.addresses,
        street.places.relay_port,
    )
