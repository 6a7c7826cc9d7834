"""Tell systemd how this process is doing, where systemd asks (sd_notify(3)); touch nothing else.

It is a courtesy: that systemd cannot be told is logged once, and changes nothing of the work. What
systemd makes of its silence is for systemd.
"""

import logging
import os
import socket

_log = logging.getLogger(__name__)


def ready() -> None:
    """Say that the start is over."""
    _notify(b"READY=1")


def stopping() -> None:
    """Say that an orderly stop has begun."""
    _notify(b"STOPPING=1")


def watchdog() -> None:
    """Stroke the watchdog, at the end of a finished cycle only."""
    _notify(b"WATCHDOG=1")


class _Trouble:
    """Log what is wrong when it begins, and that it is over."""

    def __init__(self) -> None:
        self._stands = False

    def note(self, error: Exception | None) -> None:
        if error is not None and not self._stands:
            _log.warning("systemd cannot be told how this program is doing: %s", error)
        elif error is None and self._stands:
            _log.info("systemd can be told again")
        self._stands = error is not None


_trouble = _Trouble()


def _notify(message: bytes) -> None:
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    # A leading @ stands for the abstract namespace, whose first byte is zero.
    name = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link:
            # A systemd that hangs, its queue full, must not hang the contacts as well.
            link.setblocking(False)
            link.connect(name)
            link.send(message)
    except (OSError, ValueError) as error:
        _trouble.note(error)
    else:
        _trouble.note(None)


def keep_private() -> None:
    """Let nobody but its own user read what this process writes, also where a person runs it."""
    os.umask(0o077)
