"""Statements of what a real chain settled: sale and auction, to the unit of the contracts."""

import csv
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bench.chain.gas_chain import PRICE_PER_KWH, gas_chain
from community.chain.events import read_month
from community.command_line import main
from community.refusal import NotDone
from node.core.auction.settlement import deposit_up
from node.core.units import cost_up
from node.ledger.contracts.auction import AuctionContract
from node.ledger.operator.deploy import connect
from tests.parts.market_street import MarketStreet, bid, offer, running_market

DAY_S = 86_400
DRAWN_MILLIWH = 103_457
WAITING = offer(50)


@pytest.fixture(scope="module")
def street():
    with running_market(homes=3) as found:
        yield found


@pytest.fixture(scope="module")
def traded(street: MarketStreet):
    """An interval that is settled; one order waits for the next one."""
    buyer, seller, other = street.homes
    interval = street.open_interval()
    for home, order in ((buyer, bid(500)), (seller, offer(300)), (other, bid(100))):
        street.place(home, interval, order)
    street.place(seller, interval, offer(250))
    street.place(seller, interval + 1, WAITING)
    street.reach_gate(interval)
    street.as_utility(street.auction.clear(interval))
    for boundary in (interval, interval + 1):
        street.reach(boundary * street.interval_s)
        street.report(buyer, boundary, imported=333_333)
        street.report(seller, boundary, exported=222_221)
        street.report(other, boundary, imported=77_777)
    street.as_utility(street.auction.settle(interval, [home.meter_id for home in street.homes]))
    return interval


def a_community(street, directory):
    main(["--directory", str(directory), "new", "Sonnweg"])
    with (directory / "rules.yml").open("a") as rules:
        rules.write(f'accounts: {{"{street.homes[0].account}": "Anna Huber"}}\n')
    (directory / "community.yml").write_text(
        f"""community: "sonnweg"
contract:
  node: ["{street.chain.url}"]
  chain_id: {int(street.chain.call("eth_chainId"), 16)}
  token: "{street.addresses["token"]}"
  registry: "{street.addresses["registry"]}"
  address: "{street.addresses["sale"]}"
  auction: "{street.addresses["auction"]}"
""",
        encoding="utf-8",
    )


def month_of(instant_s):
    return f"{datetime.fromtimestamp(instant_s, ZoneInfo('Europe/Vienna')):%Y-%m}"


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def units(text):
    return int(text.replace(".", ""))


def test_statements_of_the_auction_are_the_contracts_money_to_the_unit(
    street, traded, tmp_path, capsys
):
    a_community(street, tmp_path)
    month = month_of(traded * street.interval_s)

    assert main(["--directory", str(tmp_path), "chain", month]) == 0

    said = capsys.readouterr().out
    assert "1 orders of this month are not settled yet" in said
    place = tmp_path / "statements" / month
    found = {row["account"]: row for row in rows(place / "statements.csv")}
    for home, balance in zip(street.homes, street.balances(), strict=True):
        row = found[home.account]
        owed = street.ask(street.auction.owed_to(home.account))
        has_waiting = home is street.homes[1]
        deposit = deposit_up(WAITING, street.terms_in(traded + 1)) if has_waiting else 0
        assert balance + owed + deposit == home.money_in + units(row["tokens"])
        assert units(row["trade_tokens"]) + units(row["grid_tokens"]) == units(row["tokens"])
    assert found[street.homes[0].account]["member"] == "Anna Huber"
    entries = rows(place / "entries.csv")
    assert [row["what"] for row in entries] == [f"auction, interval {traded}"] * 3
    # 250 units were for sale; what two buyers share is floored to whole units for each.
    assert 0.25 - 0.002 < sum(float(row["bought_kwh"]) for row in entries) <= 0.25
    assert sorted(path.name for path in place.glob("*.html")) == sorted(
        f"{home.account}.html" for home in street.homes
    )


def test_statements_written_twice_are_the_same_bytes(street, traded, tmp_path):
    a_community(street, tmp_path)
    words = ["--directory", str(tmp_path), "chain", month_of(traded * street.interval_s)]
    assert main(words) == 0
    before = {path: path.read_bytes() for path in (tmp_path / "statements").rglob("*.*")}

    assert main(words) == 0

    after = {path: path.read_bytes() for path in (tmp_path / "statements").rglob("*.*")}
    assert len(before) == 5
    assert after == before


def test_a_settlement_that_is_not_the_rules_is_not_billed(street, traded, monkeypatch):
    """A contract that takes a unit more of somebody, as its event would say."""
    honest = AuctionContract.settled

    def dear(self, log):
        told = honest(self, log)
        return replace(told, trade=told.trade - 1)

    monkeypatch.setattr(AuctionContract, "settled", dear)
    since_s = traded * street.interval_s
    rpc = connect(street.chain.url)

    with pytest.raises(NotDone, match="and the rule says"):
        read_month(rpc, street.auction.address, None, since_s, since_s + 1)


def test_both_sides_of_a_sale_are_what_it_paid_in_the_month_in_which_it_did():
    with gas_chain() as chain:
        buyer = chain.buyers[0]
        chain.post_offer(PRICE_PER_KWH)
        chain.buy(buyer, 1)
        chain.redeem(buyer, 1, DRAWN_MILLIWH)
        newest = chain.rpc.call("eth_getBlockByNumber", "latest", False)
        between_s = int(newest["timestamp"], 16) + 1
        chain.reach(2)
        chain.redeem_and_close(buyer, 1, 2 * DRAWN_MILLIWH + 1)
        spans = ((between_s - DAY_S, between_s), (between_s, between_s + DAY_S))
        months = [read_month(chain.rpc, None, chain.sale.address, *span) for span in spans]

    paid = cost_up(DRAWN_MILLIWH, PRICE_PER_KWH)
    for month, energy in zip(months, (DRAWN_MILLIWH, DRAWN_MILLIWH + 1), strict=True):
        of = {entry.account: entry for entry in month.entries}
        assert of[buyer.account].bought_milliwh == of[chain.seller.account].sold_milliwh == energy
        assert of[chain.seller.account].trade == -of[buyer.account].trade
        assert abs(of[chain.seller.account].trade - paid) <= 1
        assert month.dust == 0
