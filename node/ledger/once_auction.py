"""Look at a home's side of the auction once, for `check`: the rules, its meter, its money there."""

from dataclasses import dataclass

from node.core.auction.market import MarketRules
from node.core.errors import ChainUnavailable
from node.keys.keccak import checksum_address
from node.ledger.chain import answers as read
from node.ledger.chain.endpoint import Call, RpcError
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
    calls: list[Call] = [
        ("eth_call", [{"to": to, "data": data}, "latest"])
        for to, data in (
            (auction.address, auction.balance_of(account)),
            (registry.address, registry.owner_of(meter_id)),
            (registry.address, registry.meters(meter_id)),
        )
    ]
    balance, owner, meter = rpc.batch(calls)
    # The registry refuses an id that nobody installed.
    is_installed = not isinstance(owner, RpcError)
    return AuctionGlance(
        rules=read_rules(rpc, auction.address),
        block_s=_block_s(rpc),
        balance=auction.balance(str(read.taken(balance))),
        owner=checksum_address(registry.owner(owner)) if is_installed else None,
        kind=registry.kind(str(read.taken(meter))) if is_installed else None,
    )


def _block_s(rpc: Rpc) -> float:
    newest = head_of(rpc.call("eth_getBlockByNumber", "latest", False))
    first = max(0, newest.number - _MEASURED_BLOCKS)
    older = rpc.call("eth_getBlockByNumber", hex(first), False)
    if older is None or newest.number == first:
        return 0.0
    return (newest.timestamp_s - head_of(older).timestamp_s) / (newest.number - first)
