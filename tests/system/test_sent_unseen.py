"""An operator's command that sent something and did not see it: told with its hash, found again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.core.errors import Refused
from node.keys.account import Account, create_account
from node.ledger.operator import deploy, transact
from node.ledger.operator.transact import SentNotSeen, Transactor
from node.ledger.operator.unseen import SUFFIX
from tests.parts.chain import Chain
from tests.parts.rpc_gate import Gate
from tests.parts.waiting import until

RECEIPT, SEND = "eth_getTransactionReceipt", "eth_sendRawTransaction"


@pytest.fixture
def operator(chain: Chain, tmp_path: Path) -> Account:
    account = create_account(tmp_path / "keystore.json", "password")
    chain.fund(account.account)
    return account


@pytest.fixture
def token(chain: Chain, operator: Account) -> str:
    return deploy.deploy(chain.url, operator, deploy.DeploySettings())["token"]


@pytest.fixture
def way(chain: Chain) -> Iterator[Gate]:
    gate = Gate(chain.port)
    yield gate
    gate.close()


def minting(way: Gate, operator: Account, token: str) -> list[str]:
    """Mint as a command does, in a process of its own; give what it told."""
    told: list[str] = []
    transactor = Transactor(deploy.connect(way.url), operator, told.append)
    deploy.mint(transactor, token, operator.account, 7)
    return told


def supply(chain: Chain, token: str) -> int:
    """Ask how many tokens there are: totalSupply()."""
    return int(chain.call("eth_call", {"to": token, "data": "0x18160ddd"}, "latest"), 16)


def no_receipt(method: str, _params: list[Any], true: Any) -> Any:
    return None if method == RECEIPT else true


@pytest.mark.failure(
    part="chain",
    failure="an operator's command sends, and sees no receipt",
    person="`sent, not seen yet: 0x...`; the next call finds it",
    money="done once",
)
def test_what_was_sent_and_not_seen_is_found_again_and_not_sent_anew(
    chain: Chain, way: Gate, operator: Account, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transact, "WAIT_S", 0.5)
    way.lie = no_receipt
    with pytest.raises(SentNotSeen, match=r"mint: sent, not seen yet: 0x[0-9a-f]{64}") as caught:
        minting(way, operator, token)
    assert "refused" not in str(caught.value).lower()
    sent = chain.transactions_of(operator.account)
    way.lie = None

    told = minting(way, operator, token)

    assert "was sent before" in told[0]
    assert chain.transactions_of(operator.account) == sent
    assert supply(chain, token) == 7
    assert not operator.path.with_name(operator.path.name + SUFFIX).exists()
    minting(way, operator, token)
    assert supply(chain, token) == 14, "the same is meant anew once the first is seen"


def test_lost_answer_to_sending_is_waited_out(
    chain: Chain, way: Gate, operator: Account, token: str
) -> None:
    way.lose_answers = SEND

    told = minting(way, operator, token)

    assert "may have been sent" in told[0]
    assert supply(chain, token) == 7


@pytest.mark.parametrize("word", ["already known", "txpool is full", "no such", "underpriced"])
def test_word_that_is_no_plain_no_is_waited_out(
    word: str,
    chain: Chain,
    way: Gate,
    operator: Account,
    token: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transact, "_SEND_EVERY_S", 0.2)
    way.object_once = (SEND, word)

    minting(way, operator, token)

    assert supply(chain, token) == 7


def test_plain_no_of_the_first_endpoint_is_a_refusal_and_is_not_kept(
    chain: Chain, way: Gate, operator: Account, token: str
) -> None:
    way.object_once = (SEND, "invalid sender")
    with pytest.raises(Refused, match="invalid sender"):
        minting(way, operator, token)

    minting(way, operator, token)
    assert supply(chain, token) == 7


def test_what_another_transaction_took_the_place_of_is_told_and_meant_anew(
    chain: Chain, way: Gate, operator: Account, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transact, "WAIT_S", 0.3)
    chain.set_automine(False)
    with pytest.raises(SentNotSeen):
        minting(way, operator, token)
    (first,) = until(chain.pending, "it is in the pool")
    chain.call("anvil_dropTransaction", first["hash"])
    other = operator.sign_transaction(
        {
            "chainId": 31337, "nonce": int(first["nonce"], 16), "to": operator.account, "value": 1,
            "gas": 21_000, "gasPrice": 10**11, "data": "0x",
        }
    )  # fmt: skip
    chain.call("eth_sendRawTransaction", "0x" + other.raw.hex())
    chain.mine()
    chain.set_automine(True)
    monkeypatch.setattr(transact, "WAIT_S", 60.0)
    monkeypatch.setattr(transact, "_SEND_EVERY_S", 0.1)
    with pytest.raises(Refused, match="took the place"):
        minting(way, operator, token)

    minting(way, operator, token)
    assert supply(chain, token) == 7


def test_file_of_what_was_sent_that_cannot_be_read_is_told(
    chain: Chain, way: Gate, operator: Account, token: str
) -> None:
    operator.path.with_name(operator.path.name + SUFFIX).write_text(json.dumps([{"hash": 5}]))

    told = minting(way, operator, token)

    assert "cannot be read" in told[0]
    assert supply(chain, token) == 7
