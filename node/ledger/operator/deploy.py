"""Deploy the contracts and do the operator's errands on them: mint, install a meter, post a price.

A contract that already stands at its address is left alone, so a second run changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from node.core.errors import NodeError, Refused
from node.keys.account import Account
from node.keys.keccak import checksum_address
from node.ledger.chain.asking import asked_now
from node.ledger.chain.endpoint import RpcError
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.artifacts import UnexpectedAnswer, artifact
from node.ledger.contracts.community import ADDRESSED
from node.ledger.contracts.registry import RegistryContract
from node.ledger.contracts.sale import SaleContract
from node.ledger.contracts.token import TokenContract
from node.ledger.operator.auction_settings import AuctionSettings as AuctionSettings
from node.ledger.operator.auction_settings import (
    measured_block_s,
    require_admissible,
    require_keys_apart,
)
from node.ledger.operator.transact import Transactor
from node.ledger.settings import Headers

REQUEST_TIMEOUT_S = 30.0
_DEVELOPMENT_CHAIN_IDS = (1337, 31337)
_DEVELOPMENT_CLIENTS = ("anvil", "hardhat", "ganache", "ethereumjs")


class DevelopmentChain(NodeError):
    """Say that a chain forgets, and gives its keys to anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploySettings:
    """Say what the contracts are to be: seconds of an interval, entries of a meter's ring,
    seconds of a refund's grace, the token's name and symbol, and the auction, if one is wanted."""

    interval_s: int = 900
    ring: int = 1024
    grace_s: int = 3600
    name: str = "Peerwatt energy token"
    symbol: str = "PWT"
    auction: AuctionSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Hold where the contracts stand; None where there is none yet, or none is wanted.

    The lens reads the auction for whoever wants to; it is made with it, and no program needs it.
    """

    token: str | None = None
    registry: str | None = None
    sale: str | None = None
    auction: str | None = None
    lens: str | None = None


def connect(url: str, headers: Mapping[str, Headers] = MappingProxyType({})) -> Rpc:
    """Speak with one endpoint, for as long as a command takes; `headers` by endpoints' names."""
    return Rpc([url], chain_id=None, timeout_s=REQUEST_TIMEOUT_S, headers=headers)


def development_chain(rpc: Rpc) -> str | None:
    """Say why this is a development chain, or None if it is not known as one."""
    chain_id = int(rpc.call("eth_chainId"), 16)
    if chain_id in _DEVELOPMENT_CHAIN_IDS:
        return f"chain id {chain_id} is a development chain's"
    client = str(rpc.call("web3_clientVersion"))
    if any(name in client.lower() for name in _DEVELOPMENT_CLIENTS):
        return f"the chain is served by {client.split('/')[0]}"
    return None


def refuse_development_chain(rpc: Rpc, *, allowed: bool) -> None:
    """Refuse a chain on which no money lasts, unless it is allowed.

    Raises:
        DevelopmentChain: it is one.
    """
    reason = development_chain(rpc)
    if reason is not None and not allowed:
        raise DevelopmentChain(
            f"{reason}: it forgets, and its keys are public (--allow-development-chain goes on)"
        )


def deploy(
    url: str,
    account: Account,
    settings: DeploySettings,
    *,
    known: Addresses | None = None,
    headers: Mapping[str, Headers] = MappingProxyType({}),
    tell: Callable[[str], None] = lambda line: None,
    keep: Callable[[Addresses], None] = lambda addresses: None,
) -> Addresses:
    """Deploy what does not stand yet; `keep` is told of each new address at once.

    Raises:
        Refused: the chain or a contract said no, or what stands there does not fit together.
        ChainUnavailable: the endpoint did not answer.
    """
    rpc = connect(url, headers)
    transactor = Transactor(rpc, account, tell)
    here = _standing(rpc, known or Addresses(), tell)
    me = account.account
    block_s = 0
    if here.auction is None and settings.auction is not None:
        block_s = settings.auction.block_s or measured_block_s(rpc)
        require_keys_apart(settings.auction, rpc, here.registry, me)
        if here.registry is None:
            require_admissible(settings.auction, settings.interval_s, settings.ring, block_s)
    if here.sale is not None:
        # Before anything is paid for: an ancestor's contract, or one of another token, stays so.
        _check(rpc, here)
    if here.token is None:
        here = replace(
            here,
            token=_create(transactor, "EnergyToken", (settings.name, settings.symbol, me), tell),
        )
        keep(here)
    if here.registry is None:
        meters = (me, settings.interval_s, settings.ring)
        here = replace(here, registry=_create(transactor, "MeterRegistry", meters, tell))
        keep(here)
    if here.sale is None:
        sale = _create(transactor, "EnergySale", (here.token, settings.grace_s), tell)
        here = replace(here, sale=sale)
        keep(here)
    if here.auction is None and settings.auction is not None:
        arguments = (settings.auction.members(str(here.token), str(here.registry), block_s),)
        here = replace(here, auction=_create(transactor, "IntervalAuction", arguments, tell))
        keep(here)
        here = replace(here, lens=_create(transactor, "AuctionLens", (here.auction,), tell))
    _check(rpc, here)
    return here


def mint(transactor: Transactor, token: str, to: str, amount: int) -> None:
    """Create tokens, in base units, for an account."""
    contract = TokenContract(checksum_address(token))
    transactor.send("mint", contract.address, contract.mint(checksum_address(to), amount))


def install_meter(
    transactor: Transactor, rpc: Rpc, registry: str, *, owner: str, reporter: str, kind: str,
    max_power_w: int,
) -> int:  # fmt: skip
    """Install a meter and return its id."""
    contract = RegistryContract(checksum_address(registry))
    data = contract.install(checksum_address(owner), checksum_address(reporter), kind, max_power_w)
    outcome = transactor.send("install-meter", contract.address, data)
    installed = [log for log in outcome["logs"] if log["topics"][0] == contract.installed_topic]
    if len(installed) != 1:
        raise Refused("NoMeter", f"the registry at {registry} did not say which meter it installed")
    return int(installed[0]["topics"][1], 16)


def post_price(transactor: Transactor, registry: str, price_per_kwh: int) -> None:
    """Post the price in use, in base units per kilowatt-hour."""
    contract = RegistryContract(checksum_address(registry))
    transactor.send("post-price", contract.address, contract.post_price(price_per_kwh))


def _standing(rpc: Rpc, known: Addresses, tell: Callable[[str], None]) -> Addresses:
    """Keep only the addresses at which there is code."""
    for name in (contract.key for contract in ADDRESSED):
        address = getattr(known, name)
        if address is None:
            continue
        address = checksum_address(address)
        known = replace(known, **{name: address})
        if str(rpc.call("eth_getCode", address, "latest")) in ("0x", "0x0"):
            tell(f"{name}: no code at {address} on this chain")
            known = replace(known, **{name: None})
        else:
            tell(f"{name}: already at {address}")
    return known


def _create(
    transactor: Transactor, name: str, arguments: tuple[object, ...], tell: Callable[[str], None]
) -> str:
    tell(f"{name}: deploying")
    outcome = transactor.send(name, None, artifact(name).deployment_data(*arguments))
    address = checksum_address(outcome["contractAddress"])
    tell(f"{name}: done, at {address} ({int(outcome['gasUsed'], 16)} gas)")
    return address


def _check(rpc: Rpc, here: Addresses) -> None:
    sale = SaleContract(str(here.sale))
    try:
        token = asked_now(rpc, sale.token())
    except (UnexpectedAnswer, RpcError) as error:
        raise Refused(
            "SaleElsewhere",
            f"what stands at {here.sale} is no sale of ours ({error}): take its address out of the"
            " parameters, and one is deployed",
        ) from error
    if token != here.token:
        raise Refused("TokenMismatch", f"the sale at {here.sale} takes the token {token}")
