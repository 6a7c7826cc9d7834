"""The units: hardened, come back for ever, stay down where only a person helps, wait for nobody."""

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

from node.command_line import EX_CONFIG, main
from node.parameters.sections.home import Home
from relay_server.loading import EXIT_CONFIG
from relay_server.server import TURN_S

UNITS = Path(__file__).resolve().parents[2] / "systemd"
ROLES = ("node", "relay", "utility", "page")
MOST_EXPOSURE = 2.0


class Unit(configparser.RawConfigParser):
    """Read a unit; of a key that stands several times, the values are joined."""

    def __init__(self, role: str) -> None:
        super().__init__(strict=False, delimiters=("=",), comment_prefixes=("#",))
        self.optionxform = str  # type: ignore[assignment,method-assign]
        self.read(UNITS / f"peerwatt-{role}.service")


@pytest.mark.parametrize("role", ROLES)
def test_unit_exposes_little(role: str) -> None:
    """Prints each unit's level, and the devices that it still may use."""
    said = analyse("security", "--offline=true", str(UNITS / f"peerwatt-{role}.service"))
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert found is not None, said

    print(f"peerwatt-{role}: exposure {found[1]}")
    assert float(found[1]) <= MOST_EXPOSURE


def test_units_say_nothing_that_systemd_does_not_know(tmp_path: Path) -> None:
    """The program itself is not installed here, so another stands in its place."""
    # A unit's words end at spaces, which a checkout's path may have.
    stand_in = tmp_path / "python"
    stand_in.symlink_to(sys.executable)
    copies = []
    for role in ROLES:
        text = (UNITS / f"peerwatt-{role}.service").read_text()
        assert text.count("/opt/peerwatt/current/bin/python") >= 1
        copy = tmp_path / f"peerwatt-{role}.service"
        copy.write_text(text.replace("/opt/peerwatt/current/bin/python", str(stand_in)))
        copies.append(str(copy))

    assert analyse("verify", *copies) == ""


def analyse(*words: str) -> str:
    done = subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("role", "classes"),
    [
        (
            "node",
            [
                "char-i2c* rw",
                "char-spi* rw",
                "char-gpiochip rw",
                *(f"char-tty{kind} rw" for kind in ("AMA", "S", "USB", "ACM")),
            ],
        ),
        ("relay", ["char-gpiochip rw"]),
        ("utility", []),
        ("page", []),
    ],
)
def test_unit_may_use_its_buses_or_pins_and_no_other_device(role: str, classes: list[str]) -> None:
    text = (UNITS / f"peerwatt-{role}.service").read_text()
    service = Unit(role)["Service"]

    assert re.findall(r"^DeviceAllow=(.*)$", text, re.MULTILINE) == classes
    assert ("PrivateDevices" in service) == (not classes)
    assert (service.get("DevicePolicy") == "closed") == bool(classes)


@pytest.mark.parametrize(
    ("role", "groups"),
    [
        ("node", "peerwatt i2c spi gpio dialout"),
        ("relay", "peerwatt gpio"),
        ("utility", "peerwatt"),
        ("page", "peerwatt-view"),
    ],
)
def test_each_unit_has_a_user_of_its_own_and_the_groups_of_what_it_may_read(
    role: str, groups: str
) -> None:
    service = Unit(role)["Service"]

    assert (service["User"], service["Group"]) == (f"peerwatt-{role}", f"peerwatt-{role}")
    assert service["SupplementaryGroups"] == groups
    assert service["StateDirectoryMode"] == "0700"
    assert service["UMask"] == "0077"


@pytest.mark.parametrize("role", ROLES)
def test_unit_comes_back_for_ever_except_where_only_a_person_helps(role: str) -> None:
    unit = Unit(role)
    service = unit["Service"]

    assert (service["Type"], service["Restart"]) == ("notify", "on-failure")
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert {EX_CONFIG, EXIT_CONFIG} == {int(service["RestartPreventExitStatus"])}
    assert service["StateDirectory"] == f"peerwatt/{role}"
    assert "LogsDirectory" not in service


def test_watchdog_is_slower_than_the_slowest_stroke() -> None:
    """A cycle lasts as long as `sample_period_s` at its highest; the relay strokes each turn."""
    longest = Home.model_fields["sample_period_s"].metadata
    slowest_s = max(found.le for found in longest if hasattr(found, "le"))

    assert float(Unit("node")["Service"]["WatchdogSec"]) >= 2 * slowest_s
    assert float(Unit("relay")["Service"]["WatchdogSec"]) >= 5 * TURN_S


def test_relay_waits_for_nothing_and_all_others_come_after_it() -> None:
    relay = Unit("relay")["Unit"]

    assert not {"After", "Wants", "Requires", "BindsTo"} & set(relay)
    assert relay["Before"].split()[:2] == ["peerwatt-node.service", "peerwatt-utility.service"]


@pytest.mark.parametrize("role", ["node", "utility"])
def test_no_unit_waits_for_a_network_or_a_true_clock(role: str) -> None:
    """Targets that stand still without a network would keep a home from its neighbours for ever."""
    unit = Unit(role)["Unit"]
    waits = {*unit["After"].split(), *unit["Wants"].split(), unit.get("Requires", "")}

    assert not waits & {"network-online.target", "time-sync.target"}
    assert "peerwatt-relay.service" in waits


def test_utility_with_wrong_parameters_is_refused_by_name_and_not_started_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "parameters.yml"
    file.write_text("utility: {name: grid, peak_w: -1}\n")
    command = Unit("utility")["Service"]["ExecStart"].split()[3:]
    assert main([*command, "--parameters", str(file)]) == EX_CONFIG

    assert "utility.peak_w" in capsys.readouterr().err
