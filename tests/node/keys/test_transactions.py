"""Transactions: byte for byte those of another wallet with the same key, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from node.keys.account import account_of_key
from node.keys.transactions import sign_transaction
from tests.factories.other_wallets import EthAccount

SECRET = bytes(range(1, 33))
OWN = account_of_key(SECRET)
NUMBERS = some.one_of(some.integers(0, 300), some.integers(0, 2**256 - 1))
LENGTHS = some.sampled_from([0, 1, 2, 55, 56, 255, 256, 300, 70_000])
TO = "0x" + "11" * 20
SMALL = {"chainId": 5, "nonce": 0, "to": TO, "value": 0, "gas": 21_000, "gasPrice": 1, "data": "0x"}


@some.composite
def transactions(draw):
    """Draw a call or a deployment, with one price or with two fees."""
    fields = {name: draw(NUMBERS) for name in ("nonce", "value", "gas")}
    data = draw(some.binary(min_size=1, max_size=2)) * draw(LENGTHS)
    fields |= {"chainId": draw(some.integers(1, 2**63 - 1)), "data": "0x" + data.hex()}
    if draw(some.booleans()):
        fields["to"] = EthAccount.from_key(
            draw(some.binary(min_size=31, max_size=31)) + b"1"
        ).address
    if draw(some.booleans()):
        return fields | {"gasPrice": draw(NUMBERS)}
    names = ("maxFeePerGas", "maxPriorityFeePerGas")
    return fields | {"type": 2} | {name: draw(NUMBERS) for name in names}


@given(transactions())
def test_a_transaction_is_another_wallets_byte_for_byte(fields):
    signed = sign_transaction(fields, OWN.sign)

    theirs = EthAccount.sign_transaction(fields, SECRET)
    assert signed.raw == bytes(theirs.raw_transaction)
    assert signed.hash == "0x" + bytes(theirs.hash).hex()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"nonce": -1}, "nonce: -1 is no whole number"),
        ({"value": 2**256}, "value: .* is no whole number"),
        ({"gas": "21000"}, "gas: '21000' is no whole number"),
        ({"chainId": None}, "chainId: None is no whole number"),
        ({"to": "0x11"}, "to: '0x11' is no address"),
        ({"to": None}, "to: None is no address"),
        ({"data": "0x1"}, "data: '0x1' is not 0x and pairs"),
        ({"data": "11"}, "data: '11' is not 0x and pairs"),
        ({"data": 17}, "data: 17 is not 0x and pairs"),
    ],
)
def test_what_no_transaction_can_hold_is_not_signed(change, why):
    with pytest.raises(ValueError, match=why):
        sign_transaction(SMALL | change, OWN.sign)


@pytest.mark.parametrize("name", ["chainId", "nonce", "value", "gas", "gasPrice"])
def test_nothing_is_made_up_for_a_field_that_is_missing(name):
    with pytest.raises(LookupError, match=name):
        sign_transaction({field: v for field, v in SMALL.items() if field != name}, OWN.sign)
