"""The commands that guard an account: `backup`, `restore` and `sweep`, with what they ask first."""

import getpass
import os
import sys
import time
from pathlib import Path

from node import asking
from node.backup import back_up, read_backup
from node.core.errors import Refused
from node.filelock import FileLock
from node.parameters import Parameters, spelling
from node.restore import restore
from node.roles import role_files
from node.settings import ledger_settings


def backup_to(parameters_file: Path, role: str, file: Path, passphrase_file: Path | None) -> int:
    """Write a sealed file, and say what to do with it."""
    if file.exists():
        raise Refused("Exists", f"{file}: exists already and is left as it is")
    kept = back_up(parameters_file, role, file, _passphrase(passphrase_file, twice=True))
    journal = "journal" if kept.journal is not None else "no journal yet"
    print(f"done: {file} holds the account {kept.address}, {journal} and the parameters")
    print("keep it away from this machine, and its passphrase away from it")
    return 0


def restore_from(
    parameters_file: Path, file: Path, passphrase_file: Path | None, *, overwrite: bool
) -> int:
    """Put a sealed file back."""
    kept = read_backup(file, _passphrase(passphrase_file, twice=False))
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(kept.made_s))
    print(f"{file} is of {kept.role}'s account {kept.address}, made {made}")
    restore(kept, parameters_file, os.environ, print, overwrite=overwrite)
    print("never run it on two machines at once; the first sending waits for what may be under way")
    return 0


def sweep_to(
    parameters: Parameters, role: str, to: str, *, agreed: bool, despite_orders: bool
) -> int:
    """Send everything of an account away, after telling what and asking."""
    from node.ledger.sweep import lines_of, sweep, wealth_of

    to = _destination(to, parameters)
    files = role_files(parameters, role)
    settings = ledger_settings(parameters, read_only=False)
    if settings is None:
        raise Refused("NoChain", "the parameters name no chain, or not all its contracts")
    account = files.open()
    lock = FileLock(files.keystore)
    lock.acquire(create=False)
    try:
        wealth = wealth_of(account.account, settings)
        if wealth.open_orders and not despite_orders:
            numbers = ", ".join(map(str, wealth.open_orders))
            raise Refused(
                "OpenOrders",
                f"orders {numbers} are open: what they return comes back to this account"
                " (--despite-orders goes on)",
            )
        print(f"from     {account.account}")
        for line in lines_of(wealth, to):
            print(line)
        if not agreed and not asking.agreed("Send all of it?"):
            print("nothing was sent")
            return 1
        sweep(account, settings, to, print)
    finally:
        lock.release()
    return 0


def _destination(text: str, parameters: Parameters) -> str:
    """Read where all goes; what a contract of the community is sent stays there for ever."""
    try:
        to = spelling.address(text)
    except ValueError as error:
        why = str(error) or "0x and 40 hexadecimal digits"
        raise Refused("NoAddress", f"{spelling.visible(text)} is no address: {why}") from None
    contract = parameters.contract
    for name in ("token", "address", "registry", "auction"):
        if getattr(contract, name) == to:
            raise Refused("NoAccount", f"{to} is contract.{name}: it would keep all for ever")
    return to


def _passphrase(file: Path | None, *, twice: bool) -> str:
    if file is not None:
        lines = file.read_text(encoding="utf-8").splitlines()
        return lines[0] if lines else ""
    if not sys.stdin.isatty():
        raise Refused("NotAsked", "nobody is here to be asked: --passphrase-file names one")
    given = getpass.getpass("Passphrase of the backup: ")
    if twice and getpass.getpass("Once more: ") != given:
        raise Refused("TwoPassphrases", "the two are not the same")
    return given
