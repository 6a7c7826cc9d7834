"""Tell systemd how this process is doing, where systemd asks (sd_notify(3)); touch nothing else."""

import os
import socket


def ready() -> None:
    """Say that the start is over."""
    _notify(b"READY=1")


def stopping() -> None:
    """Say that an orderly stop has begun."""
    _notify(b"STOPPING=1")


def watchdog() -> None:
    """Stroke the watchdog, at the end of a finished cycle only."""
    _notify(b"WATCHDOG=1")


def _notify(message: bytes) -> None:
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    # A leading @ stands for the abstract namespace, whose first byte is zero.
    name = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link:
        link.connect(name)
        link.send(message)
