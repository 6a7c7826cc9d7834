"""Bring a Pi from a bare machine to a home that trades, step by step as its owner does."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.machine.bundles import bundle
from tests.machine.image import base_image
from tests.machine.parameters import BROKER_PORT, RELAY_PORT, parameters_of_pi
from tests.machine.pi import NODE, RELAY, ROLES, UTILITY, Pi
from tests.machine.street import StreetOfPi, street_of_pi
from tests.machine.vm import Machine
from tests.parts.neighbours import BUYER, SELLER

STICK = "bundle"
START_WITHIN_S = 600.0
INSTALL = (*(f"--{role}" for role in ROLES), "--broker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """Hold a Pi, what stands around it, and what its installer said."""

    pi: Pi
    street: StreetOfPi
    said: str


@contextmanager
def bare_pi(directory: Path, street: StreetOfPi) -> Iterator[Pi]:
    """Boot a bare machine whose chips are the street's, with a bundle on its stick."""
    places = street.places
    stick = directory / "stick"
    stick.mkdir(parents=True)
    ports = {places.relay_port: RELAY_PORT, places.broker_port: BROKER_PORT}
    machine = Machine(base_image(), directory, ports, places.bus(BUYER), stick)
    pi = Pi(machine, stick)
    pi.plug_in(STICK, bundle())
    try:
        machine.boot()
        yield pi
    finally:
        machine.close()


@contextmanager
def installed_pi() -> Iterator[Installed]:
    """Install a bare machine, fund it, edit its parameters, and start it and its neighbour."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="peerwatt-")))
        street = stack.enter_context(street_of_pi(directory / "street"))
        pi = stack.enter_context(bare_pi(directory / "pi", street))
        began_s = time.monotonic()
        status, said = pi.install(STICK, *INSTALL)
        assert status == 0, said
        print(f"\ninstalled in {time.monotonic() - began_s:.0f} s:\n{said}")
        street.found(pi.account("node"), pi.account("utility"), pi.status)
        pi.configure(parameters_of_pi(street))
        # Each waits until it is ready, which an emulated machine's host may have no time for.
        pi.machine.run(f"systemctl restart {RELAY} {NODE} {UTILITY}", within_s=START_WITHIN_S)
        _, told = pi.peerwatt(f"broker-user {SELLER}")
        street.start_seller(told.split()[-1])
        yield Installed(pi=pi, street=street, said=said)
