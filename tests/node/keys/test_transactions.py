"""A transaction's bytes are those that eth_account writes; what is no transaction is refused."""

import pytest
from eth_account import Account as EthAccount
from hypothesis import given
from hypothesis import strategies as some

from node.keys.account import account_of_key
from node.keys.keccak import checksum_address
from node.keys.transactions import Fields, rlp

SECRET = bytes(range(1, 33))
TO = checksum_address("0x" + "ab" * 20)
PLAIN: dict[str, int | str | bytes] = {
    "chainId": 5, "nonce": 0, "to": TO, "value": 0, "gas": 21_000, "gasPrice": 1, "data": "0x",
}  # fmt: skip

quantities = some.one_of(
    some.sampled_from([0, 1, 127, 128, 255, 256, 2**64 - 1]), some.integers(0, 2**96)
)
data = some.one_of(
    some.binary(max_size=70), some.sampled_from([b"\x00", b"\x7f", b"\x80", bytes(300)])
)
places = some.one_of(
    some.none(),
    some.binary(min_size=20, max_size=20).map(lambda to: checksum_address("0x" + to.hex())),
)


def is_eth_accounts(fields: Fields, secret: bytes) -> None:
    theirs = EthAccount.sign_transaction(dict(fields), secret)
    ours = account_of_key(secret).sign_transaction(fields)

    assert bytes(theirs.raw_transaction) == ours.raw
    assert "0x" + bytes(theirs.hash).hex() == ours.hash


@given(
    secret=some.integers(1, 2**255).map(lambda number: number.to_bytes(32, "big")),
    chain_id=some.integers(1, 2**63 - 1),
    numbers=some.tuples(quantities, quantities, quantities, quantities),
    to=places,
    data=data,
)
def test_both_forms_are_eth_accounts(secret, chain_id, numbers, to, data):
    nonce, value, gas, fee = numbers
    common = {
        "chainId": chain_id, "nonce": nonce, "value": value, "gas": gas, "data": "0x" + data.hex(),
    }  # fmt: skip
    if to is not None:
        common["to"] = to

    is_eth_accounts(common | {"gasPrice": fee}, secret)
    is_eth_accounts(
        common | {"type": 2, "maxFeePerGas": fee, "maxPriorityFeePerGas": fee // 2}, secret
    )


def test_many_signatures_are_eth_accounts():
    """Some have an r or an s of fewer bytes: each value is written without leading zeros."""
    for nonce in range(600):
        is_eth_accounts(PLAIN | {"nonce": nonce}, SECRET)


@pytest.mark.parametrize(
    ("item", "encoded"),
    [
        (b"dog", b"\x83dog"),
        ([b"cat", b"dog"], b"\xc8\x83cat\x83dog"),
        (b"", b"\x80"),
        ([], b"\xc0"),
        (0, b"\x80"),
        (15, b"\x0f"),
        (1024, b"\x82\x04\x00"),
        ([[], [[]], [[], [[]]]], bytes.fromhex("c7c0c1c0c3c0c1c0")),
        (b"a" * 55, b"\xb7" + b"a" * 55),
        (b"a" * 56, b"\xb8\x38" + b"a" * 56),
        (b"a" * 1024, b"\xb9\x04\x00" + b"a" * 1024),
        ([b"a" * 54], b"\xf7\xb6" + b"a" * 54),
        ([b"a" * 55], b"\xf8\x38\xb7" + b"a" * 55),
    ],
)
def test_rlp_is_that_of_the_yellow_paper(item, encoded):
    assert rlp(item) == encoded


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"nonce": -1}, "nonce -1"),
        ({"value": 2**256}, "value"),
        ({"gas": "0x5208"}, "gas '0x5208'"),
        ({"chainId": True}, "chainId True"),
        ({"to": "0x" + "ab" * 19}, "is no address"),
        ({"to": ""}, "hexadecimal"),
        ({"to": "0x" + "ab" * 20}, "checksum"),
        ({"data": "00"}, "hexadecimal"),
        ({"data": "0x0"}, "hex"),
        ({"accessList": b""}, "accessList: unknown"),
        ({"maxFeePerGas": 1}, "maxFeePerGas: unknown"),
    ],
)
def test_what_is_no_transaction_is_refused(change, said):
    with pytest.raises(ValueError, match=said):
        account_of_key(SECRET).sign_transaction(PLAIN | change)


@pytest.mark.parametrize("name", ["chainId", "nonce", "value", "gas", "gasPrice"])
def test_a_transaction_needs_all_its_quantities(name):
    lacking = {key: value for key, value in PLAIN.items() if key != name}

    with pytest.raises(ValueError, match="missing"):
        account_of_key(SECRET).sign_transaction(lacking)


def test_another_type_is_not_signed():
    later = {key: value for key, value in PLAIN.items() if key != "gasPrice"}

    with pytest.raises(ValueError, match="type 4"):
        account_of_key(SECRET).sign_transaction(
            later | {"type": 4, "maxFeePerGas": 1, "maxPriorityFeePerGas": 1}
        )
