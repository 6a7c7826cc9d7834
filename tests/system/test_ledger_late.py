"""A receipt that is late, a strange word, an error: none of them is a refusal, and nothing is sent
again that may stand."""

import json
from pathlib import Path
from typing import Any

import pytest

from node.core.commands import SendGas
from node.core.facts import ChainObserved, IntentConfirmed, IntentRefused
from node.keys.account import Account
from node.ledger.sending import fulfilment
from tests.parts.chain import Chain, Street
from tests.parts.ledger_home import Home, order, orders_opened
from tests.parts.rpc_gate import Gate
from tests.parts.waiting import until

LATE = ("null", "error", "gone")


class LateGate(Gate):
    """Withhold receipts: with null, with an error, or with the transactions themselves."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.late: str | None = None
        self.withheld = 0

    def answer(self, body: bytes) -> bytes | None:
        asked = json.loads(body)
        calls = asked if isinstance(asked, list) else [asked]
        rows = [self._row(call) for call in calls]
        return json.dumps(rows if isinstance(asked, list) else rows[0]).encode()

    def _row(self, call: dict[str, Any]) -> dict[str, Any]:
        names = {"eth_getTransactionReceipt"}
        if self.late == "gone":
            names.add("eth_getTransactionByHash")
        if self.late is None or call["method"] not in names:
            row: dict[str, Any] = json.loads(self.forward(json.dumps(call).encode()))
            return row
        self.withheld += 1
        if self.late == "error":
            error = {"code": -32000, "message": "transaction indexing is in progress"}
            return {"jsonrpc": "2.0", "id": call["id"], "error": error}
        return {"jsonrpc": "2.0", "id": call["id"], "result": None}


@pytest.fixture
def late(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> LateGate:
    monkeypatch.setattr(fulfilment, "LOOK_AFTER_S", 0.2)
    return LateGate(chain.port)


def wait_for_looks(gate: LateGate, chain: Chain, looks: int) -> None:
    """Let so many questions about receipts be asked, while blocks come."""
    until_seen = gate.withheld + looks

    def seen() -> bool:
        chain.mine()
        return gate.withheld >= until_seen

    until(seen, "the receipt is asked for again and again", 60)


@pytest.mark.failure(
    part="chain",
    failure="the receipt of a purchase or a gift of gas is late",
    person="nothing is refused",
    money="one transaction; confirmed when the receipt comes",
)
@pytest.mark.parametrize("how", LATE)
@pytest.mark.parametrize("what", ["order", "gas"])
def test_late_receipt_is_neither_a_strangers_nonce_nor_a_refusal(
    how: str, what: str, late: LateGate, street: Street, seller: str, buyer: Account, tmp_path: Path
) -> None:
    home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(late.url,))
    home.view()
    gift = SendGas(account=street.chain.new_account(0).account, amount_wei=10**15, day=1)
    late.late = how
    home.submit(order(seller) if what == "order" else gift)
    wait_for_looks(late, street.chain, 40)
    late.late = None
    street.chain.mine()
    home.wait(IntentConfirmed)
    home.close()

    assert not home.all(IntentRefused)
    assert street.chain.transactions_of(buyer.account) == 1
    assert orders_opened(street) == (what == "order")


@pytest.mark.failure(
    part="chain",
    failure="an endpoint says something unheard of to a transaction, and has taken it",
    person="nothing is refused",
    money="one order",
)
def test_strange_word_is_no_refusal(
    gated_home: Home, street: Street, seller: str, buyer: Account, gate: Gate
) -> None:
    gate.object_once = ("eth_sendRawTransaction", "project ID does not have access")
    gated_home.submit(order(seller))
    gated_home.wait(IntentConfirmed)
    gated_home.close()

    assert not gated_home.all(IntentRefused)
    assert street.chain.transactions_of(buyer.account) == 1


@pytest.mark.failure(
    part="chain",
    failure="the first endpoint takes a purchase and its answer is lost; the second refuses it",
    person="nothing is refused",
    money="one order",
)
@pytest.mark.parametrize(
    "word",
    ["invalid sender", "insufficient funds", "execution reverted", "exceeds block gas limit"],
)
def test_refusal_by_a_later_endpoint_is_not_final(
    word: str, street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    second = Gate(street.chain.port)
    home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(gate.url, second.url))
    home.view()
    street.chain.set_automine(False)
    gate.lose_answers = "eth_sendRawTransaction"
    second.object_once = ("eth_sendRawTransaction", word)
    home.submit(order(seller))
    until(lambda: second.object_once is None, "the second has refused it")
    gate.lose_answers = None
    until(street.chain.pending, "the first has it")
    street.chain.mine()
    street.chain.set_automine(True)
    home.wait(IntentConfirmed)
    home.close()
    second.close()

    assert not home.all(IntentRefused)
    assert orders_opened(street) == 1


@pytest.mark.failure(
    part="chain",
    failure="an endpoint says once that an account has sent or is sending thousands",
    person="nothing",
    money="the next purchase is made; nothing fills the gap",
)
@pytest.mark.parametrize("at", ["pending", "all"])
def test_nonce_that_an_endpoint_made_up_puts_nothing_out_of_reach(
    at: str, gated_home: Home, street: Street, seller: str, buyer: Account, gate: Gate
) -> None:
    def lie(method: str, params: list[Any], true: Any) -> Any:
        if method == "eth_getTransactionCount" and (at == "all" or params[1] == "pending"):
            return hex(100_000)
        return true

    views = len(gated_home.all(ChainObserved))
    gate.lie = lie
    street.chain.mine()
    gated_home.wait(ChainObserved, views + 1)
    gated_home.submit(order(seller))
    until(lambda: gated_home.journal.find("OpenOrder 1"), "it is promised")
    gate.lie = None
    street.chain.mine()
    gated_home.wait(IntentConfirmed)
    gated_home.close()

    assert street.chain.transactions_of(buyer.account) == 1
    assert orders_opened(street) == 1


def padded(method: str, _params: list[Any], result: Any) -> Any:
    """Write numbers with more digits than they need, and hashes in capitals."""
    if method not in ("eth_getTransactionReceipt", "eth_getBlockByNumber") or result is None:
        return result
    told = dict(result)
    for name in ("status", "blockNumber", "gasUsed", "number", "timestamp"):
        if name in told:
            told[name] = "0x00" + told[name][2:]
    for name in ("hash", "parentHash", "blockHash", "transactionHash"):
        if name in told:
            told[name] = "0x" + told[name][2:].upper()
    return told


@pytest.mark.failure(
    part="chain",
    failure="an endpoint writes numbers with more digits than needed, and hashes in capitals",
    person="nothing is refused",
    money="one order",
)
def test_purchase_is_confirmed_however_the_endpoint_writes_its_receipt(
    gated_home: Home, street: Street, seller: str, gate: Gate
) -> None:
    gate.lie = padded
    gated_home.buy(seller)
    gated_home.close()

    assert not gated_home.all(IntentRefused)
    assert orders_opened(street) == 1
