"""Run a real broker for a while, on a port of its own, and let it go away and come back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from village.broker import broker_command
from village.processes import Processes
from village.tcp import free_port, wait_for_port

_NAME = "broker"
_WITHIN_S = 200.0


class Broker:
    """A Mosquitto that keeps nothing over its end."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.port = free_port()
        self._processes = Processes(directory)
        self._command = broker_command(self.port, directory)
        with (directory / "mosquitto.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{option}\n" for option in options)
        self.start()

    @property
    def pid(self) -> int:
        """Give its process number."""
        return self._processes.pid_of(_NAME)

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._processes.start(_NAME, self._command)
        wait_for_port(self.port, _WITHIN_S)

    def stop(self) -> None:
        """End it in an orderly way, with all that it kept."""
        self._processes.stop(_NAME)

    def close(self) -> None:
        """End it, unless it has ended; may be called twice."""
        self._processes.stop_all()


@contextmanager
def running_broker(directory: Path, *options: str) -> Iterator[Broker]:
    """Run a broker for a while; `options` are further lines of its configuration."""
    broker = Broker(directory, *options)
    try:
        yield broker
    finally:
        broker.close()
