"""Serve the web page of all homes, and of the utility, as a host's own page program does."""

import secrets
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from village.households import Places, write_parameters
from village.plant.homes_data import FONTANA_ZONE
from village.tcp import free_port

NAME = "page"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_PASSWORD_LENGTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Hold how the page is run, where it is, and the password of this one run."""

    command: Sequence[str]
    address: str
    password: str

    def told(self) -> str:
        """Say where it is, and what opens it."""
        return f"the page is at {self.address} (password: {self.password})"


def make_page(places: Places, programs: Iterable[str]) -> Page:
    """Write its parameters for the programs of these names, and set a password.

    Raises:
        subprocess.CalledProcessError: the page refuses that.
    """
    state = places.directory / NAME
    state.mkdir()
    port, parameters = free_port(), places.directory / "page.yml"
    content = {
        "state_directory": str(state),
        "programs": {name: str(places.home(name) / "state") for name in programs},
        "listen": "127.0.0.1",
        "port": port,
        # A look a second is twelve minutes of the street.
        "ask_every_s": 0.5,
    }
    write_parameters(parameters, content)
    password = "".join(secrets.choice(_LETTERS) for _ in range(_PASSWORD_LENGTH))
    words = [sys.executable, "-m", "page"]
    subprocess.run(
        [*words, "password", "--parameters", str(parameters)],
        input=f"{password}\n",
        capture_output=True,
        text=True,
        check=True,
    )
    # Its days are those of the place that is played.
    hours = FONTANA_ZONE.utcoffset(None).total_seconds() / -3600
    return Page(
        command=["env", f"TZ=PLAYED{hours:+.0f}", *words, "run", "--parameters", str(parameters)],
        address=f"http://127.0.0.1:{port}/",
        password=password,
    )
