"""Contracts of the old kind are told by their code."""

import pytest

from node.ledger.contracts.artifacts import artifact
from node.ledger.contracts.old import is_of_old_kind

NOW = {"sale": "EnergySale", "registry": "MeterRegistry", "auction": "IntervalAuction"}


@pytest.mark.parametrize("name", NOW)
def test_the_shipped_contracts_are_of_the_new_kind(name: str) -> None:
    assert not is_of_old_kind(name, artifact(NOW[name]).bytecode.hex())


@pytest.mark.parametrize("name", NOW)
@pytest.mark.parametrize("other", ["EnergyToken", "MeterFeed"])
def test_code_that_lacks_what_is_new_is_of_the_old_kind(name: str, other: str) -> None:
    assert is_of_old_kind(name, artifact(other).bytecode.hex())


def test_any_token_will_do() -> None:
    assert not is_of_old_kind("token", "0x6001")
