"""What the parameters ask for comes when they name it, and is not there before."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.install.installed import Machine, add_package, site_without

EXPANDERS = """
relay:
  pins: []
  expanders: [{chip: mcp23017, address: 0x20, reset_pin: 24}]
"""
DROP_IN = "etc/systemd/system/peerwatt-relay.service.d/i2c.conf"
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def bare(home: Machine, tmp_path: Path) -> Machine:
    """A home and a relay, where nobody has pymodbus; their bundle has its wheel."""
    bundle = tmp_path / "bundle"
    shutil.copytree(home.bundle, bundle)
    add_package(bundle, "pymodbus")
    return replace(home, bundle=bundle, packages=site_without("pymodbus", tmp_path / "site"))


def with_a_meter(machine: Machine) -> None:
    """Write parameters with a source that needs pymodbus."""
    state = machine.root / "var/lib/peerwatt/node"
    at = "tcp://10.0.0.7:502/1"
    source = f'{{kind: modbus, at: "{at}", power: "input:52:float32", feeds: load}}'
    text = f"node:\n  state_directory: {state}\n  sources:\n    house: {source}\n"
    machine.parameters.write_text(text)


def library_of(machine: Machine) -> Path:
    return machine.root / f"opt/peerwatt/current/lib/{PYTHON}/site-packages/pymodbus"


def test_a_sources_library_is_brought_once_a_source_needs_it(bare: Machine) -> None:
    before = bare.install("--node", "--relay")
    assert not library_of(bare).exists()
    with_a_meter(bare)
    said = bare.install("--node", "--relay")

    assert before.status == said.status == 0, said.out + said.err
    (line,) = [one for one in said.lines("done") if "sources of" in one]
    assert line.endswith("need: pymodbus")
    assert library_of(bare).exists()
    assert bare.install("--node", "--relay").lines("done") == []


def test_a_library_that_is_not_to_be_had_is_left_to_do(bare: Machine) -> None:
    with_a_meter(bare)
    for wheel in (bare.bundle / "wheels").glob("pymodbus-*"):
        wheel.unlink()
    said = bare.install("--node", "--relay")

    assert said.status == 0, said.out + said.err
    (left,) = [one for one in said.left if "is not here" in one]
    assert "(pymodbus)" in left
    assert not library_of(bare).exists()


def test_a_relay_has_the_bus_while_its_parameters_name_expanders(home: Machine) -> None:
    drop_in = home.root / DROP_IN
    assert not drop_in.exists()
    home.parameters.write_text(EXPANDERS)
    assert "the relay may use the I2C bus, for its expanders" in home.install("--relay").lines(
        "done"
    )
    assert "SupplementaryGroups=i2c\nDeviceAllow=char-i2c* rw\n" in drop_in.read_text()
    again = home.install("--relay")
    assert "the relay may use the I2C bus" in again.lines("already")
    assert again.lines("done") == []

    home.parameters.write_text("relay: [\n")
    home.install("--relay")
    assert drop_in.exists(), "what cannot be read asks for nothing"
    home.parameters.write_text("relay: {}\n")
    assert "the relay's right to use the I2C bus removed" in home.install("--relay").lines("done")
    assert not drop_in.parent.exists()
