"""Two endpoints that do not agree: nothing counts that one of them contradicts, and both are named.

The other endpoint is a real fork of the chain, or the chain itself behind a gate that lies.
"""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.core.commands import ReportReadings
from node.core.facts import ChainLost, ChainObserved, IntentConfirmed, IntentRefused, IntentUndone
from node.core.records import MeterName, Reading, Registers
from node.home.outward.chain_readings import NEVER_TAKEN
from node.keys.account import Account
from node.keys.keccak import keccak256
from node.ledger.chain import witness
from tests.parts.chain import Chain, Street, running_chain
from tests.parts.ledger_home import Home, opening_transactions, order, orders_opened
from tests.parts.rpc_gate import Gate, Objection
from tests.parts.waiting import until


@pytest.fixture
def fork(street: Street, seller: str, buyer: Account) -> Iterator[Chain]:
    """An endpoint that goes its own way from here on, unless it stands still."""
    street.chain.mine()
    with running_chain("--fork-url", street.chain.url) as fork:
        yield fork


def bought(street: Street, buyer: Account, seller: str, directory: Path, *urls: str) -> Home:
    """Start a buyer that reads these endpoints, and have it send a purchase."""
    home = Home(street, buyer, directory, sellers=(seller,), urls=urls)
    home.view()
    home.submit(order(seller))
    return home


def name(endpoint: Chain | Gate) -> str:
    """Write an endpoint as the person reads it."""
    return endpoint.url.removeprefix("http://")


def orders_on(fork: Chain, street: Street) -> int:
    where = type("There", (), {"chain": fork, "sale": street.sale})()
    return orders_opened(where)


@pytest.mark.failure(
    part="chain",
    failure="the endpoint that is read is on a fork, and the second contradicts it",
    person="chain lost: `disagree about block ...`, whatever is seen meanwhile",
    money="the purchase is not confirmed; in the end one order, one transaction",
    lasts="until the first is away",
)
def test_purchase_on_a_fork_that_another_endpoint_contradicts_is_not_confirmed(
    street: Street, seller: str, buyer: Account, fork: Chain, gate: Gate, tmp_path: Path
) -> None:
    fork.set_automine(False)
    fork.mine()
    home = bought(street, buyer, seller, tmp_path, gate.url, fork.url)
    lost = home.wait(ChainLost)
    street.chain.mine()
    looks = len(gate.seen)
    until(lambda: len(gate.seen) > looks + 4, "it looks again and again")

    assert f"disagree about block {fork.number()}: {name(gate)} says it is 0x" in lost.reason
    assert f", {name(fork)} says it is 0x" in lost.reason
    assert isinstance(home.facts[-1], ChainLost), "no view hides the fault"
    assert not home.all(IntentConfirmed)
    gate.closed = True
    (sent,) = until(fork.pending, "it is sent to the other")
    assert [sent["hash"]] == opening_transactions(street), "the same bytes"
    fork.mine(5)
    home.wait(IntentConfirmed)
    home.close()
    assert orders_on(fork, street) == orders_opened(street) == 1
    assert fork.transactions_of(buyer.account) == 1


@pytest.mark.failure(
    part="chain",
    failure="an endpoint invents that a purchase succeeded",
    person="chain lost: one `says it holds` the block, one `says it does not`",
    money="not confirmed meanwhile; one order",
    lasts="until it tells the truth",
)
def test_receipt_that_an_endpoint_invents_is_not_believed(
    street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    def lie(method: str, params: list[Any], true: Any) -> Any:
        if method != "eth_getTransactionReceipt" or true is not None:
            return true
        block = street.chain.call("eth_getBlockByNumber", "latest", False)
        return {
            "transactionHash": params[0],
            "blockNumber": block["number"],
            "blockHash": block["hash"],
            "gasUsed": "0x5208",
            "status": "0x1",
        }

    gate.lie = lie
    street.chain.set_automine(False)
    home = bought(street, buyer, seller, tmp_path, gate.url, street.chain.url)
    lost = home.wait(ChainLost)
    assert f"{name(gate)} says it holds 0x" in lost.reason
    assert lost.reason.endswith(f", {name(street.chain)} says it does not")
    assert not home.all(IntentConfirmed)

    gate.lie = None
    street.chain.set_automine(True)
    street.chain.mine()
    home.wait(IntentConfirmed)
    home.close()
    assert orders_opened(street) == 1


@pytest.mark.failure(
    part="chain",
    failure="an endpoint invents that a purchase failed",
    person="chain lost: one says `failed`, one `it succeeded`; nothing is refused",
    money="one order",
    lasts="until it tells the truth",
)
def test_failure_that_an_endpoint_invents_makes_nobody_buy_again(
    street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    def lie(method: str, _params: list[Any], true: Any) -> Any:
        return true | {"status": "0x0"} if method == "eth_getTransactionReceipt" and true else true

    gate.lie = lie
    home = bought(street, buyer, seller, tmp_path, gate.url, street.chain.url)
    lost = home.wait(ChainLost)
    assert f"{name(gate)} says 0x" in lost.reason
    assert lost.reason.endswith(f" failed, {name(street.chain)} says it succeeded")
    gate.lie = None
    home.wait(IntentConfirmed)
    home.close()

    assert not home.all(IntentRefused)
    assert orders_opened(street) == 1


@pytest.mark.failure(
    part="chain",
    failure="the second of two endpoints stays behind",
    person="nothing: chain not lost",
    money="the purchase is confirmed, but not at once",
    lasts="as long as that one is waited for",
)
def test_endpoint_that_is_behind_is_waited_for_and_then_has_no_say(
    street: Street,
    seller: str,
    buyer: Account,
    fork: Chain,
    gate: Gate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(witness, "BEHIND_FOR_S", 600.0)
    home = bought(street, buyer, seller, tmp_path, gate.url, fork.url)
    until(lambda: home.view().orders, "the order stands in a block")
    looks = len(gate.seen)
    until(lambda: len(gate.seen) > looks + 2, "it has looked again")
    assert not home.all(IntentConfirmed)

    monkeypatch.setattr(witness, "BEHIND_FOR_S", 1.0)
    home.wait(IntentConfirmed)
    home.close()
    assert not home.all(ChainLost)


@pytest.mark.failure(
    part="chain",
    failure="the endpoint that is read stands still",
    person="the blocks of the other",
    money="the purchase is made at the other, once",
)
def test_endpoint_that_stands_still_is_left_for_one_that_goes_on(
    street: Street,
    seller: str,
    buyer: Account,
    fork: Chain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(witness, "STALLED_AFTER_S", 0.5)
    monkeypatch.setattr(witness, "BEHIND_FOR_S", 0.5)
    home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(fork.url, street.chain.url))
    stalled = home.view().block.number
    street.chain.mine(3)

    until(lambda: home.view().block.number > stalled, "the other is read")
    home.buy(seller)
    home.close()
    assert orders_opened(street) == 1
    assert orders_on(fork, street) == 0


@pytest.mark.failure(
    part="chain",
    failure="only an endpoint that is behind answers after a start",
    person="nothing is told as undone",
    money="the order stands",
)
def test_second_endpoint_that_is_behind_undoes_nothing(
    street: Street, seller: str, buyer: Account, fork: Chain, gate: Gate, tmp_path: Path
) -> None:
    home = bought(street, buyer, seller, tmp_path, gate.url)
    home.wait(IntentConfirmed)
    home.close()
    # The first look for kept promises is already answered by the other.
    gate.lose_requests = "eth_getTransactionReceipt"
    home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(gate.url, fork.url))
    home.view()
    gate.closed = True
    looks = len(gate.seen)
    until(lambda: len(gate.seen) > looks + 2, "it goes back and forth between them")
    gate.closed, gate.lose_requests = False, None
    street.chain.mine()
    home.wait(ChainObserved, len(home.all(ChainObserved)) + 1)
    home.close()

    assert not home.all(IntentUndone)
    assert home.view().orders


@pytest.mark.failure(
    part="chain",
    failure="of four endpoints one serves another chain, one is away and one hangs",
    person="nothing: chain not lost",
    money="the purchase is confirmed",
)
def test_second_endpoint_of_another_chain_or_a_silent_one_has_no_say(
    street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    gate.closed = True
    with (
        running_chain("--chain-id", "4711") as other,
        socket.create_server(("127.0.0.1", 0)) as hanging,
    ):
        url = f"http://127.0.0.1:{hanging.getsockname()[1]}"
        home = bought(street, buyer, seller, tmp_path, street.chain.url, other.url, gate.url, url)
        home.wait(IntentConfirmed)
        home.close()
        # Connected to, it has never accepted: it was asked.
        hanging.settimeout(0)
        hanging.accept()[0].close()

    assert gate.seen
    assert not home.all(ChainLost)


@pytest.mark.failure(
    part="chain",
    failure="an endpoint counts a pending transaction that is none, and a second does not",
    person="nothing: chain not lost",
    money="the purchase is confirmed while it goes on so",
)
def test_pending_transaction_that_an_endpoint_makes_up_holds_no_purchase_up(
    street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    """Signed with the nonce after it, a purchase would wait for one that never comes."""

    def lie(method: str, params: list[Any], true: Any) -> Any:
        is_pending = method == "eth_getTransactionCount" and params[-1] == "pending"
        return hex(int(true, 16) + 1) if is_pending else true

    gate.lie = lie
    home = bought(street, buyer, seller, tmp_path, gate.url, street.chain.url)
    home.wait(IntentConfirmed)
    home.close()

    assert not home.all(ChainLost)
    assert street.chain.transactions_of(buyer.account) == 1


@pytest.mark.failure(
    part="chain",
    failure="an endpoint says that the registry will never take a reading, and a second does not",
    person="nothing is told as the registry's refusal",
    money="the reading is not dropped; it is reported when the first tells the truth",
    lasts="until it tells the truth",
)
def test_refusal_that_an_endpoint_makes_up_is_not_the_contracts(
    street: Street, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    meter = street.new_meter(buyer)
    street.chain.call("evm_increaseTime", 900)
    street.chain.mine()
    home = Home(street, buyer, tmp_path, urls=(gate.url, street.chain.url), meter_id=meter)
    boundary = home.view().block.timestamp_s // 900
    registers = Registers(import_milliwh=5, export_milliwh=0)
    reading = Reading(meter=MeterName.CONNECTION, boundary=boundary, registers=registers)
    report = ReportReadings(meter_id=meter, readings=(reading,))
    gate.lie = lambda method, _, true: never_taken() if method == "eth_estimateGas" else true
    home.submit(report)
    refused = home.wait(IntentRefused)
    gate.lie = None
    home.submit(report)
    home.wait(IntentConfirmed)
    home.close()

    assert refused.name == "EndpointRefused"
    assert refused.name not in NEVER_TAKEN
    assert refused.sentence == (
        f"{name(gate)} says RegistryBoundaryNotRising, and {name(street.chain)} does not"
    )


def never_taken() -> Objection:
    """Refuse a call as the registry refuses for good."""
    selector = keccak256(b"RegistryBoundaryNotRising(uint256,uint32,uint32)")[:4]
    data = "0x" + selector.hex() + f"{1:064x}{7:064x}{8:064x}"
    return Objection({"code": 3, "message": "execution reverted", "data": data})
