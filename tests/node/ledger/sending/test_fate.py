"""A stranger's transaction is told by its signature, however its endpoint writes its numbers."""

import pytest

from node.ledger.sending.fate import _fields


@pytest.mark.parametrize("kind", ["0x2", "0x02"])
def test_the_kind_of_a_transaction_is_a_number(kind: str) -> None:
    transaction = {
        "type": kind,
        "nonce": "0x01",
        "value": "0x0",
        "gas": "0x5208",
        "input": "0x",
        "to": None,
        "maxFeePerGas": "0x0a",
        "maxPriorityFeePerGas": "0x1",
        "gasPrice": "0x9",
    }

    fields = _fields(transaction, 5)

    assert (fields["type"], fields["maxFeePerGas"], fields["nonce"]) == (2, 10, 1)
