"""A home buys over whatever its endpoint speaks, asks for, and writes into its blocks' heads."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from node.core.facts import ChainLost, IntentConfirmed, IntentRefused
from node.keys.account import Account
from tests.parts.chain import Chain, Street, running_chain
from tests.parts.ledger_home import Home, offer, orders_opened
from tests.parts.rpc_gate import Gate

TOKEN = "a community's own word 77e1"


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    with running_chain("--ipc", str(tmp_path / "chain.ipc")) as chain:
        yield chain


WAYS: dict[str, Callable[[Chain, Path], str]] = {
    "websocket": lambda chain, _: f"ws://127.0.0.1:{chain.port}",
    "machine socket": lambda _, folder: f"unix:{folder}/chain.ipc",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_home_buys_over_a_stream(
    street: Street, seller: str, buyer: Account, tmp_path: Path, way: str
) -> None:
    url = WAYS[way](street.chain, tmp_path)
    home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(url,))
    home.view()
    home.buy(seller)
    home.close()

    assert orders_opened(street) == 1
    assert street.chain.transactions_of(buyer.account) == 1
    assert not home.all(ChainLost)


def test_a_home_buys_behind_a_token_that_is_told_nowhere(
    street: Street,
    seller: str,
    buyer: Account,
    gate: Gate,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    gate.wants = ("Authorization", f"Bearer {TOKEN}")
    name = gate.url.removeprefix("http://")
    outside = Home(street, buyer, tmp_path / "outside", sellers=(seller,), urls=(gate.url,))
    lost = outside.wait(ChainLost)
    outside.close()
    shut_out = gate.shut_out
    home = Home(
        street,
        buyer,
        tmp_path,
        sellers=(seller,),
        urls=(gate.url,),
        headers={name: (gate.wants,)},
    )
    home.view()
    home.buy(seller)
    home.close()

    assert "HTTP 401" in lost.reason and "contract.login_file" in lost.reason
    assert gate.shut_out == shut_out > 0
    assert orders_opened(street) == 1
    assert TOKEN not in f"{caplog.text} {home.facts} {home.settings}"


@pytest.mark.parametrize("length", [97, 400])
def test_a_home_buys_where_heads_carry_an_authoritys_signature(
    street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path, length: int
) -> None:
    """Clique has 32 bytes, 20 for each signer at an epoch, and 65 of a signature; QBFT has more.

    The library under ours refuses such a head unless it is told; ours is asked in plain JSON.
    """
    seen = []

    def authoritys(method: str, _params: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber" and result is not None:
            seen.append(result["number"])
            return result | {"extraData": "0x" + "d8" * length, "difficulty": "0x2"}
        return result

    gate.lie = authoritys
    home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(gate.url,))
    home.view()
    home.buy(seller)
    home.close()

    assert seen
    assert orders_opened(street) == 1
    assert not home.all(IntentRefused)


def offering(street: Street, folder: Path, wei: int) -> str:
    """Let a seller with so much of the chain's coin make an offer; give its account."""
    seller = street.new_home(wei=wei)
    home = Home(street, seller, folder)
    home.submit(offer(home.view()))
    home.wait(IntentConfirmed)
    home.close()
    return seller.account


@pytest.mark.parametrize(
    ("options", "legacy", "wei"),
    [
        (("--hardfork", "berlin", "--gas-price", "1000000000"), True, 10**18),
        (("--hardfork", "london",), False, 10**18),
        (("--base-fee", "0", "--gas-price", "0"), False, 0),
        (("--hardfork", "berlin", "--gas-price", "0"), True, 0),
    ],
    ids=["legacy", "fee market", "without fees", "legacy without fees"],
)  # fmt: skip
def test_a_home_buys_with_the_fee_that_its_chain_takes(
    tmp_path: Path, options: tuple[str, ...], legacy: bool, wei: int
) -> None:
    with running_chain(*options, "--disable-min-priority-fee") as chain:
        street = Street(chain)
        seller = offering(street, tmp_path / "seller", wei)
        buyer = street.new_home(wei=wei)
        home = Home(street, buyer, tmp_path / "buyer", sellers=(seller,))
        home.view()
        home.buy(seller)
        home.close()
        block = chain.call("eth_getBlockByNumber", "latest", True)

    (transaction,) = block["transactions"]
    assert (int(transaction["type"], 16) == 0) is legacy
    assert ("baseFeePerGas" not in block) is legacy
    assert (int(transaction["gasPrice"], 16) == 0) is (wei == 0)
