"""Intents: written down and read back whole, and known again."""

from dataclasses import replace
from typing import get_args

import pytest

from node.core.commands import Intent
from node.ledger.sending.intents import TABLE, IntentUnreadable, from_json, identity_of, to_json
from tests.factories.intents import ALL, GIFT, OPEN, REDEEM


def test_each_intent_has_its_row_and_an_example_here() -> None:
    assert set(TABLE) == set(get_args(Intent)) == {type(intent) for intent in ALL}


@pytest.mark.parametrize("intent", ALL, ids=lambda intent: type(intent).__name__)
def test_intent_is_read_back_whole(intent: Intent) -> None:
    assert from_json(to_json(intent)) == intent


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kind": "Dance"}', '{"kind": "CloseOrder"}'])
def test_unknown_intent_is_a_named_error(text: str) -> None:
    with pytest.raises(IntentUnreadable):
        from_json(text)


def test_identities_differ_where_promises_do() -> None:
    identities = [identity_of(intent) for intent in ALL]

    assert len(set(identities)) == len(ALL)
    assert identity_of(replace(OPEN, energy_milliwh=300)) == identity_of(OPEN)
    assert identity_of(replace(OPEN, number=2)) != identity_of(OPEN)
    assert identity_of(replace(REDEEM, close=True)) != identity_of(REDEEM)
    # One gift of gas a day and account, whatever its amount.
    assert identity_of(replace(GIFT, amount_wei=1)) == identity_of(GIFT)
    assert identity_of(replace(GIFT, day=1)) != identity_of(GIFT)


def test_nested_beyond_reading_is_unreadable() -> None:
    with pytest.raises(IntentUnreadable):
        from_json("[" * 5000)
