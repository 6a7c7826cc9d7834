"""The Pi under test, as its owner meets it: the installer, the units, the command, the contacts."""

import json
import shutil
from pathlib import Path
from typing import Any

from node.core.errors import Refused
from tests.machine.lines import Change, changes
from tests.machine.parameters import CHANNELS, PINS
from tests.machine.vm import Machine

ROLES = ("relay", "node", "utility", "page")
RELAY, NODE, UTILITY = "peerwatt-relay", "peerwatt-node", "peerwatt-utility"
WEB_PAGE = "peerwatt-page"
BROKER = "mosquitto"
PARAMETERS = "/etc/peerwatt/parameters.yml"
STICK = "/mnt"
INSTALL_WITHIN_S = 900.0
READY_WITHIN_S = 240.0
CONTACT_LINES = frozenset(PINS[channel] for channel in CHANNELS)
_STATUS = """
import json
from pathlib import Path
from node.links.status import ask
print(json.dumps(ask(Path('/var/lib/peerwatt/node'), {'do': 'status'})))
"""
_JOURNALS = """
import os, sqlite3
for role in ("node", "utility"):
    for name in ("journal", "history"):
        path = f"/var/lib/peerwatt/{role}/{name}.sqlite"
        assert os.stat(path).st_mode & 0o077 == 0, path
        file = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        print(*file.execute("pragma integrity_check").fetchone())
"""


class Pi:
    """Ask a machine on which Peerwatt is, or is to be, installed."""

    def __init__(self, machine: Machine, stick: Path) -> None:
        self.machine = machine
        self.stick = stick

    def plug_in(self, name: str, bundle: Path) -> None:
        """Put a bundle on the stick that the machine reads."""
        shutil.copytree(bundle, self.stick / name)

    def install(self, bundle: str, *words: str) -> tuple[int, str]:
        """Run a bundle's installer as root, without a terminal; give its status and its words."""
        self._mount()
        command = " ".join((f"{STICK}/{bundle}/install.sh", *words))
        return self.machine.attempt(command, within_s=INSTALL_WITHIN_S)

    def peerwatt(self, words: str) -> tuple[int, str]:
        """Run the installed command; give its status and its words."""
        return self.machine.attempt(f"peerwatt {words}")

    def account(self, role: str) -> str:
        """Give a role's address, as the person is shown it for funding."""
        status, said = self.peerwatt(f"account qr --role {role}")
        assert status == 0, said
        return said.split()[-1]

    def configure(self, text: str) -> None:
        """Write the parameters, as their owner does."""
        self.machine.write("/root/parameters.yml", text)
        # What the file belongs to, and who may read it, stays as the installer made it.
        self.machine.run(f"cat /root/parameters.yml >{PARAMETERS}")

    def wait_until_ready(self, *units: str) -> None:
        """Wait until units run, each of which says so itself."""
        for unit in units:

            def runs(unit: str = unit) -> bool:
                _, state = self.machine.attempt(f"systemctl is-active {unit}")
                assert state.strip() != "failed", self.log(unit)
                return state.strip() == "active"

            try:
                self.machine.until(runs, f"{unit} runs", READY_WITHIN_S)
            except AssertionError:
                print(self.log(unit))
                raise

    def ready_after_s(self, unit: str) -> float:
        """Give the seconds from the kernel's start until a unit, or a target, was ready."""
        told = self.machine.run(f"systemctl show -P ActiveEnterTimestampMonotonic {unit}")
        return int(told) / 1e6

    def log(self, unit: str) -> str:
        """Give what a unit has logged since the newest start of the machine."""
        return self.machine.attempt(f"journalctl -b --no-pager -o cat -u {unit}")[1]

    def status(self) -> dict[str, Any]:
        """Ask the running node what it is doing; raises Refused where none answers."""
        status, said = self.machine.attempt(f'/opt/peerwatt/current/bin/python -c "{_STATUS}"')
        if status != 0:
            raise Refused("NodeAway", said[-200:])
        answer = json.loads(said)
        assert isinstance(answer, dict)
        return answer

    def energised(self) -> frozenset[int]:
        """Read the GPIO lines that are driven high now, from outside of the chip's users."""
        told = self.machine.run("cd /sys/devices/platform/gpio-sim.*/gpiochip*/ && grep . */value")
        levels = (line.split("/value:") for line in told.splitlines())
        return frozenset(
            int(name.removeprefix("sim_gpio")) for name, level in levels if level == "1"
        )

    def contact_changes(self) -> list[Change]:
        """Give what the contacts' lines did since the machine's newest start, in order."""
        return [each for each in changes(self.machine.console) if each.line in CONTACT_LINES]

    def has_energised_before(self, at_s: float) -> bool:
        """Tell whether a contact's line was high earlier than so long after the kernel's start."""
        return any(each.to == "1" and each.at_s < at_s for each in self.contact_changes())

    def journal_check(self) -> list[str]:
        """Have SQLite read journal and history of node and utility; "ok" is all that it finds.

        Both programs, which let nobody else look into theirs, stand still meanwhile.
        """
        self.machine.run(f"systemctl stop {NODE} {UTILITY}")
        found = self.machine.run(f"python3 -c '{_JOURNALS}'").splitlines()
        self.machine.run(f"systemctl start {NODE} {UTILITY}", within_s=READY_WITHIN_S)
        return found

    def is_there(self, path: str) -> bool:
        """Tell whether a path exists."""
        return self.machine.attempt(f"test -e {path}")[0] == 0

    def _mount(self) -> None:
        way = "-t 9p -o trans=virtio,version=9p2000.L,ro share"
        self.machine.run(
            f"mountpoint -q {STICK} || {{ modprobe 9pnet_virtio && mount {way} {STICK}; }}"
        )
