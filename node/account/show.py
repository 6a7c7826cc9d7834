"""Make a node's account, and show what it has: the logic of `python -m node account`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from node.core.errors import Refused
from node.core.units import format_tokens, format_wh
from node.keys.account import (
    Account,
    OtherAccount,
    create_account,
    new_password,
    open_account,
    read_password,
    write_private,
)
from node.ledger.settings import LedgerSettings
from node.system.words import local_time


def new_account(
    keystore: Path,
    password_file: Path | None,
    environment: Mapping[str, str],
    tell: Callable[[str], None],
) -> str:
    """Make the keystore and, if there is no password yet, a password file; return the address.

    A second run changes nothing and says so.

    Raises:
        KeyRefused: a file cannot be read or written, or the password does not open the keystore.
    """
    if keystore.exists():
        account = open_account(keystore, read_password(password_file, environment))
        tell(f"already: {keystore} holds {account.account}")
        return account.account
    if password_file is not None and not password_file.exists():
        write_private(password_file, new_password() + "\n")
        tell(f"done: a new password is in {password_file} (mode 0600)")
    account = create_account(keystore, read_password(password_file, environment))
    tell(f"done: {keystore} holds the new account {account.account} (mode 0600)")
    tell("keep a copy of both files: without them its money is lost")
    return account.account


def open_node_account(
    keystore: Path,
    password_file: Path | None,
    environment: Mapping[str, str],
    password: str | None = None,
    expected: str | None = None,
) -> Account:
    """Open the account that a node signs with.

    `password` is the ancestor's password in the parameters, if there is one; `expected` the
    address that the parameters name, if they do.

    Raises:
        KeyRefused: there is no key, no password, or the key is another account's.
    """
    if password is None:
        password = read_password(password_file, environment)
    account = open_account(keystore, password)
    if expected is not None and account.account.lower() != expected.lower():
        raise OtherAccount(f"{keystore}: holds {account.account}, not {expected}")
    return account


def show_account(account: str, settings: LedgerSettings, tell: Callable[[str], None]) -> None:
    """Tell an account's address, tokens, gas and open orders at the newest block.

    Raises:
        ChainUnavailable: no endpoint answered.
    """
    # Here, because eth_abi takes seconds to load and `new_account` does not need it.
    from node.ledger.once import ViewOnce

    view = ViewOnce(settings).home(account)
    tell(f"account  {account}")
    tell(f"block    {view.block.number}")
    tell(f"tokens   {format_tokens(view.tokens)}")
    tell(f"gas      {view.gas_balance_wei / 10**18:.6f} (native), at {view.gas_price_wei} wei")
    if not view.orders:
        tell("orders   none open")
    for order in view.orders:
        side, other = (
            ("buys from", order.seller) if order.buyer == account else ("sells to", order.buyer)
        )
        tell(
            f"order    {order.number}: {side} {other}, {format_wh(order.drawn_milliwh)} of "
            f"{format_wh(order.energy_milliwh)} redeemed, at "
            f"{format_tokens(order.price_per_kwh)} per kWh, until {local_time(order.expires_s)}"
        )


def require_code(settings: LedgerSettings) -> None:
    """Check that the contracts stand where the parameters say, for `check`.

    Raises:
        Refused: there is no contract at an address, or one of the old kind (`OldContract`).
        ChainUnavailable: no endpoint answered, or it serves another chain.
    """
    from node.ledger.chain.rpc import rpc_of
    from node.ledger.contracts.old import OLD_CONTRACT, is_of_old_kind

    rpc = rpc_of(settings)
    for name, address in settings.contracts.items():
        code = str(rpc.call("eth_getCode", address, "latest"))
        if code in ("0x", "0x0"):
            raise Refused("NoContract", f"there is no contract at the {name}'s address {address}")
        if is_of_old_kind(name, code):
            raise Refused(
                OLD_CONTRACT,
                f"the {name} at {address} is of the old kind, where strangers order for homes",
            )
