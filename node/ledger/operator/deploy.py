"""Put the contracts up and do the operator's errands on them: mint, install a meter, post a price.

A contract that already stands at its address is left alone, so a second run changes nothing.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType

from node.core.errors import NodeError, Refused
from node.keys.account import Account
from node.keys.keccak import checksum_address
from node.ledger.chain.asking import asked_now
from node.ledger.chain.endpoint import RpcError
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.artifacts import UnexpectedAnswer, artifact
from node.ledger.contracts.community import ADDRESSED, KNOWN
from node.ledger.contracts.known import Known
from node.ledger.contracts.registry import RegistryContract
from node.ledger.contracts.token import TokenContract
from node.ledger.operator.auction_settings import AuctionSettings as AuctionSettings
from node.ledger.operator.auction_settings import (
    measured_block_s,
    require_admissible,
    require_keys_apart,
)
from node.ledger.operator.pool_settings import PoolSettings as PoolSettings
from node.ledger.operator.pool_settings import require_pool_admissible
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
    seconds of a refund's grace, the token's name and symbol, and auction and pool, if wanted."""

    interval_s: int = 900
    ring: int = 1024
    grace_s: int = 3600
    name: str = "Peerwatt energy token"
    symbol: str = "PWT"
    auction: AuctionSettings | None = None
    pool: PoolSettings | None = None


Addresses = Mapping[str, str]
"""Where the contracts stand, by their keys; without those that do not stand yet, or are not wanted.

The lens is among them: it reads the auction for whoever wants to, and no program needs it.
"""


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
    known: Addresses = MappingProxyType({}),
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
    standing = here = _standing(rpc, known, tell)
    block_s = _block_s(settings, rpc, here, account.account)
    if settings.pool is not None and "registry" not in here:
        require_pool_admissible(settings.pool, settings.interval_s, settings.ring)
    # Before anything is paid for: an ancestor's contract, or one of another token, stays so.
    _check(rpc, here)
    for contract in KNOWN:
        given = _given(settings, here, account.account, block_s)
        if contract.key in here or not _is_due(contract, given, here.keys() - standing.keys()):
            continue
        arguments = tuple(given[name] for name in contract.takes)
        here = {**here, contract.key: _create(transactor, contract.name, arguments, tell)}
        if contract in ADDRESSED:
            keep(here)
    _check(rpc, here)
    return here


def _block_s(settings: DeploySettings, rpc: Rpc, here: Addresses, me: str) -> int:
    """Give the block time that a new auction is to know; 0 where none is to be put up.

    Raises:
        Refused: what the auction is to be cannot be; nothing is paid for yet.
    """
    wanted = settings.auction
    if wanted is None or "auction" in here:
        return 0
    block_s = wanted.block_s or measured_block_s(rpc)
    require_keys_apart(wanted, rpc, here.get("registry"), me)
    if "registry" not in here:
        require_admissible(wanted, settings.interval_s, settings.ring, block_s)
    return block_s


def _given(
    settings: DeploySettings, here: Addresses, me: str, block_s: int
) -> Mapping[str, object]:
    """Give what constructors may take, by the names that contracts know it by."""
    given: dict[str, object] = {
        "operator": me,
        "interval_s": settings.interval_s,
        "ring": settings.ring,
        "grace_s": settings.grace_s,
        "name": settings.name,
        "symbol": settings.symbol,
        **here,
    }
    if settings.auction is not None and {"token", "registry"} <= here.keys():
        members = settings.auction.members(here["token"], here["registry"], block_s)
        given["auction_settings"] = members
    if settings.pool is not None and {"token", "registry"} <= here.keys():
        given["pool_settings"] = settings.pool.members(here["token"], here["registry"])
    return given


def _is_due(contract: Known, given: Mapping[str, object], made: AbstractSet[str]) -> bool:
    """Tell whether there is all that a contract takes.

    One that no program needs is made along with what it takes, or not at all.
    """
    is_wanted = contract in ADDRESSED or not made.isdisjoint(contract.takes)
    return is_wanted and all(name in given for name in contract.takes)


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
    """Keep only the addresses at which there is code; of what no program needs nothing is asked."""
    needed = [contract.key for contract in ADDRESSED if contract.key in known]
    found = {name: address for name, address in known.items() if name not in needed}
    for name in needed:
        address = checksum_address(known[name])
        if str(rpc.call("eth_getCode", address, "latest")) in ("0x", "0x0"):
            tell(f"{name}: no code at {address} on this chain")
        else:
            tell(f"{name}: already at {address}")
            found[name] = address
    return found


def _create(
    transactor: Transactor, name: str, arguments: tuple[object, ...], tell: Callable[[str], None]
) -> str:
    tell(f"{name}: deploying")
    outcome = transactor.send(name, None, artifact(name).deployment_data(*arguments))
    address = checksum_address(outcome["contractAddress"])
    tell(f"{name}: done, at {address} ({int(outcome['gasUsed'], 16)} gas)")
    return address


def _check(rpc: Rpc, here: Addresses) -> None:
    """See that what stands takes the others that stand.

    Raises:
        Refused: it does not, or it is none of ours.
    """
    for contract in KNOWN:
        for other, question in contract.ties.items() if contract.key in here else ():
            address = here[contract.key]
            ask = artifact(contract.name).ask(address, checksum_address, question)
            try:
                found = asked_now(rpc, ask)
            except (UnexpectedAnswer, RpcError) as error:
                raise Refused(
                    f"{contract.key.capitalize()}Elsewhere",
                    f"what stands at {address} is no {contract.key} of ours ({error}): take its"
                    " address out of the parameters, and one is deployed",
                ) from error
            if found != here.get(other):
                raise Refused(
                    f"{other.capitalize()}Mismatch",
                    f"the {contract.key} at {address} takes the {other} {found}",
                )
