"""Find free TCP ports of this machine for the village's servers."""

import contextlib
import secrets
import socket
import time

LOWEST_PORT, LOWEST_OUTGOING_PORT = 16_384, 32_768


def free_port() -> int:
    """Give a TCP port of the loopback interface that nothing uses now.

    Outgoing connections take theirs from a higher range, so that none takes this one before, or
    while, its server is started again.
    """
    while True:
        port = LOWEST_PORT + secrets.randbelow(LOWEST_OUTGOING_PORT - LOWEST_PORT)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for_port(port: int, deadline_s: float) -> None:
    """Wait until something listens on a loopback port.

    Raises:
        TimeoutError: nothing listened within the deadline.
    """
    end_s = time.monotonic() + deadline_s
    while time.monotonic() < end_s:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listened on port {port} within {deadline_s:g} s")
