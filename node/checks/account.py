"""What a check says of a role's account: whether it opens, and else what mends just that cause."""

import shlex
import stat
from pathlib import Path

from node.account.roles import RoleFiles, role_files
from node.core.errors import NodeError
from node.keys.account import Account, OtherAccount, WrongPassword
from node.parameters.scheme import Parameters
from node.system.report import Finding, line
from node.system.words import is_installed, own_command, told


def open_account(parameters: Parameters, role: str, path: Path) -> tuple[Account | None, Finding]:
    """Open a role's account, or say why not and what to do; `path` is the parameters file."""
    files = role_files(parameters, role)
    try:
        account = files.open()
    except NodeError as error:
        return None, line("account", told(error), _remedy(files, error, path))
    return account, line("account", f"{account.account} opens")


def _remedy(files: RoleFiles, error: NodeError, path: Path) -> str:
    keystore, password = shlex.quote(str(files.keystore)), files.password_file
    if isinstance(error, WrongPassword):
        return f"they are no pair: bring {keystore} and its password back from one backup"
    if isinstance(error, OtherAccount):
        return f"set {files.role}.address to the account that it holds, or bring the other back"
    # The password is read first, so a keystore may be whole where only that is missing.
    if password is not None and str(error).startswith(f"{password}: "):
        return _password_remedy(files, password, path)
    if _is_absent(files.keystore):
        return _new_account(files, path)
    if password is None and str(error).startswith("no password"):
        return _name_a_password(files, path)
    if files.keystore.is_dir():
        return f"set {files.role}.address to the account of one of its files"
    if _is_closed(files.keystore):
        return f"check as the user whose file {keystore} is"
    return f"bring {keystore} back from a backup"


def _password_remedy(files: RoleFiles, password: Path, path: Path) -> str:
    place = shlex.quote(str(password))
    if _is_absent(password):
        if _is_absent(files.keystore):
            return _new_account(files, path)
        return f"bring {place} back from the backup that {files.keystore} is of"
    if _is_open_to_others(password):
        return f"chmod 600 {place}"
    if _is_closed(password):
        return f"check as the user whose file {place} is"
    return f"write the password of {files.keystore} into {place}, as its first line"


def _new_account(files: RoleFiles, path: Path) -> str:
    if is_installed():
        return f"sudo ./install.sh --{files.role} makes one, sudo peerwatt restore FILE an old one"
    if files.password_file is None and files.password is None:
        return _name_a_password(files, path)
    words = "account new" if files.role == "node" else f"{files.role} account new"
    return own_command(words, path)


def _name_a_password(files: RoleFiles, path: Path) -> str:
    if is_installed():
        return f"sudo ./install.sh --{files.role} gives it its password"
    place = files.state_directory / "password"
    return f"set {files.role}.password_file in {path}, as {place}, and check again"


def _is_absent(path: Path) -> bool:
    try:
        return not path.exists()
    except OSError:
        return False


def _is_closed(path: Path) -> bool:
    try:
        with path.open("rb"):
            return False
    except OSError as error:
        return isinstance(error, PermissionError)


def _is_open_to_others(path: Path) -> bool:
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
    except OSError:
        return False
