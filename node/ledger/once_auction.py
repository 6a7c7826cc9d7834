"""Look at a home's side of the auction once, for `check`: the rules, its meter, its money there."""

from dataclasses import dataclass

from node.core.auction.market import MarketRules
from node.core.errors import ChainUnavailable
from node.ledger.chain.asking import asked, at_block, unless_refused
from node.ledger.chain.heads import head_of
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.community import Contracts
from node.ledger.settings import LedgerSettings
from node.ledger.views.auction import read_rules

_MEASURED_BLOCKS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionGlance:
    """Hold what a home needs of the auction; `owner` and `kind` are None for no installed meter.

    `block_s` is the mean time between the newest blocks, in chain seconds.
    """

    rules: MarketRules
    block_s: float
    balance: int
    owner: str | None
    kind: str | None


def glance_at_auction(account: str, meter_id: int, settings: LedgerSettings) -> AuctionGlance:
    """Ask the auction and the registry at the newest block.

    Raises:
        ChainUnavailable: no endpoint answered, or what stands there is no auction.
    """
    rpc = Rpc(settings.rpc_urls, chain_id=settings.chain_id, timeout_s=settings.timeout_s)
    contracts = Contracts(settings)
    auction, registry = contracts.auction, contracts.registry
    if auction is None:
        raise ChainUnavailable("the parameters name no auction")
    balance, owner, kind = asked(
        rpc,
        at_block(auction.balance_of(account), "latest"),
        unless_refused(at_block(registry.owner_of(meter_id), "latest")),
        unless_refused(at_block(registry.kind_of(meter_id), "latest")),
    )
    if owner is not None and kind is None:
        raise ChainUnavailable(f"{rpc.endpoint} tells the owner of meter {meter_id}, not its kind")
    return AuctionGlance(
        rules=read_rules(rpc, auction),
        block_s=_block_s(rpc),
        balance=balance,
        owner=owner,
        kind=kind if owner is not None else None,
    )


def _block_s(rpc: Rpc) -> float:
    newest = head_of(rpc.call("eth_getBlockByNumber", "latest", False))
    first = max(0, newest.number - _MEASURED_BLOCKS)
    older = rpc.call("eth_getBlockByNumber", hex(first), False)
    if older is None or newest.number == first:
        return 0.0
    return (newest.timestamp_s - head_of(older).timestamp_s) / (newest.number - first)
