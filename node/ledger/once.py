"""Look at the chain once, for a command: one account's view at the newest block."""

import tempfile
import time
from pathlib import Path

from node.core.records import ChainView
from node.keys.keccak import checksum_address
from node.ledger.chain.heads import head_of
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.community import Contracts
from node.ledger.settings import LedgerSettings
from node.ledger.views.home.observer import Observer
from node.ledger.views.partners import Partners
from node.state.journal import Journal


def glance(account: str, settings: LedgerSettings) -> ChainView:
    """Give the view of an account at the newest block; the node's own journal is left alone.

    Raises:
        ChainUnavailable: no endpoint answered.
    """
    rpc = Rpc(settings.rpc_urls, chain_id=settings.chain_id, timeout_s=settings.timeout_s)
    contracts = Contracts(settings)
    with tempfile.TemporaryDirectory() as directory:
        journal = Journal(Path(directory) / "journal.db")
        journal.open()
        try:
            who = checksum_address(account)
            partners = Partners(contracts.sale, who, journal)
            observer = Observer(rpc, contracts, settings, who, partners)
            head = head_of(rpc.call("eth_getBlockByNumber", "latest", False))
            observer.start(head, lambda: False)
            told = observer.observe(head, observed_at_s=time.monotonic(), block_period_s=0.0)
            return told.view
        finally:
            journal.close()
