"""An only endpoint that fails one reply in three still gives a first view, however long the chain.

A start asks for dozens of things, and one that fails begins it anew.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from node.core.facts import ChainObserved, IntentConfirmed, IntentRefused
from node.keys.account import Account
from tests.faults.liar_victims import Watcher
from tests.parts.chain import Chain, Street
from tests.parts.ledger_home import Home, order
from tests.parts.lossy_gate import WAYS, LossyGate
from tests.parts.market_street import running_market
from tests.parts.waiting import until

ONE_IN_THREE = 1 / 3
LONG_BLOCKS = 600
AT_ONCE = 100
MOST_BLOCKS = 32
"""Of one search, so that there are many."""
MOST_ASKED = 400
SEED = 12


def lossy(chain: Chain, way: str) -> LossyGate:
    """Give a chain its blocks, and the only way to it."""
    for _ in range(0, LONG_BLOCKS, AT_ONCE):
        chain.mine(AT_ONCE)
    gate = LossyGate(chain.port, ONE_IN_THREE, way, SEED)
    gate.most_blocks = MOST_BLOCKS
    return gate


def wait_for_view(is_seen: Callable[[], object], gate: LossyGate) -> None:
    """Wait for a first view, for so many questions at most."""

    def found() -> bool:
        assert gate.asked < MOST_ASKED, f"no view in {gate.asked} questions"
        return bool(is_seen())

    until(found, "a first view")
    print(f"a first view after {gate.asked} questions, {gate.failed} of them in vain")


def buy(home: Home, seller: str) -> None:
    """Have a purchase made; what is refused while the chain is lost is asked for again."""
    asked = 0

    def bought() -> list[IntentConfirmed]:
        nonlocal asked
        if len(home.all(IntentRefused)) == asked:
            asked += 1
            home.submit(order(seller))
        return home.all(IntentConfirmed)

    until(bought, "it buys")


@pytest.mark.failure(
    part="chain",
    failure="the only endpoint fails one reply in three",
    person="the first view comes all the same",
    money="the purchase is confirmed",
)
@pytest.mark.parametrize("way", WAYS)
def test_home_starts_at_an_endpoint_that_fails_one_reply_in_three(
    street: Street, chain: Chain, seller: str, buyer: Account, tmp_path: Path, way: str
) -> None:
    gate = lossy(chain, way)
    home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(gate.url,))
    wait_for_view(lambda: home.all(ChainObserved), gate)
    buy(home, seller)
    home.close()
    gate.close()

    assert gate.failed > 0
    assert street.chain.transactions_of(buyer.account) == 1


@pytest.mark.failure(
    part="utility",
    failure="the only endpoint fails one reply in three, and searches 32 blocks at once",
    person="the first view comes all the same",
)
@pytest.mark.parametrize("way", WAYS)
def test_utility_starts_at_an_endpoint_that_fails_one_reply_in_three(
    tmp_path: Path, way: str
) -> None:
    with running_market(homes=2) as street:
        gate = lossy(street.chain, way)
        utility = Watcher(street, (gate.url,), tmp_path)
        wait_for_view(lambda: utility.facts, gate)
        utility.close()
        gate.close()

    assert gate.failed > 0
    assert utility.failure is None
