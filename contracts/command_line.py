"""Carry the operator's commands out; what changes powers is in `powers`, what looks in `looks`."""

import argparse
import os
import sys
from collections.abc import Mapping

from contracts.arguments import understand
from contracts.community_file import require_place, write_community
from contracts.looks import LOOKS
from contracts.options import options
from contracts.powers import change_reporter, change_role
from contracts.price_command import command_price
from node.core.auction.tariff import ladder, rounding
from node.core.errors import NodeError
from node.core.units import format_tokens
from node.keys.account import Account, open_account, read_password
from node.keys.folder import keystore_in
from node.keys.keccak import checksum_address
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.community import ADDRESSED
from node.ledger.operator.auction_settings import AuctionSettings
from node.ledger.operator.deploy import (
    Addresses,
    DeploySettings,
    PoolSettings,
    connect,
    deploy,
    install_meter,
    mint,
    refuse_development_chain,
)
from node.ledger.operator.transact import SentNotSeen, Transactor
from node.ledger.settings import Headers
from node.parameters import load
from node.parameters.file import ensure_writable, read_values, write_values
from node.parameters.scheme import CONTRACTS
from node.settings import headers_of
from node.system.lock import FileLock
from node.system.terminal import agreed
from node.system.words import told

_SECTION = "contract"
_ANY: Addresses = {
    known.key: "0x" + f"{0xA1 + place:02x}" * 20 for place, known in enumerate(ADDRESSED)
}
"""Addresses to see with whether a file can take such."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 is done or already done, 1 refused."""
    parser = options()
    chosen = parser.parse_args(arguments)
    try:
        _complete(chosen, parser)
        understand(chosen)
        _refuse_contracts(chosen)
    except ValueError as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    if chosen.command in LOOKS:
        return _look(chosen)
    lock = FileLock(chosen.keystore)
    try:
        headers = _headers(chosen)
        rpc = connect(chosen.rpc, headers)
        refuse_development_chain(rpc, allowed=chosen.allow_development_chain)
        account = open_account(chosen.keystore, read_password(chosen.password_file, os.environ))
        lock.acquire(create=False)
        _COMMANDS[chosen.command](chosen, rpc, account)
    except SentNotSeen as error:
        print(str(error), file=sys.stderr)
        return 1
    except (NodeError, OSError, ValueError) as error:
        print(f"refused: {told(error)}", file=sys.stderr)
        return 1
    finally:
        lock.release()
    return 0


def _look(chosen: argparse.Namespace) -> int:
    """Run a command that needs no key; 1 is refused, or not as it should be."""
    try:
        rpc = connect(chosen.rpc, _headers(chosen))
        return LOOKS[chosen.command](chosen, rpc, _all(chosen))
    except (NodeError, OSError, ValueError) as error:
        print(f"refused: {told(error)}", file=sys.stderr)
        return 1


def _headers(chosen: argparse.Namespace) -> Mapping[str, Headers]:
    """Give what the endpoint asks for, as the parameters file says; without a file nothing.

    Raises:
        ConfigError: the file is wrong.
    """
    return {} if chosen.parameters is None else headers_of(load(chosen.parameters), "utility")


def _complete(chosen: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Take from the parameters file what the command line leaves open.

    Raises:
        ConfigError: the file is wrong.
    """
    if chosen.parameters is not None:
        parameters = load(chosen.parameters)
        if chosen.rpc is None and parameters.contract.node:
            chosen.rpc = parameters.contract.node[0]
        utility = parameters.utility
        if utility is not None and chosen.command not in LOOKS:
            chosen.keystore = chosen.keystore or keystore_in(utility.keystore, utility.address)
            chosen.password_file = chosen.password_file or utility.password_file
    for name, key in (("rpc", "contract.node"), ("keystore", "utility.keystore")):
        if getattr(chosen, name, "") is None:
            parser.error(f"give --{name}, or --parameters of a file with {key}")
    if chosen.command not in LOOKS:
        chosen.keystore = keystore_in(chosen.keystore, None)


def _refuse_contracts(chosen: argparse.Namespace) -> None:
    """Refuse a contract of the community in an account's place: it would keep all for ever.

    Raises:
        ValueError: an option names one.
    """
    for contract, address in _known(chosen).items():
        for option in ("to", "owner", "reporter", "utility"):
            if getattr(chosen, option, None) == address:
                raise ValueError(f"--{option} {address}: an account's, not the {contract}'s")


def _deploy(chosen: argparse.Namespace, rpc: Rpc, account: Account) -> None:
    settings = DeploySettings(
        interval_s=chosen.interval,
        ring=chosen.ring,
        grace_s=chosen.grace,
        name=chosen.name,
        symbol=chosen.symbol,
        auction=_auction(chosen, account) if chosen.auction else None,
        pool=_pool(chosen) if chosen.pool else None,
    )
    known = _known(chosen)
    if chosen.parameters is not None:
        ensure_writable(chosen.parameters, _SECTION, _written(_ANY, {}, settings, rpc))
    require_place(chosen, rpc.chain_id)
    changed = False

    def keep(addresses: Addresses) -> None:
        nonlocal changed
        changed = True
        if chosen.parameters is not None:
            write_values(chosen.parameters, _SECTION, _written(addresses, known, settings, rpc))

    found = deploy(
        chosen.rpc,
        account,
        settings,
        known=known,
        headers=_headers(chosen),
        tell=_tell,
        keep=keep,
    )
    # A chain begun anew gives the same addresses again, so they do not tell what was done.
    if not changed:
        _tell("already deployed: nothing was changed")
    elif chosen.parameters is not None:
        _tell(f"done: the addresses are in {chosen.parameters}")
    if chosen.community is not None:
        utility = settings.auction.utility if settings.auction is not None else None
        write_community(chosen, rpc.chain_id, utility, _tell)
    for name, address in found.items():
        print(f"{name} {address}")


def _auction(chosen: argparse.Namespace, account: Account) -> AuctionSettings:
    if chosen.feed_in is None or chosen.retail is None:
        raise ValueError("--auction needs its first tariff: --feed-in and --retail")
    try:
        tariff = ladder(chosen.feed_in, chosen.retail)
    except ValueError as error:
        told = format_tokens(chosen.retail)
        raise ValueError(f"--retail {told} must be {error}") from error
    sentence = rounding(tariff, chosen.retail)
    if sentence is not None:
        _tell(f"--retail {sentence}")
    return AuctionSettings(
        utility=chosen.utility or account.account,
        tariff=tariff,
        unit_milliwh=chosen.unit,
        least_units=chosen.least,
        gate_lead_s=chosen.gate_lead,
        margin_percent=chosen.margin,
        reading_deadline_s=chosen.reading_deadline,
        block_s=chosen.block_time,
        most_retail_per_kwh=chosen.most_retail,
        one_key=chosen.one_key,
    )


def _pool(chosen: argparse.Namespace) -> PoolSettings:
    return PoolSettings(
        oracle=chosen.oracle,
        stale_after_s=chosen.stale_after,
        record_deadline_s=chosen.record_deadline,
        penalty_percent=chosen.penalty,
        least_milliwh=chosen.least_commitment,
        horizon=chosen.horizon,
        price_horizon=chosen.price_horizon,
        ring=chosen.pool_ring,
    )


def _mint(chosen: argparse.Namespace, rpc: Rpc, account: Account) -> None:
    token, told = _address(chosen, "token"), f"{format_tokens(chosen.amount)} tokens"
    if not chosen.yes and sys.stdin.isatty():
        print(f"mint {told} for {chosen.to}", file=sys.stderr)
        if not agreed("Tokens that are created cannot be taken back. Go on?"):
            _tell("nothing was sent")
            return
    mint(Transactor(rpc, account, _tell), token, chosen.to, chosen.amount)
    _tell(f"done: {told} for {chosen.to}")


def _install_meter(chosen: argparse.Namespace, rpc: Rpc, account: Account) -> None:
    meter_id = install_meter(
        Transactor(rpc, account, _tell),
        rpc,
        _address(chosen, "registry"),
        owner=chosen.owner,
        reporter=chosen.reporter or chosen.owner,
        kind=chosen.kind,
        max_power_w=chosen.max_power,
    )
    _tell(f"done: meter {meter_id} of {chosen.owner}")
    print(f"meter {meter_id}")


def _post_price(chosen: argparse.Namespace, rpc: Rpc, account: Account) -> None:
    registry = _address(chosen, "registry")
    command_price(chosen, rpc, Transactor(rpc, account, _tell), registry, _tell)


def _change_role(chosen: argparse.Namespace, rpc: Rpc, account: Account) -> None:
    change_role(chosen, rpc, Transactor(rpc, account, _tell), _all(chosen), _tell)


def _change_reporter(chosen: argparse.Namespace, rpc: Rpc, account: Account) -> None:
    registry = _address(chosen, "registry")
    change_reporter(chosen, rpc, Transactor(rpc, account, _tell), registry, _tell)


_COMMANDS = {
    "grant": _change_role,
    "revoke": _change_role,
    "reporter": _change_reporter,
    "deploy": _deploy,
    "mint": _mint,
    "install-meter": _install_meter,
    "post-price": _post_price,
}


def _known(chosen: argparse.Namespace) -> Addresses:
    if chosen.parameters is None:
        return {}
    values = read_values(chosen.parameters, _SECTION, tuple(CONTRACTS.values()))
    named = {key: values[at] for key, at in CONTRACTS.items()}
    return {key: checksum_address(address) for key, address in named.items() if address}


def _all(chosen: argparse.Namespace) -> Addresses:
    """Give every contract's address by name: the option's, else the file's."""
    named = {known.key: getattr(chosen, known.key, None) for known in ADDRESSED}
    known = _known(chosen)
    return {**known, **{name: str(address) for name, address in named.items() if address}}


def _address(chosen: argparse.Namespace, name: str) -> str:
    given = _all(chosen).get(name)
    if given is None:
        raise ValueError(f"no {name}: give --{name}, or --parameters of a deployed community")
    return given


def _written(
    addresses: Addresses, known: Addresses, settings: DeploySettings, rpc: Rpc
) -> dict[str, str]:
    """Say what goes into the parameters file; quoted, or YAML reads an address as a number."""
    values: dict[str, str] = {}
    for contract in ADDRESSED:
        address = addresses.get(contract.key)
        if address in (None, known.get(contract.key)):
            continue
        values[CONTRACTS[contract.key]] = f"'{address}'"
        values |= {name: str(getattr(settings, name)) for name in contract.repeated}
    if values and rpc.chain_id is not None:
        # With it no endpoint's word can lead the homes to another chain.
        values["chain_id"] = str(rpc.chain_id)
    return values


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
