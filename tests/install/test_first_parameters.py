"""The first parameters of a host: valid as they are, of its roles alone, trusting nobody."""

import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from node.parameters import load
from tests.install.installed import ROOT

ROLES = ("node", "relay", "utility")
CHOICES = [",".join(some) for size in (1, 2, 3) for some in combinations(ROLES, size)]


def written(place: Path, roles: str, *words: str) -> Path:
    script, example = ROOT / "install/parameters.py", ROOT / "parameters.example.yml"
    text = subprocess.run(
        [sys.executable, script, example, roles, *words], capture_output=True, text=True, check=True
    ).stdout
    file = place / f"{roles}.yml"
    file.write_text(text)
    return file


@pytest.mark.parametrize("roles", CHOICES)
def test_first_parameters_are_valid_and_of_these_roles_alone(tmp_path: Path, roles: str) -> None:
    given = load(written(tmp_path, roles)).given
    own = {"node": "node", "relay": "relay", "utility": "utility"}

    assert {role for role, section in own.items() if section in given} - {"relay"} == set(
        roles.split(",")
    ) - {"relay"}
    assert "clock" not in given
    assert ("relay" in given) == bool({"node", "relay"} & set(roles.split(",")))


@pytest.mark.parametrize("roles", CHOICES)
def test_first_parameters_trust_no_account_and_offer_nothing(tmp_path: Path, roles: str) -> None:
    """The example's neighbours are examples: their keys may be anybody's."""
    file = written(tmp_path, roles)
    parameters = load(file)
    lines = [line for line in file.read_text().splitlines() if not line.lstrip().startswith("#")]

    assert not re.search(r"0x[0-9a-fA-F]{40}", "\n".join(lines))
    assert (parameters.sellers, parameters.relay.loads) == ({}, {})
    assert parameters.node.offer is None
    assert parameters.mqtt is None


def test_what_is_commented_out_is_valid_once_it_is_not(tmp_path: Path) -> None:
    file = written(tmp_path, "node,relay,utility")
    text = re.sub(r"^( *)#( *)(?=[a-zA-Z'-][\w'-]*:|- |'0x)", r"\1\2", file.read_text(), flags=re.M)
    file.write_text(text)
    parameters = load(file)

    assert list(parameters.sellers) == ["home2"]
    assert len(parameters.relay.connections) == 1
    assert parameters.mqtt is not None


def test_broker_of_this_host_is_named_with_its_password_file(tmp_path: Path) -> None:
    mqtt = load(written(tmp_path, "relay", "--broker-user", "peerwatt")).mqtt

    assert mqtt is not None
    assert (mqtt.user, str(mqtt.password_file)) == ("peerwatt", "/etc/peerwatt/mqtt.password")
    assert mqtt.ca_file is None
