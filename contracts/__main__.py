"""Read the operator's arguments: deploy, mint, install-meter, post-price. Does nothing else."""

import argparse
import os
import sys
from pathlib import Path

from node.core.errors import ConfigError, NodeError
from node.core.tariff import Tariff, ladder
from node.core.units import tokens_from_decimal
from node.filelock import FileLock
from node.ledger.deploy import (
    Addresses,
    AuctionSettings,
    DeploySettings,
    connect,
    deploy,
    install_meter,
    mint,
    post_price,
    refuse_development_chain,
)
from node.ledger.keccak import checksum_address
from node.ledger.keys import Account, open_account, read_password
from node.ledger.parameters_file import read_values, write_values
from node.ledger.registry import METER_KINDS
from node.ledger.rpc import Rpc
from node.ledger.transact import Transactor
from node.parameters import load

_SECTION = "contract"
_DEFAULTS = DeploySettings()
_AUCTION = AuctionSettings(utility="", tariff=Tariff(feed_in_per_kwh=0, tick_size_per_kwh=1))
"""For its defaults alone."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 is done or already done, 1 refused."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        _complete(chosen, parser)
    except ConfigError as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    lock = FileLock(chosen.keystore)
    try:
        rpc = connect(chosen.rpc)
        refuse_development_chain(rpc, allowed=chosen.allow_development_chain)
        account = open_account(chosen.keystore, read_password(chosen.password_file, os.environ))
        lock.acquire(create=False)
        _COMMANDS[chosen.command](chosen, rpc, account)
    except (NodeError, OSError, ValueError) as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    finally:
        lock.release()
    return 0


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
        if utility is not None:
            chosen.keystore = chosen.keystore or utility.keystore
            chosen.password_file = chosen.password_file or utility.password_file
    for name, key in (("rpc", "contract.node"), ("keystore", "utility.keystore")):
        if getattr(chosen, name) is None:
            parser.error(f"give --{name}, or --parameters of a file with {key}")


def _deploy(chosen: argparse.Namespace, rpc: Rpc, account: Account) -> None:
    settings = DeploySettings(
        interval_s=chosen.interval,
        ring=chosen.ring,
        grace_s=chosen.grace,
        name=chosen.name,
        symbol=chosen.symbol,
        auction=_auction(chosen, account) if chosen.auction else None,
    )
    known = _known(chosen)

    def keep(addresses: Addresses) -> None:
        if chosen.parameters is not None:
            write_values(chosen.parameters, _SECTION, _written(addresses, known, settings))

    found = deploy(chosen.rpc, account, settings, known=known, tell=_tell, keep=keep)
    if found == known:
        _tell("already deployed: nothing was changed")
    elif chosen.parameters is not None:
        _tell(f"done: the addresses are in {chosen.parameters}")
    for name in ("token", "registry", "sale", "auction", "lens"):
        if getattr(found, name) is not None:
            print(f"{name} {getattr(found, name)}")


def _auction(chosen: argparse.Namespace, account: Account) -> AuctionSettings:
    if chosen.feed_in is None or chosen.retail is None:
        raise ValueError("--auction needs its first tariff: --feed-in and --retail")
    try:
        tariff = ladder(tokens_from_decimal(chosen.feed_in), tokens_from_decimal(chosen.retail))
    except ValueError as error:
        raise ValueError(f"--retail {chosen.retail} must be {error}") from error
    return AuctionSettings(
        utility=checksum_address(chosen.utility or account.account),
        tariff=tariff,
        unit_milliwh=chosen.unit,
        least_units=chosen.least,
        gate_lead_s=chosen.gate_lead,
        margin_percent=chosen.margin,
        reading_deadline_s=chosen.reading_deadline,
        block_s=chosen.block_time,
        most_retail_per_kwh=_money_or_none(chosen.most_retail),
        one_key=chosen.one_key,
    )


def _money_or_none(text: str | None) -> int | None:
    return None if text is None else tokens_from_decimal(text)


def _mint(chosen: argparse.Namespace, rpc: Rpc, account: Account) -> None:
    amount = tokens_from_decimal(chosen.amount)
    mint(Transactor(rpc, account, _tell), _address(chosen, "token"), chosen.to, amount)
    _tell(f"done: {chosen.amount} tokens for {chosen.to}")


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
    price = tokens_from_decimal(chosen.price)
    post_price(Transactor(rpc, account, _tell), _address(chosen, "registry"), price)
    _tell(f"done: the price in use is {chosen.price} per kWh")


_COMMANDS = {
    "deploy": _deploy,
    "mint": _mint,
    "install-meter": _install_meter,
    "post-price": _post_price,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m contracts", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    new = commands.add_parser("deploy", help="deploy the contracts that do not stand yet")
    _add_common(new)
    new.add_argument(
        "--interval", type=int, default=_DEFAULTS.interval_s, help="seconds (default: %(default)s)"
    )
    new.add_argument(
        "--ring",
        type=int,
        default=_DEFAULTS.ring,
        help="readable boundaries per meter, a power of two (default: %(default)s)",
    )
    new.add_argument(
        "--grace",
        type=int,
        default=_DEFAULTS.grace_s,
        help="seconds from an order's end to its refund (default: %(default)s)",
    )
    new.add_argument("--name", default=_DEFAULTS.name, help="the token's (default: %(default)s)")
    new.add_argument(
        "--symbol", default=_DEFAULTS.symbol, help="the token's (default: %(default)s)"
    )
    _add_auction(new)

    _add_errands(commands)
    return parser


def _add_auction(new: argparse.ArgumentParser) -> None:
    new.add_argument("--auction", action="store_true", help="deploy the interval auction as well")
    new.add_argument("--utility", help="account that holds its roles, not the operator's")
    new.add_argument(
        "--one-key",
        action="store_true",
        help="let the operator, who installs the meters, be the utility too",
    )
    new.add_argument("--feed-in", help="decimal tokens per kWh that the grid pays at first")
    new.add_argument("--retail", help="what it asks: feed-in and 63 equal ticks")
    new.add_argument(
        "--most-retail", help="what no later tariff is above (default: ten times --retail)"
    )
    new.add_argument(
        "--block-time", type=int, help="seconds from a block to the next (default: measured)"
    )
    for option, default, what in (
        ("--unit", _AUCTION.unit_milliwh, "milliwatt-hours of an order's unit"),
        ("--least", _AUCTION.least_units, "least units of an order"),
        ("--gate-lead", _AUCTION.gate_lead_s, "seconds from the gate to the delivery"),
        ("--margin", _AUCTION.margin_percent, "per cent that a buyer deposits beyond retail"),
        ("--reading-deadline", _AUCTION.reading_deadline_s, "seconds after which silence counts"),
    ):
        new.add_argument(option, type=int, default=default, help=f"{what} (default: %(default)s)")


def _add_errands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    money = commands.add_parser("mint", help="create tokens for an account")
    _add_common(money)
    money.add_argument("--to", required=True, help="address that receives them")
    money.add_argument("--amount", required=True, help="decimal tokens, as in 12.5")
    money.add_argument("--token", help="address (default: from the parameters file)")

    meter = commands.add_parser("install-meter", help="register a home's meter")
    _add_common(meter)
    meter.add_argument("--owner", required=True, help="the home's account")
    meter.add_argument("--reporter", help="key that reports (default: the owner's)")
    meter.add_argument("--kind", choices=METER_KINDS, required=True, help="what the home may sell")
    meter.add_argument(
        "--max-power", type=int, required=True, help="W: the inverter's or the main fuse's"
    )
    meter.add_argument("--registry", help="address (default: from the parameters file)")

    price = commands.add_parser("post-price", help="post the price in use")
    _add_common(price)
    price.add_argument("--price", required=True, help="decimal tokens per kWh, as in 0.18")
    price.add_argument("--registry", help="address (default: from the parameters file)")


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rpc", help="URL of the chain's RPC endpoint (default: contract.node of --parameters)"
    )
    parser.add_argument(
        "--keystore",
        type=Path,
        help="the operator's encrypted key, v3 (default: utility.keystore of --parameters)",
    )
    parser.add_argument(
        "--password-file",
        type=Path,
        help="file of mode 0600 with its password (default: systemd's credential, else"
        " utility.password_file of --parameters)",
    )
    parser.add_argument(
        "--parameters", type=Path, help="parameters file that has, or gets, the addresses"
    )
    parser.add_argument(
        "--allow-development-chain",
        action="store_true",
        help="go on with anvil, hardhat and their like, which forget",
    )


def _known(chosen: argparse.Namespace) -> Addresses:
    if chosen.parameters is None:
        return Addresses()
    values = read_values(chosen.parameters, _SECTION, ("token", "registry", "address", "auction"))
    token, registry, sale, auction = (
        value and checksum_address(value)
        for value in (values["token"], values["registry"], values["address"], values["auction"])
    )
    return Addresses(token=token, registry=registry, sale=sale, auction=auction)


def _address(chosen: argparse.Namespace, name: str) -> str:
    given = getattr(chosen, name) or getattr(_known(chosen), name)
    if given is None:
        raise ValueError(f"no {name}: give --{name}, or --parameters of a deployed community")
    return str(given)


def _written(addresses: Addresses, known: Addresses, settings: DeploySettings) -> dict[str, str]:
    """Say what goes into the parameters file; quoted, or YAML reads an address as a number."""
    values: dict[str, str] = {}
    if addresses.token not in (None, known.token):
        values["token"] = f"'{addresses.token}'"
    if addresses.sale not in (None, known.sale):
        values["address"] = f"'{addresses.sale}'"
        values["grace_s"] = str(settings.grace_s)
    if addresses.registry not in (None, known.registry):
        values["registry"] = f"'{addresses.registry}'"
        values["interval_s"] = str(settings.interval_s)
    if addresses.auction not in (None, known.auction):
        values["auction"] = f"'{addresses.auction}'"
    return values


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
