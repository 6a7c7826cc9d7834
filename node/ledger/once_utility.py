"""Look at the auction once, for a command: the utility's view at the newest block."""

import time
from dataclasses import dataclass

from node.core.auction.market import UtilityView
from node.keys.keccak import checksum_address
from node.ledger.chain.heads import head_of
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.community import Contracts
from node.ledger.settings import LedgerSettings
from node.ledger.views.auction import is_utility
from node.ledger.views.utility.observer import UtilityObserver


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilityGlance:
    """Hold a view, whether the account holds the utility's role, and the gas price."""

    view: UtilityView
    is_utility: bool
    gas_price_wei: int


def glance(account: str, settings: LedgerSettings) -> UtilityGlance:
    """Give what a utility's account sees at the newest block.

    Raises:
        ChainUnavailable: no endpoint answered, or what stands there is no auction.
    """
    rpc = Rpc(settings.rpc_urls, chain_id=settings.chain_id, timeout_s=settings.timeout_s)
    who = checksum_address(account)
    contracts = Contracts(settings)
    observer = UtilityObserver(rpc, contracts, who, None)
    head = head_of(rpc.call("eth_getBlockByNumber", "latest", False))
    observer.start(head, lambda: False)
    told = observer.observe(head, observed_at_s=time.monotonic(), block_period_s=0.0)
    return UtilityGlance(
        view=told.view,
        is_utility=contracts.auction is not None and is_utility(rpc, contracts.auction, who),
        gas_price_wei=observer.purse.gas_price_wei if observer.purse else 0,
    )
