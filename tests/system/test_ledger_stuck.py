"""Transactions that are dropped, stuck, dead, overtaken or undone."""

import pytest

from node.core.facts import (
    IntentConfirmed,
    IntentRefused,
    IntentUndone,
)
from node.keys.account import Account
from tests.parts.chain import Street
from tests.parts.ledger_home import Home, offer, order, orders_opened
from tests.parts.rpc_gate import Gate
from tests.parts.waiting import until


@pytest.mark.failure(
    part="chain",
    failure="a transaction is dropped from the pool",
    money="sent again: one order",
)
def test_dropped_transaction_is_sent_again(street: Street, home: Home, seller: str) -> None:
    chain = street.chain
    chain.set_automine(False)
    home.submit(order(seller))
    first = until(chain.pending, "it is in the pool")[0]["hash"]
    chain.call("anvil_dropTransaction", first)
    chain.mine()
    until(chain.pending, "it is in the pool again")
    chain.mine()
    home.wait(IntentConfirmed)

    assert orders_opened(street) == 1


@pytest.mark.failure(
    part="chain",
    failure="a transaction is stuck",
    money="replaced at the same nonce for an eighth more: one order",
)
def test_stuck_transaction_is_replaced_at_a_higher_fee(
    street: Street, home: Home, seller: str
) -> None:
    chain = street.chain
    chain.set_automine(False)
    home.submit(order(seller))
    first = until(chain.pending, "it is in the pool")[0]
    second = until(
        lambda: [tx for tx in chain.pending() if tx["hash"] != first["hash"]],
        "a dearer one takes its place",
    )[0]
    chain.mine()
    confirmed = home.wait(IntentConfirmed)

    assert second["nonce"] == first["nonce"]
    for field in ("maxFeePerGas", "maxPriorityFeePerGas"):
        assert int(second[field], 16) * 8 >= int(first[field], 16) * 9
    assert confirmed.transaction != first["hash"]
    assert chain.transactions_of(first["from"]) == 1
    assert orders_opened(street) == 1


@pytest.mark.failure(
    part="chain",
    failure="a purchase is stuck until its offer has ended",
    person="refused: `SaleOfferExpired`",
    money="a transfer of nothing takes its place: no order",
)
def test_stuck_purchase_that_lost_its_offer_is_closed_unharmed(
    street: Street, home: Home, seller: str, buyer: Account
) -> None:
    chain = street.chain
    chain.set_automine(False)
    home.submit(order(seller))
    until(chain.pending, "it is in the pool")
    # The offer ends while the purchase waits: it would only revert, and cost gas.
    chain.call("anvil_setStorageAt", street.sale, offer_slot(street, seller), "0x" + "00" * 32)
    until(
        lambda: [tx for tx in chain.pending() if tx["to"].lower() == buyer.account.lower()],
        "a transfer of nothing takes its place",
    )
    chain.mine()

    assert home.wait(IntentRefused).name == "SaleOfferExpired"
    assert chain.transactions_of(buyer.account) == 1
    assert orders_opened(street) == 0


def offer_slot(street: Street, seller: str) -> str:
    """Find where the sale keeps a seller's offer, by trying the first mappings."""
    from node.keys.keccak import keccak256

    for slot in range(8):
        key = bytes.fromhex(seller[2:]).rjust(32, b"\0") + slot.to_bytes(32, "big")
        place = "0x" + keccak256(key).hex()
        if int(street.chain.call("eth_getStorageAt", street.sale, place, "latest"), 16):
            return place
    raise AssertionError("the sale's layout is another one")


@pytest.mark.failure(
    part="chain",
    failure="a reorganisation takes a purchase away",
    person="told as undone",
    money="the same bytes are sent again: one order",
)
def test_reorganisation_undoes_a_purchase_and_it_is_made_again(
    street: Street, home: Home, seller: str
) -> None:
    chain = street.chain
    confirmed = home.buy(seller)
    chain.set_automine(False)
    chain.call("anvil_reorg", 1, [])
    undone = home.wait(IntentUndone)

    assert undone.intent == confirmed.intent
    assert "replaced" in undone.reason
    until(lambda: not home.view().orders, "the order is gone from the view")
    until(chain.pending, "the same bytes are in the pool")
    chain.mine()
    again = home.wait(IntentConfirmed, 2)
    assert again.transaction == confirmed.transaction
    assert orders_opened(street) == 1


@pytest.mark.failure(
    part="chain",
    failure="a reorganisation that keeps the purchase",
    person="nothing is told as undone",
    money="the order stands",
)
def test_reorganisation_that_keeps_the_purchase_undoes_nothing(
    street: Street, home: Home, seller: str
) -> None:
    chain = street.chain
    confirmed = home.buy(seller)
    raw = promised_raw(home, confirmed.transaction)
    chain.call("anvil_reorg", 1, [[raw, 0]])
    until(lambda: home.view().block.hash != confirmed.block.hash, "the new head is seen")
    chain.mine()
    until(lambda: home.view().block.number > confirmed.block.number, "a block follows")

    assert not home.all(IntentUndone)
    assert home.view().orders


def promised_raw(home: Home, transaction: str) -> str:
    promise = home.journal.find("OpenOrder 1")
    assert promise is not None
    (raw,) = [a.raw for a in promise.attempts if a.hash == transaction]
    return "0x" + raw.hex()


@pytest.mark.failure(
    part="chain",
    failure="a nonce is used by another copy of the key",
    money="the same order number, signed with the next nonce: one order",
)
def test_nonce_used_by_a_stranger_gives_the_intent_the_next_one(
    street: Street, home: Home, seller: str, buyer: Account
) -> None:
    chain = street.chain
    chain.set_automine(False)
    home.submit(order(seller))
    first = until(chain.pending, "it is in the pool")[0]
    chain.call("anvil_dropTransaction", first["hash"])
    stranger = buyer.sign_transaction(
        {
            "chainId": 31337, "nonce": 0, "to": street.operator.account, "value": 1,
            "gas": 21_000, "gasPrice": 10**11, "data": "0x",
        }
    )  # fmt: skip
    chain.call("eth_sendRawTransaction", "0x" + stranger.raw.hex())
    chain.mine()
    until(lambda: [tx for tx in chain.pending() if tx["nonce"] == "0x1"], "it is signed anew")
    chain.mine()
    home.wait(IntentConfirmed)

    assert orders_opened(street) == 1
    promise = home.journal.find("OpenOrder 1")
    assert promise is not None
    assert [attempt.nonce for attempt in promise.attempts][-1] == 1


@pytest.mark.failure(
    part="chain",
    failure="a transaction is refused and leaves a dead nonce",
    person="refused: `GasTooLow`",
    money="a transfer of nothing closes it; what follows is mined",
)
def test_dead_nonce_is_closed_so_that_what_follows_is_mined(
    gated_home: Home, street: Street, seller: str, buyer: Account, gate: Gate
) -> None:
    chain = street.chain
    view = gated_home.view()
    chain.set_automine(False)
    gate.object_once = ("eth_sendRawTransaction", "insufficient funds for gas * price + value")
    gated_home.submit(offer(view), order(seller))
    assert gated_home.wait(IntentRefused).name == "GasTooLow"
    chain.mine()
    until(
        lambda: {tx["nonce"] for tx in chain.pending()} == {"0x0", "0x1"},
        "a transfer of nothing closes the dead nonce",
    )
    chain.mine()
    gated_home.wait(IntentConfirmed)
    gated_home.close()

    assert chain.transactions_of(buyer.account) == 2


@pytest.mark.failure(
    part="chain",
    failure="an endpoint finds a transaction underpriced",
    money="replaced at the same nonce for an eighth more",
)
def test_underpriced_transaction_is_raised_at_once(
    gated_home: Home, seller: str, gate: Gate
) -> None:
    gate.object_once = ("eth_sendRawTransaction", "replacement transaction underpriced")
    gated_home.buy(seller)
    promise = gated_home.journal.find("OpenOrder 1")
    gated_home.close()

    assert promise is not None
    first, second = promise.attempts
    assert first.nonce == second.nonce
    assert second.fee_wei * 8 >= first.fee_wei * 9
