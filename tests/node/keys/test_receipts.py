"""Receipts: bound to chain, contract, order and energy; one form of each signature."""

from dataclasses import replace

import pytest

from node.core.errors import Refused
from node.core.records import Receipt
from node.keys.account import account_of_key
from node.keys.keccak import checksum_address
from node.keys.receipts import ReceiptSigner, digest_of_receipt, is_signed_by_buyer, sign_receipt
from node.keys.signatures import signer_of
from tests.factories.other_wallets import EthAccount, encode_typed_data

BUYER = account_of_key(bytes(range(1, 33)))
SALE = "0x" + "5a" * 20
SELLER = "0x" + "7e" * 20
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def receipt() -> Receipt:
    return sign_receipt(
        BUYER, chain_id=5, sale=SALE, seller=SELLER, number=7, drawn_milliwh=123_456
    )


def test_digest_is_what_wallets_sign() -> None:
    message = encode_typed_data(
        domain_data={
            "name": "EnergySale",
            "version": "1",
            "chainId": 5,
            "verifyingContract": SALE,
        },
        message_types={
            "Receipt": [
                {"name": "buyer", "type": "address"},
                {"name": "seller", "type": "address"},
                {"name": "number", "type": "uint32"},
                {"name": "drawnMilliwh", "type": "uint64"},
            ]
        },
        message_data={
            "buyer": BUYER.account,
            "seller": SELLER,
            "number": 7,
            "drawnMilliwh": 123_456,
        },
    )

    assert EthAccount.recover_message(message, signature=receipt().signature) == BUYER.account


def test_receipt_of_the_buyer_is_taken() -> None:
    assert is_signed_by_buyer(receipt(), chain_id=5, sale=SALE)


@pytest.mark.parametrize(
    "change",
    [
        {"drawn_milliwh": 123_457},
        {"number": 8},
        {"seller": "0x" + "7f" * 20},
        {"buyer": "0x" + "7f" * 20},
        {"buyer": "nobody"},
        {"drawn_milliwh": 2**64},
        {"signature": b""},
        {"signature": bytes(65)},
        {"signature": b"\xff" * 64 + b"\x1b"},
    ],
)
def test_changed_receipt_is_not_taken(change: dict[str, int]) -> None:
    assert not is_signed_by_buyer(replace(receipt(), **change), chain_id=5, sale=SALE)


def test_receipt_counts_on_one_chain_and_one_contract() -> None:
    assert not is_signed_by_buyer(receipt(), chain_id=6, sale=SALE)
    assert not is_signed_by_buyer(receipt(), chain_id=5, sale="0x" + "5b" * 20)


def test_second_form_of_a_signature_is_not_taken() -> None:
    signature = receipt().signature
    s = int.from_bytes(signature[32:64], "big")
    twin = signature[:32] + (ORDER - s).to_bytes(32, "big") + bytes([55 - signature[64]])
    digest = digest_of_receipt(
        chain_id=5, sale=SALE, buyer=BUYER.account, seller=SELLER, number=7, drawn_milliwh=123_456
    )

    assert signer_of(digest, signature) == BUYER.account
    for other in (twin, signature[:64] + bytes([signature[64] - 27])):
        with pytest.raises(Refused, match="BadSignature"):
            signer_of(digest, other)
        assert not is_signed_by_buyer(replace(receipt(), signature=other), chain_id=5, sale=SALE)


def test_one_receipt_is_not_taken_in_many_spellings() -> None:
    signer = ReceiptSigner(account=BUYER, sale=SALE, chain_id=5)
    receipt = signer.sign(checksum_address(SELLER), 7, 1_000)

    assert signer.verify(receipt)
    assert not signer.verify(replace(receipt, buyer=receipt.buyer.lower()))
    assert not signer.verify(replace(receipt, seller=receipt.seller.lower()))
    assert not signer.verify(replace(receipt, seller="nobody"))
