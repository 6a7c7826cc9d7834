"""Found the village's community: accounts, contracts, meters, tokens and gas."""

import http.client
from collections.abc import Callable
from dataclasses import dataclass

from node.core.units import TOKEN
from node.keys.account import Account, create_account, new_account, new_password, write_private
from node.ledger.operator.auction_settings import AuctionSettings
from node.ledger.operator.deploy import DeploySettings, connect, deploy, install_meter, mint
from node.ledger.operator.transact import Transactor
from village.chain import call
from village.households import Addresses, Places
from village.old_token import deploy_old_token
from village.plant.street import Role, Street

INTERVAL_S = 3600
TOKENS_PER_HOME = 100 * TOKEN
TOKENS_OF_UTILITY = 1_000 * TOKEN
MOST_POWER_W = 50
"""Ten times what a played home draws: the registry refuses what no meter could have seen."""
KINDS = {Role.CONSUMER: "consumer", Role.PRODUCER: "solar", Role.PROSUMER: "solar"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """Hold what was founded: accounts and meter ids by name, and the contracts."""

    accounts: dict[str, str]
    meters: dict[str, int]
    addresses: Addresses


def open_accounts(places: Places, street: Street) -> dict[str, str]:
    """Make each home's account and password file; give the addresses by name."""
    accounts = {}
    for home in street.homes:
        folder = places.home(home.name)
        folder.mkdir(parents=True)
        password = new_password()
        write_private(folder / "password", password + "\n")
        accounts[home.name] = create_account(folder / "keystore.json", password).account
    return accounts


def found(
    places: Places,
    street: Street,
    accounts: dict[str, str],
    tell: Callable[[str], None],
    interval_s: int = INTERVAL_S,
    auction: AuctionSettings | None = None,
) -> Community:
    """Deploy the contracts and equip every home, through the same code as the operator's.

    With an auction the utility has tokens and gas as well.
    """
    operator = new_account()
    chain = http.client.HTTPConnection("127.0.0.1", places.chain_port, timeout=10)
    utilities = (auction.utility,) if auction is not None else ()
    for address in (operator.account, *accounts.values(), *utilities):
        call(chain, places.chain.program.gives_coin, address, hex(places.chain.coin_wei))
    chain.close()
    settings = DeploySettings(interval_s=interval_s, auction=auction)
    transactor = Transactor(connect(places.rpc), operator, tell)
    known = {"token": deploy_old_token(transactor)} if places.chain.has_old_token else {}
    addresses = deploy(places.rpc, operator, settings, known=known, tell=tell)
    meters = _equip(places, street, accounts, operator, addresses, tell)
    for utility in utilities:
        mint(transactor, addresses["token"], utility, TOKENS_OF_UTILITY)
    return Community(accounts=accounts, meters=meters, addresses=addresses)


def _equip(
    places: Places,
    street: Street,
    accounts: dict[str, str],
    operator: Account,
    addresses: Addresses,
    tell: Callable[[str], None],
) -> dict[str, int]:
    rpc = connect(places.rpc)
    transactor = Transactor(rpc, operator, tell)
    meters = {}
    for home in street.homes:
        own = accounts[home.name]
        if home.role is not Role.PRODUCER:
            mint(transactor, addresses["token"], own, TOKENS_PER_HOME)
        meters[home.name] = install_meter(
            transactor,
            rpc,
            addresses["registry"],
            owner=own,
            reporter=own,
            kind=KINDS[home.role],
            max_power_w=MOST_POWER_W,
        )
    tell(f"{len(street.homes)} homes have accounts, meters and gas")
    return meters
