"""Set a ledger up: where its chain is, and which contracts it speaks with."""

from dataclasses import replace
from typing import Any

from node.ledger.settings import LedgerSettings
from node.parameters.scheme import CONTRACTS

NOWHERE = "0x" + "00" * 19 + "01"


def ledger_settings(url: str, **changes: Any) -> LedgerSettings:
    """Read a chain, whichever it is, with contracts that are nowhere and nobody to buy from."""
    plain = LedgerSettings(
        rpc_urls=(url,),
        chain_id=None,
        contracts=dict.fromkeys(("token", "sale", "registry"), NOWHERE),
        sellers=(),
        meter_id=None,
        read_only=False,
    )
    named = {key: changes.pop(key) for key in CONTRACTS if key in changes}
    contracts = {**plain.contracts, **{key: at for key, at in named.items() if at is not None}}
    return replace(plain, contracts=contracts, **changes)
