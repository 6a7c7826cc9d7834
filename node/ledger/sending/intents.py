"""All that a node may send, with the tables of each contract put together.

An intent's text is JSON, as the journal keeps it. To add an intent: its record in `core.commands`,
and its row in the table of whom it is sent to.
"""

import json
from collections.abc import Mapping
from typing import Any

from node.core.commands import Intent, SendGas
from node.core.errors import NodeError
from node.core.wire.json_text import read_json
from node.keys.keccak import checksum_address
from node.ledger.contracts.community import Contracts
from node.ledger.sending.row import PLAIN_TRANSFER_GAS, ContractCall, Priority, Row
from node.ledger.sending.to_auction import TO_AUCTION
from node.ledger.sending.to_registry import TO_REGISTRY
from node.ledger.sending.to_sale import TO_SALE

_TO_ACCOUNTS: Mapping[type[Intent], Row[Any]] = {
    SendGas: Row[SendGas](
        call=lambda _, one: (checksum_address(one.account), "0x"),
        gas=lambda _: PLAIN_TRANSFER_GAS,
        priority=Priority.REST,
        name=lambda one: f"{one.account} {one.day}",
        is_once=False,
        value_wei=lambda one: one.amount_wei,
    ),
}
TABLE: Mapping[type[Intent], Row[Any]] = {**TO_SALE, **TO_REGISTRY, **TO_AUCTION, **_TO_ACCOUNTS}
_KINDS: Mapping[str, type[Intent]] = {kind.__name__: kind for kind in TABLE}


class IntentUnreadable(NodeError):
    """Say that the journal holds an intent that this version does not know."""


def row_of(intent: Intent) -> Row[Any]:
    """Give what is known of an intent's kind."""
    return TABLE[type(intent)]


def call_of(contracts: Contracts, intent: Intent) -> ContractCall:
    """Build the call that carries an intent out.

    Raises:
        ValueError: the intent cannot be written as a call.
    """
    row = row_of(intent)
    to, data = row.call(contracts, intent)
    return ContractCall(to=to, data=data, gas=row.gas(intent), value_wei=row.value_wei(intent))


def identity_of(intent: Intent) -> str:
    """Name the promise: two intents of one name may only ever be carried out once."""
    name = row_of(intent).name
    return f"{type(intent).__name__} {to_json(intent) if name is None else name(intent)}"


def may_be_repeated(intent: Intent) -> bool:
    """Say whether a kept promise may be sent again."""
    return row_of(intent).name is None


def is_superseded(older: Intent, newer: Intent) -> bool:
    """Say whether an intent that waits gives way to a newer one."""
    place = row_of(older).place
    return place is not None and type(older) is type(newer) and place(older) == place(newer)


def to_json(intent: Intent) -> str:
    """Write an intent as JSON of sorted keys, so that equal intents have equal texts."""
    members = row_of(intent).write(intent)
    return json.dumps({"kind": type(intent).__name__, **members}, sort_keys=True)


def from_json(text: str) -> Intent:
    """Read an intent.

    Raises:
        IntentUnreadable: it is none of ours.
    """
    try:
        members = read_json(text)
        return _intent(members.pop("kind"), members)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntentUnreadable(f"the journal holds an intent it cannot read ({error})") from error


def _intent(name: str, members: dict[str, Any]) -> Intent:
    if name not in _KINDS:
        raise ValueError(f"no intent is called {name}")
    kind = _KINDS[name]
    read = TABLE[kind].read
    found: Intent = kind(**members) if read is None else read(members)
    return found
