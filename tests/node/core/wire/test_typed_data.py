"""The hasher of typed data against eth_account's, and what it refuses."""

from typing import Any

import pytest
from eth_utils import keccak as eth_keccak

from node.core.wire.lines import COMMAND, DOMAIN, HERE, OLDER_COMMAND, OLDER_CONSENT
from node.core.wire.typed_data import (
    Domain,
    Struct,
    Value,
    checksummed,
    signing_digest,
)
from node.keys.keccak import keccak256
from node.keys.receipts import RECEIPT, receipt_domain
from tests.factories.other_wallets import encode_typed_data

ACCOUNT = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
OTHER = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"

MIXED = Struct(
    name="Mixed",
    members=(
        ("bool", "flag"),
        ("int16", "below"),
        ("bytes", "blob"),
        ("bytes3", "three"),
        ("address[]", "accounts"),
        ("uint8[2]", "pair"),
        ("string", "said"),
    ),
)


def theirs(domain: Domain, struct: Struct, values: dict[str, Value]) -> bytes:
    fields: dict[str, Any] = {"name": domain.name, "version": domain.version}
    if domain.chain_id is not None:
        fields["chainId"] = domain.chain_id
    if domain.verifying_contract is not None:
        fields["verifyingContract"] = domain.verifying_contract
    types = {struct.name: [{"name": name, "type": kind} for kind, name in struct.members]}
    signable = encode_typed_data(fields, types, values)
    return eth_keccak(b"\x19" + signable.version + signable.header + signable.body)


@pytest.mark.parametrize(
    ("domain", "struct", "values"),
    [
        (
            DOMAIN,
            COMMAND,
            {
                "relay": "relay1",
                "boot": bytes(range(16)),
                "nonce": bytes(range(16, 32)),
                "holder": ACCOUNT,
                "sequence": 2**64 - 1,
                "contacts": [0, 1, 15],
                "leaseMs": 15_000,
            },
        ),
        (
            DOMAIN,
            COMMAND,
            {
                "relay": "",
                "boot": bytes(16),
                "nonce": bytes(16),
                "holder": ACCOUNT,
                "sequence": 0,
                "contacts": [],
                "leaseMs": 0,
            },
        ),
        (
            DOMAIN,
            OLDER_CONSENT,
            {
                "relay": "relais-\u00e9t\u00e9",
                "boot": b"\xff" * 16,
                "account": OTHER.lower(),
                "sequence": 1,
                "connection": 3,
                "consentMs": 2**32 - 1,
            },
        ),
        (
            DOMAIN,
            HERE,
            {
                "relay": "relay1",
                "boot": bytes(16),
                "nonce": bytes(range(16)),
                "account": ACCOUNT,
                "sequence": 7,
            },
        ),
        (
            DOMAIN,
            OLDER_COMMAND,
            {
                "relay": "relay1",
                "boot": bytes(16),
                "holder": ACCOUNT,
                "sequence": 7,
                "contacts": [],
                "leaseMs": 0,
            },
        ),
        (
            receipt_domain(31337, OTHER),
            RECEIPT,
            {"buyer": ACCOUNT, "seller": OTHER, "number": 7, "drawnMilliwh": 200_000},
        ),
        (
            Domain(name="n", version="2", chain_id=1, verifying_contract=None),
            MIXED,
            {
                "flag": True,
                "below": -2,
                "blob": b"\x00\x01",
                "three": b"abc",
                "accounts": [ACCOUNT, OTHER],
                "pair": [1, 255],
                "said": "so",
            },
        ),
    ],
)
def test_digest_is_eth_accounts(domain: Domain, struct: Struct, values: dict[str, Value]) -> None:
    assert theirs(domain, struct, values) == signing_digest(domain, struct, values, keccak256)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint8", 256),
        ("uint8", -1),
        ("int8", 128),
        ("uint8", True),
        ("uint8", "1"),
        ("uint8", 1.0),
        ("uint7", 1),
        ("bool", 1),
        ("string", b"text"),
        ("bytes", "text"),
        ("bytes16", bytes(15)),
        ("bytes16", "0x"),
        ("bytes33", bytes(33)),
        ("address", "0x12"),
        ("address", 7),
        ("address", ACCOUNT + "\n"),
        ("uint8[]", "12"),
        ("uint8[]", 1),
        ("uint8[2]", [1]),
        ("string[]", ["a"]),
        ("Person", 1),
    ],
)
def test_value_that_does_not_fit_its_type_is_refused(kind: str, value: Any) -> None:
    struct = Struct(name="One", members=((kind, "it"),))
    with pytest.raises(ValueError, match=r"."):
        signing_digest(DOMAIN, struct, {"it": value}, keccak256)


@pytest.mark.parametrize("values", [{}, {"a": 1, "b": 2}, {"b": 1}])
def test_missing_or_left_over_member_is_refused(values: dict[str, Value]) -> None:
    struct = Struct(name="One", members=(("uint8", "a"),))
    with pytest.raises(ValueError, match="One has"):
        signing_digest(DOMAIN, struct, values, keccak256)


@pytest.mark.parametrize("account", [ACCOUNT, OTHER])
def test_address_is_written_as_eip_55_does(account: str) -> None:
    assert account == checksummed(account.lower(), keccak256)
    assert account == checksummed("0x" + account[2:].upper(), keccak256)


@pytest.mark.parametrize("text", ["", "0x", ACCOUNT[2:], ACCOUNT + "0", "0x" + "g" * 40])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not 0x and 40"):
        checksummed(text, keccak256)
