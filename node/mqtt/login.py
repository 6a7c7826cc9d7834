"""Find what a program says to the broker to be let in: its user, and the password of a file.

A host's parameters name one user and one password file. A file beside that one whose name ends in
the program's, as `mqtt.password.relay`, is that program's alone: several on one host then know
nothing of one another, though all read the same parameters.
"""

from dataclasses import dataclass, field
from pathlib import Path

from node.system.foreign_text import lines_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Hold a user and its password; None = none."""

    user: str | None
    password: str | None = field(repr=False)


def broker_login(program: str, user: str | None, password_file: Path | None) -> Login:
    """Give what `program` (node, relay or utility) is let in with.

    A file's first line is the password. The second one of a program's own file, where it has one,
    is its user, instead of the one that is given.

    Raises:
        OSError: a file cannot be read, or is no text.
    """
    if password_file is None:
        return Login(user=user, password=None)
    own = password_file.with_name(f"{password_file.name}.{program}")
    if not own.exists():
        return Login(user=user, password=lines_of(password_file)[0])
    password, *rest = lines_of(own)
    return Login(user=next((line for line in rest if line), user), password=password)
