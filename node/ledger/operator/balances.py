"""Look at what accounts have: tokens, money at the auction, and the chain's coin; at one block."""

from collections.abc import Sequence
from dataclasses import dataclass

from node.core.errors import Refused
from node.ledger.chain import answers as read
from node.ledger.chain.asking import Question, asked_in_parts, at_block, both, each, nothing, one
from node.ledger.chain.heads import head_of
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.auction import AuctionContract
from node.ledger.contracts.registry import RegistryContract
from node.ledger.contracts.token import TokenContract

MOST_METERS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """Hold what an account has; tokens in base units, the coin in wei, and its meters' ids."""

    account: str
    meters: tuple[int, ...]
    tokens: int
    at_auction: int
    owed: int
    coin_wei: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """Hold the accounts' purses at a block, and how many tokens there are in all."""

    block: int
    purses: tuple[Purse, ...]
    supply: int


def balances(
    rpc: Rpc, token: str, registry: str | None, auction: str | None, accounts: Sequence[str]
) -> Balances:
    """Look at accounts; without any at all that own a meter.

    Raises:
        Refused: no account is named, and there is no registry, or it has too many meters.
        ChainUnavailable: no endpoint answered.
    """
    head = head_of(rpc.call("eth_getBlockByNumber", "latest", False))
    at = hex(head.number)
    owners = {} if registry is None else _owners(rpc, RegistryContract(registry), at)
    if not accounts and registry is None:
        raise Refused("NoRegistry", "name accounts (--of), or a file with contract.registry")
    asked = list(dict.fromkeys(accounts or owners))
    money, market = TokenContract(token), AuctionContract(auction) if auction else None
    found = asked_in_parts(rpc, [_purse(money, market, who, at) for who in asked])
    (supply,) = asked_in_parts(rpc, [at_block(money.supply(), at)])
    purses = [
        Purse(
            account=who,
            meters=tuple(owners.get(who, ())),
            tokens=tokens,
            at_auction=at_auction,
            owed=owed,
            coin_wei=coin_wei,
        )
        for who, (tokens, at_auction, owed, coin_wei) in zip(asked, found, strict=True)
    ]
    return Balances(block=head.number, purses=tuple(purses), supply=supply)


def _owners(rpc: Rpc, registry: RegistryContract, at: str) -> dict[str, list[int]]:
    (count,) = asked_in_parts(rpc, [at_block(registry.meter_count(), at)])
    if count > MOST_METERS:
        raise Refused("TooManyMeters", f"{count} meters, more than {MOST_METERS}: name accounts")
    ids = range(1, count + 1)
    owners = asked_in_parts(rpc, [at_block(registry.owner_of(number), at) for number in ids])
    found: dict[str, list[int]] = {}
    for number, owner in zip(ids, owners, strict=True):
        found.setdefault(owner, []).append(number)
    return found


def _purse(
    token: TokenContract, auction: AuctionContract | None, account: str, at: str
) -> Question[list[int]]:
    coin = one(("eth_getBalance", [account, at]), read.number)
    in_auction: Question[list[int]] = nothing([0, 0])
    if auction is not None:
        asks = (auction.balance_of(account), auction.owed_to(account))
        in_auction = each(at_block(ask, at) for ask in asks)
    tokens = both(at_block(token.balance_of(account), at), in_auction, lambda a, b: [a, *b])
    return both(tokens, coin, lambda a, b: [*a, b])
