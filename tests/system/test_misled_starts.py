"""What an endpoint tells falsely at a start alone, the auction's rules and prices, is not kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.ledger.contracts.artifacts import artifact
from node.ledger.views.home.observer import REFRESH_BLOCKS
from node.ledger.views.utility.observer import CHECK_BLOCKS
from tests.faults.liar_victims import Watcher
from tests.parts.eyes import HomeEye, UtilityEye
from tests.parts.market_street import MarketStreet, running_market
from tests.parts.rpc_gate import Gate
from tests.parts.waiting import until

RULES = ("INTERVAL()", "UNIT()", "MARGIN()", "READING_DEADLINE()")
SELECTORS = {
    name: "0x" + artifact("IntervalAuction").functions[name].selector.hex()
    for name in (*RULES, "tariffs(uint24)")
}


@pytest.fixture(scope="module")
def street() -> Iterator[MarketStreet]:
    with running_market(homes=2) as street:
        yield street


@pytest.fixture
def gate(street: MarketStreet) -> Iterator[Gate]:
    gate = Gate(street.chain.port)
    yield gate
    gate.close()


def one_more(name: str) -> Any:
    """Tell one more than the contract says of a rule, or of a tariff's last price."""

    def lie(method: str, params: list[Any], true: Any) -> Any:
        if method != "eth_call" or not params[0]["data"].startswith(SELECTORS[name]):
            return true
        return f"{true[:-64]}{int(true[-64:], 16) + 1:064x}"

    return lie


@pytest.mark.parametrize("name", SELECTORS)
def test_utility_that_was_told_other_rules_at_its_start_learns_the_true_ones(
    street: MarketStreet, gate: Gate, name: str
) -> None:
    true = UtilityEye(street).look()
    gate.lie = one_more(name)
    eye = UtilityEye(street, url=gate.url)
    told = eye.look()
    gate.lie = None
    for _ in range(CHECK_BLOCKS):
        street.chain.mine()
        view = eye.look()

    assert (told.rules, told.tariffs) != (true.rules, true.tariffs)
    assert (view.rules, view.tariffs) == (true.rules, true.tariffs)


@pytest.mark.parametrize("name", SELECTORS)
def test_home_that_was_told_other_rules_at_its_start_learns_the_true_ones(
    street: MarketStreet, gate: Gate, tmp_path: Path, name: str
) -> None:
    home = street.homes[0]
    (tmp_path / "true").mkdir()
    true = HomeEye(street, home, tmp_path / "true").look()
    gate.lie = one_more(name)
    eye = HomeEye(street, home, tmp_path, url=gate.url)
    told = eye.look()
    gate.lie = None
    for _ in range(REFRESH_BLOCKS):
        street.chain.mine()
    market = eye.look()

    assert true is not None and told is not None and market is not None
    assert (told.rules, told.tariffs) != (true.rules, true.tariffs)
    assert (market.rules, market.tariffs) == (true.rules, true.tariffs)


@pytest.mark.failure(
    part="utility",
    failure="of two endpoints one tells other rules of the auction at the start",
    person="chain lost: they `disagree`; no view by false rules",
    lasts="until it tells the truth",
)
def test_rules_that_a_second_endpoint_contradicts_are_not_begun_with(
    street: MarketStreet, gate: Gate, tmp_path: Path
) -> None:
    true = UtilityEye(street).look()
    gate.lie = one_more("INTERVAL()")
    utility = Watcher(street, (gate.url, street.chain.url), tmp_path)
    until(lambda: utility.lost, "it is said")
    assert "disagree" in utility.lost[0].reason
    assert not utility.facts
    gate.lie = None
    utility.wait(1)
    utility.close()

    assert utility.facts[0].view.rules == true.rules
