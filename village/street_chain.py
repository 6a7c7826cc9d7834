"""Start a street's chain, as its kind is, and the door before it where it has one."""

import secrets

from node.keys.account import write_private
from village.door import Door
from village.households import Places


def chain_command(places: Places, start_s: int, chain_id: int) -> list[str]:
    """Give the command that starts the chain."""
    more = list(places.chain.options)
    if places.chain.way == "socket":
        more += ["--ipc", str(places.chain_socket)]
    command = places.chain.program.command
    return command(places.chain_port, start_s, chain_id, places.directory, more)


def open_door(places: Places) -> Door | None:
    """Open the door, and write what it asks for into the homes' file; None where there is none."""
    kind = places.chain
    if not kind.has_door:
        return None
    token = secrets.token_urlsafe() if kind.wants_token else None
    if token is not None:
        write_private(places.login, f"127.0.0.1:{places.door_port} bearer {token}\n")
    return Door(places.door_port, places.chain_port, token, kind.extra_bytes)
