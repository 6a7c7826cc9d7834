"""The brokers that a street may have: with TLS and rules, two bridged, or of MQTT 3.1.1 alone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from paho.mqtt.enums import MQTTProtocolVersion

from tests.parts.brokers import running_broker
from tests.parts.installed_broker import InstalledBroker
from village.processes import Processes
from village.tcp import free_port, wait_for_port

_AEDES = Path(__file__).parents[1] / "aedes/broker.js"
_WITHIN_S = 200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How somebody reaches a broker of this machine, and in which language."""

    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetBroker:
    """A street's broker: how the relay reaches it, and how a home does, by its name.

    `restart` ends the relay's broker, which keeps nothing, and starts it again.
    """

    of_relay: Way
    of_home: Callable[[str], Way]
    restart: Callable[[], None]


@contextmanager
def guarded(directory: Path) -> Iterator[StreetBroker]:
    """Run a Mosquitto as the installer sets it up: TLS, a user for everybody, access rules."""
    parameters = "community: street\nrelay:\n  name: relay1\n"
    with closing(InstalledBroker(directory, parameters)) as broker:

        def way(user: str, password: str) -> Way:
            certificate = directory / "etc/peerwatt/broker.crt"
            return Way(port=broker.tls_port, user=user, password=password, ca_file=certificate)

        @cache
        def of_home(name: str) -> Way:
            return way(name, broker.add(name))

        of_relay = way("peerwatt-relay", broker.password("relay"))
        yield StreetBroker(of_relay=of_relay, of_home=of_home, restart=broker.restart)


@contextmanager
def bridged(directory: Path) -> Iterator[StreetBroker]:
    """Run two Mosquittos, the relay's and the homes', with a bridge between them."""
    near_folder, far_folder = directory / "near", directory / "far"
    near_folder.mkdir()
    far_folder.mkdir()
    with running_broker(near_folder) as near:
        bridge = (
            "connection street",
            f"address 127.0.0.1:{near.port}",
            "topic peerwatt/# both 1",
            "restart_timeout 1",
        )

        def restart() -> None:
            near.stop()
            near.start()

        with running_broker(far_folder, *bridge) as far:
            yield StreetBroker(
                of_relay=Way(port=near.port),
                of_home=lambda _: Way(port=far.port),
                restart=restart,
            )


@contextmanager
def older(directory: Path) -> Iterator[StreetBroker]:
    """Run an aedes, which speaks MQTT 3.1.1 alone."""
    processes, port = Processes(directory), free_port()

    def start() -> None:
        processes.start("aedes", ["node", str(_AEDES), str(port)])
        wait_for_port(port, _WITHIN_S)

    def restart() -> None:
        processes.stop("aedes")
        start()

    start()
    way = Way(port=port, version=MQTTProtocolVersion.MQTTv311)
    try:
        yield StreetBroker(of_relay=way, of_home=lambda _: way, restart=restart)
    finally:
        processes.stop_all()


BROKERS: Mapping[str, Callable[[Path], AbstractContextManager[StreetBroker]]] = {
    "with TLS and rules": guarded,
    "two bridged": bridged,
    "MQTT 3.1.1 alone": older,
}
