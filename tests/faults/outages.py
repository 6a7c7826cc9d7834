"""Take a street's chain and broker away, and give them back."""

import signal
from os import kill

from tests.neighbours import Neighbours


def lose_chain_and_broker(street: Neighbours) -> None:
    """Let the chain hang, and end the broker."""
    street.stop_blocks()
    kill(street.processes.pid_of("chain"), signal.SIGSTOP)
    street.processes.stop("broker")


def restore_chain_and_broker(street: Neighbours) -> None:
    """Let both answer again, and blocks come."""
    kill(street.processes.pid_of("chain"), signal.SIGCONT)
    street.processes.restart("broker")
    street.resume_blocks()
