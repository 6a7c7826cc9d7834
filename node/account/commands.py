"""The commands that guard an account: `backup`, `restore`, `sweep`, `allow`, and what they ask."""

import getpass
import os
import sys
import time
from pathlib import Path

from node.account.backup import back_up, read_backup, write_new
from node.account.restore import restore
from node.account.roles import role_files
from node.core.errors import Refused
from node.ledger.settings import LedgerSettings
from node.parameters import spelling
from node.parameters.scheme import CONTRACTS, Parameters
from node.settings import ledger_settings
from node.system import terminal
from node.system.foreign_text import lines_of
from node.system.lock import FileLock
from node.system.terminal import hand_on

HANDED_ON = "-"
"""Instead of a file's name: whoever asks writes it where it is to be."""


def backup_to(parameters_file: Path, role: str, file: Path, passphrase_file: Path | None) -> int:
    """Write a sealed file, to the standard output if it is `-`, and say what to do with it."""
    handed_on = str(file) == HANDED_ON
    if not handed_on and os.path.lexists(file):
        raise Refused("Exists", f"{file}: exists already and is left as it is")
    passphrase = _passphrase(passphrase_file, twice=True)
    if not passphrase.strip():
        raise Refused("NoPassphrase", "a passphrase of nothing, or of blanks, keeps nobody out")
    kept, sealed = back_up(parameters_file, role, passphrase)
    if handed_on:
        hand_on(sealed)
    else:
        write_new(file, sealed)
    journal = "journal" if kept.journal is not None else "no journal yet"
    history = "history" if kept.history is not None else "no history"
    what = "it" if handed_on else str(file)
    _tell(
        f"done: {what} holds the account {kept.address}, {journal}, {history} and parameters",
        handed_on,
    )
    _tell("keep it away from this machine, and its passphrase away from it", handed_on)
    return 0


def restore_from(
    parameters_file: Path, role: str | None, file: Path, passphrase_file: Path | None, *,
    overwrite: bool, parameters_out: bool,
) -> int:  # fmt: skip
    """Put a sealed file back; with `parameters_out` the parameters go to the standard output.

    Behind them, each after a byte 0, go the name and the text of the file that they include.
    """
    kept = read_backup(file, _passphrase(passphrase_file, twice=False))
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(kept.made_s))
    _tell(f"it is of {kept.role}'s account {kept.address}, made {made}", parameters_out)
    if role is not None and role != kept.role:
        raise Refused("OtherRole", f"it is a backup of the role {kept.role}: --role {kept.role}")
    restore(
        kept,
        parameters_file,
        os.environ,
        lambda sentence: _tell(sentence, parameters_out),
        overwrite=overwrite,
        keep_parameters=not parameters_out,
    )
    if parameters_out:
        texts = (kept.parameters, kept.included_name, kept.included)
        hand_on("\0".join(text for text in texts if text is not None).encode("utf-8"))
    _tell(
        "never run it on two machines at once; the first sending waits for what may be under way",
        parameters_out,
    )
    return 0


def sweep_to(
    parameters: Parameters, role: str, to: str, *, agreed: bool, despite_orders: bool
) -> int:
    """Send everything of an account away, after telling what and asking."""
    from node.account.sweep import lines_of, sweep, wealth_of

    to = _destination(to, parameters)
    files, settings = role_files(parameters, role), _settings(parameters)
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
        if not agreed and not terminal.agreed("Send all of it?"):
            print("nothing was sent")
            return 1
        sweep(account, settings, to, print)
    finally:
        lock.release()
    return 0


def allow_sale(parameters: Parameters, amount: int) -> int:
    """Let the sale take so much of the home's tokens, while its node does not run."""
    from node.account.allow import allow

    files, settings = role_files(parameters, "node"), _settings(parameters)
    if amount and not settings.pays_by_allowance:
        raise Refused("NotNeeded", "contract.pays_by is call: the sale needs no allowance")
    account = files.open()
    lock = FileLock(files.keystore)
    lock.acquire(create=False)
    try:
        allow(account, settings, amount, print)
    finally:
        lock.release()
    return 0


def _settings(parameters: Parameters) -> LedgerSettings:
    settings = ledger_settings(parameters, read_only=False)
    if settings is None:
        raise Refused("NoChain", "the parameters name no chain, or not all its contracts")
    return settings


def _destination(text: str, parameters: Parameters) -> str:
    """Read where all goes; what a contract of the community is sent stays there for ever."""
    try:
        to = spelling.address(text)
    except ValueError as error:
        why = str(error) or "0x and 40 hexadecimal digits"
        raise Refused("NoAddress", f"{spelling.visible(text)} is no address: {why}") from None
    for name, address in parameters.contract.addresses.items():
        if address == to:
            told = f"{to} is contract.{CONTRACTS[name]}: it would keep all for ever"
            raise Refused("NoAccount", told)
    return to


def _tell(sentence: str, handed_on: bool) -> None:
    """Print a sentence where the standard output is not somebody else's."""
    print(sentence, file=sys.stderr if handed_on else sys.stdout)


def _passphrase(file: Path | None, *, twice: bool) -> str:
    if file is not None:
        return lines_of(file)[0]
    if not sys.stdin.isatty():
        raise Refused("NotAsked", "nobody is here to be asked: --passphrase-file names one")
    given = getpass.getpass("Passphrase of the backup: ")
    if twice and getpass.getpass("Once more: ") != given:
        raise Refused("TwoPassphrases", "the two are not the same")
    return given
