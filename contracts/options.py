"""The operator's options and their defaults; `arguments` understands what they say."""

import argparse
from pathlib import Path

from node.core.auction.tariff import Tariff
from node.ledger.contracts.community import ADDRESSED
from node.ledger.contracts.registry import METER_KINDS
from node.ledger.contracts.roles import ADMIN, ROLES
from node.ledger.operator.auction_settings import AuctionSettings
from node.ledger.operator.deploy import DeploySettings, PoolSettings
from node.system.version import add_version
from node.system.words import called

_DEFAULTS = DeploySettings()
_AUCTION = AuctionSettings(utility="", tariff=Tariff(feed_in_per_kwh=0, tick_size_per_kwh=1))
"""For its defaults alone."""
_POOL = PoolSettings()


def options() -> argparse.ArgumentParser:
    """Give the parser of `python -m contracts`."""
    parser = argparse.ArgumentParser(
        prog=called("contracts", "contracts"),
        description="Do the operator's work on the chain: put contracts up, give money, meters and"
        " roles, and look at them.",
    )
    add_version(parser)
    commands = parser.add_subparsers(dest="command", required=True)

    new = commands.add_parser("deploy", help="deploy the contracts that do not stand yet")
    _add_common(new)
    new.add_argument(
        "--interval", default=_DEFAULTS.interval_s, help="seconds (default: %(default)s)"
    )
    new.add_argument(
        "--ring",
        default=_DEFAULTS.ring,
        help="readable boundaries per meter, a power of two (default: %(default)s)",
    )
    new.add_argument(
        "--grace",
        default=_DEFAULTS.grace_s,
        help="seconds from an order's end to its refund (default: %(default)s)",
    )
    new.add_argument("--name", default=_DEFAULTS.name, help="the token's (default: %(default)s)")
    new.add_argument(
        "--symbol", default=_DEFAULTS.symbol, help="the token's (default: %(default)s)"
    )
    new.add_argument(
        "--community",
        type=Path,
        metavar="FILE",
        help="write what all homes say alike, for their files to include",
    )
    new.add_argument(
        "--endpoint",
        nargs="+",
        metavar="URL",
        help="in it: where homes reach the chain (default: contract.node of --parameters)",
    )
    new.add_argument("--worth", metavar="'0.30 EUR'", help="in it: what one token is worth")
    _add_auction(new)
    _add_pool(new)

    _add_errands(commands)
    _add_powers(commands)
    _add_looks(commands)
    return parser


def _add_auction(new: argparse.ArgumentParser) -> None:
    new.add_argument("--auction", action="store_true", help="deploy the interval auction as well")
    new.add_argument(
        "--utility",
        help="account that holds its roles, not the installer's (default: the operator's)",
    )
    new.add_argument(
        "--one-key",
        action="store_true",
        help="let the operator, who installs the meters, be the utility too",
    )
    new.add_argument("--feed-in", help="decimal tokens per kWh that the grid pays at first")
    new.add_argument("--retail", help="what it asks; rounded to feed-in and 63 ticks")
    new.add_argument(
        "--most-retail", help="what no later retail is above (default: ten times the first)"
    )
    new.add_argument("--block-time", help="seconds from a block to the next (default: measured)")
    for option, default, what in (
        ("--unit", _AUCTION.unit_milliwh, "milliwatt-hours of an order's unit"),
        ("--least", _AUCTION.least_units, "least units of an order"),
        ("--gate-lead", _AUCTION.gate_lead_s, "seconds from the gate to the delivery"),
        ("--margin", _AUCTION.margin_percent, "per cent that a buyer deposits beyond retail"),
        ("--reading-deadline", _AUCTION.reading_deadline_s, "seconds after which silence counts"),
    ):
        new.add_argument(option, default=default, help=f"{what} (default: %(default)s)")


def _add_pool(new: argparse.ArgumentParser) -> None:
    new.add_argument("--pool", action="store_true", help="deploy the commitment pool as well")
    new.add_argument(
        "--oracle",
        help="address of its prices, in Chainlink's shape (default: the registry's price in use)",
    )
    for option, default, what in (
        ("--stale-after", _POOL.stale_after_s, "seconds after which the oracle's price is stale"),
        ("--record-deadline", _POOL.record_deadline_s, "seconds after which silence is noted"),
        ("--penalty", _POOL.penalty_percent, "per cent of the price for what is missing"),
        ("--least-commitment", _POOL.least_milliwh, "milliwatt-hours of the least commitment"),
        ("--horizon", _POOL.horizon, "intervals ahead that can be committed"),
        ("--price-horizon", _POOL.price_horizon, "intervals ahead that prices are fixed"),
        ("--pool-ring", _POOL.ring, "intervals that the pool keeps, a power of two"),
    ):
        new.add_argument(option, default=default, help=f"{what} (default: %(default)s)")


def _add_errands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    money = commands.add_parser("mint", help="create tokens for an account")
    _add_common(money)
    money.add_argument("--to", required=True, help="address that receives them")
    money.add_argument("--amount", required=True, help="decimal tokens, as in 12.5")
    money.add_argument("--yes", action="store_true", help="do not ask, in a terminal either")
    money.add_argument("--token", help="address (default: from the parameters file)")

    meter = commands.add_parser("install-meter", help="register a home's meter")
    _add_common(meter)
    meter.add_argument("--owner", required=True, help="the home's account")
    meter.add_argument("--reporter", help="key that reports (default: the owner's)")
    meter.add_argument("--kind", choices=METER_KINDS, required=True, help="what the home may sell")
    meter.add_argument("--max-power", required=True, help="W: the inverter's or the main fuse's")
    meter.add_argument("--registry", help="address (default: from the parameters file)")

    _add_price(commands)


def _add_price(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    price = commands.add_parser(
        "post-price", help="post the price in use: one, or on a schedule what a source says"
    )
    _add_common(price)
    price.add_argument("--price", help="decimal tokens per kWh, as in 0.18")
    price.add_argument(
        "--source",
        help="a file, http://..., https://... or mqtt://HOST[:PORT]/TOPIC that says it; the command"
        " goes on until it is ended",
    )
    price.add_argument(
        "--pick", default="", help="JSON pointer to the price in it, as /price (default: all of it)"
    )
    price.add_argument("--time", help="JSON pointer to the price's own time in it")
    price.add_argument(
        "--factor", default="1", help="what it says, times this, is tokens per kWh (default: 1)"
    )
    price.add_argument("--least-price", help="decimal tokens per kWh; below it nothing is posted")
    price.add_argument("--most-price", help="decimal tokens per kWh; above it nothing is posted")
    for option, default, what in (
        ("--every", 300, "seconds from one look to the next"),
        ("--max-age", 3_600, "seconds; what is older is not posted"),
        ("--renew", 1_800, "seconds after which the same price is posted again"),
    ):
        price.add_argument(option, default=default, help=f"{what} (default: %(default)s)")
    price.add_argument("--once", action="store_true", help="look once; status 1 if nothing fits")
    price.add_argument("--registry", help="address (default: from the parameters file)")


def _add_powers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for verb, option, what in (
        ("grant", "--to", "give an account a role"),
        ("revoke", "--from", "take a role from an account"),
    ):
        power = commands.add_parser(verb, help=f"{what}; the plan is shown before it is sent")
        _add_common(power)
        power.add_argument("role", choices=tuple(ROLES), help="what it lets one do is in the plan")
        power.add_argument(option, dest="whom", required=True, help="the account")
        power.add_argument(
            "--of",
            dest="of_contract",
            choices=ROLES[ADMIN].contracts,
            help="for admin: the contract it is of",
        )
        power.add_argument(
            "--one-key",
            action="store_true",
            help="let one account install meters and be the utility",
        )
        for contract in ROLES[ADMIN].contracts:
            power.add_argument(f"--{contract}", help="address (default: from the parameters file)")
        _add_plan(power)

    reporter = commands.add_parser(
        "reporter", help="change who reports a meter; the plan is shown before it is sent"
    )
    _add_common(reporter)
    reporter.add_argument("--meter", required=True, help="the meter's id")
    whom = reporter.add_mutually_exclusive_group(required=True)
    whom.add_argument("--reporter", help="the account that is to report")
    whom.add_argument(
        "--take", action="store_true", help="take up what an installer proposed an interval ago"
    )
    reporter.add_argument("--registry", help="address (default: from the parameters file)")
    _add_plan(reporter)


def _add_plan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plan", action="store_true", help="show the plan, and send nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _add_looks(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    money = commands.add_parser(
        "balances", help="show what accounts have: tokens, at the auction, coin; needs no key"
    )
    _add_way(money)
    money.add_argument(
        "--of", nargs="+", metavar="ADDRESS", help="accounts (default: every meter's owner)"
    )
    code = commands.add_parser(
        "verify", help="hold the contracts against this version's, byte for byte; needs no key"
    )
    _add_way(code)
    for looks in (money, code):
        for known in ADDRESSED:
            looks.add_argument(f"--{known.key}", help="address (default: from the parameters file)")


def _add_way(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rpc", help="URL of the chain's RPC endpoint (default: contract.node of --parameters)"
    )
    parser.add_argument(
        "--parameters", type=Path, help="parameters file that has, or gets, the addresses"
    )


def _add_common(parser: argparse.ArgumentParser) -> None:
    _add_way(parser)
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
        "--allow-development-chain",
        action="store_true",
        help="go on with anvil, hardhat and their like, which forget",
    )
