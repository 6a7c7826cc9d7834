"""Take a street's chain and broker away, and give them back."""

import signal
from os import kill

from tests.parts.neighbours import Neighbours
from village.tcp import wait_for_port


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


def keep_sessions(street: Neighbours) -> None:
    """Let the broker keep its readers' sessions while it is away; call it before a home starts."""
    directory = street.places.directory
    street.processes.stop("broker")
    path = directory / "mosquitto.conf"
    lines = path.read_text().replace("persistence false", "persistence true")
    path.write_text(f"{lines}persistence_location {directory}/\n")
    street.processes.restart("broker")
    wait_for_port(street.places.broker_port, 20.0)
