"""Set a ledger up: where its chain is, and which contracts it speaks with."""

from dataclasses import replace
from typing import Any

from node.ledger.settings import LedgerSettings

NOWHERE = "0x" + "00" * 19 + "01"


def ledger_settings(url: str, **changes: Any) -> LedgerSettings:
    """Read a chain, whichever it is, with contracts that are nowhere and nobody to buy from."""
    plain = LedgerSettings(
        rpc_urls=(url,),
        chain_id=None,
        token=NOWHERE,
        sale=NOWHERE,
        registry=NOWHERE,
        auction=None,
        sellers=(),
        meter_id=None,
        read_only=False,
    )
    return replace(plain, **changes)
