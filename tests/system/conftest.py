"""Fixtures of the system's tests: homes that trade, ways to the chain, and a broker."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.core.facts import IntentConfirmed
from node.keys.account import Account, create_account
from node.ledger.operator import deploy
from tests.parts.brokers import Broker, running_broker
from tests.parts.chain import Chain, Street
from tests.parts.community_ear import CommunityEar
from tests.parts.ledger_home import Home, offer
from tests.parts.ledger_pair import Pair
from tests.parts.rpc_gate import Gate
from tests.parts.waiting import until


@pytest.fixture
def seller(street: Street, tmp_path: Path) -> str:
    """The account of a seller whose offer stands on the chain."""
    account = street.new_home()
    home = Home(street, account, tmp_path / "seller")
    home.submit(offer(home.view()))
    home.wait(IntentConfirmed)
    home.close()
    return account.account


@pytest.fixture
def gate(chain: Chain) -> Iterator[Gate]:
    """A way to the chain that can be disturbed."""
    gate = Gate(chain.port)
    yield gate
    gate.close()


@pytest.fixture
def buyer(street: Street, tmp_path: Path) -> Account:
    """A buyer with a keystore on disk."""
    account = create_account(tmp_path / "keystore.json", "password")
    street.chain.fund(account.account)
    deploy.mint(street.transactor, street.token, account.account, 10**8)
    return account


@pytest.fixture
def home(street: Street, seller: str, buyer: Account, tmp_path: Path) -> Iterator[Home]:
    """A buyer's ledger that has seen the offer."""
    home = Home(street, buyer, tmp_path, sellers=(seller,), replace_after_s=0.5)
    assert home.view().offers
    yield home
    home.close()


@pytest.fixture
def gated_home(
    street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path
) -> Iterator[Home]:
    """A buyer's ledger that reaches the chain by the gate alone, and has seen the offer."""
    home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(gate.url,))
    assert home.view().offers
    yield home
    home.close()


@pytest.fixture
def pair(street: Street, tmp_path: Path) -> Iterator[Pair]:
    """A seller whose offer stands on the chain, and a buyer that sees it."""
    pair = Pair(street, tmp_path)
    yield pair
    pair.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker with nothing on it."""
    with running_broker(tmp_path) as broker:
        yield broker


@pytest.fixture
def ear(broker: Broker) -> Iterator[CommunityEar]:
    """Whoever else is at the broker: hears all that is said, and may say anything."""
    with contextlib.closing(CommunityEar(broker.port, "street")) as ear:
        until(ear.is_listening.is_set, "the ear listens")
        yield ear
