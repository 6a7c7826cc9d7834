"""Empty an account: what the auction holds for it, its tokens, and what is left of the coin.

Meant for a node that is given up or moves to another key. The key stays valid: what comes in later
can be swept again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from node.core.errors import Refused
from node.core.records import ChainView
from node.core.units import format_tokens
from node.keys.account import Account
from node.keys.keccak import checksum_address
from node.ledger.chain.asking import asked_now
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.auction import AuctionContract
from node.ledger.contracts.community import Contracts
from node.ledger.once import ViewOnce
from node.ledger.operator.deploy import connect
from node.ledger.operator.transact import Transactor
from node.ledger.settings import LedgerSettings

_WEI = 10**18


@dataclass(frozen=True, slots=True, kw_only=True)
class Wealth:
    """Hold what an account has: tokens and the auction's parts in base units, coin in wei."""

    tokens: int
    in_auction: int
    owed: int
    coin_wei: int
    open_orders: tuple[int, ...]


def wealth_of(account: str, settings: LedgerSettings) -> Wealth:
    """Look at the newest block.

    Raises:
        ChainUnavailable: no endpoint answered.
    """
    view: ChainView = ViewOnce(settings).home(account)
    rpc = connect(settings.rpc_urls[0], settings.headers)
    in_auction = owed = 0
    if auction := Contracts(settings).auction:
        in_auction = asked_now(rpc, auction.balance_of(account))
        owed = asked_now(rpc, auction.owed_to(account))
    return Wealth(
        tokens=view.tokens,
        in_auction=in_auction,
        owed=owed,
        coin_wei=view.gas_balance_wei,
        open_orders=tuple(order.number for order in view.orders),
    )


def lines_of(wealth: Wealth, to: str) -> list[str]:
    """Tell what a sweep will send."""
    told = [f"tokens   {format_tokens(wealth.tokens)}"]
    if wealth.in_auction or wealth.owed:
        told.append(
            f"auction  {format_tokens(wealth.in_auction)}, owed {format_tokens(wealth.owed)}"
        )
    told.append(f"coin     {wealth.coin_wei / _WEI:.6f}, less the fees")
    told.append(f"to       {to}")
    return told


def sweep(account: Account, settings: LedgerSettings, to: str, tell: Callable[[str], None]) -> None:
    """Send everything; each transaction after the one before is in a block.

    Raises:
        Refused: the chain or a contract said no.
        ChainUnavailable: no endpoint answered; run it again, what was sent is not sent twice.
    """
    to = checksum_address(to)
    if to == account.account:
        raise Refused("SameAccount", f"{to} is the account itself")
    rpc = connect(settings.rpc_urls[0], settings.headers)
    transactor = Transactor(rpc, account, tell)
    contracts = Contracts(settings)
    if contracts.auction is not None:
        _withdraw(contracts.auction, transactor, rpc, tell)
    token = contracts.token
    tokens = asked_now(rpc, token.balance_of(account.account))
    if tokens:
        transactor.send("transfer", token.address, token.transfer(to, tokens))
        tell(f"done: {format_tokens(tokens)} tokens sent")
    coin_wei = transactor.send_rest("coin", to)
    tell(f"done: {coin_wei / _WEI:.6f} of the coin sent")


def _withdraw(
    auction: AuctionContract, transactor: Transactor, rpc: Rpc, tell: Callable[[str], None]
) -> None:
    me = transactor.account
    if asked_now(rpc, auction.owed_to(me)):
        transactor.send("collect", auction.address, auction.collect_owed())
    amount = asked_now(rpc, auction.balance_of(me))
    if amount:
        transactor.send("withdraw", auction.address, auction.withdraw(amount))
        tell(f"done: {format_tokens(amount)} tokens withdrawn from the auction")
