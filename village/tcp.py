"""Find free TCP ports of this machine for the village's servers."""

import socket
import time


def free_port() -> int:
    """Give a TCP port of the loopback interface that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
