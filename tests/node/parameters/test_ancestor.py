"""An ancestor's parameters file loads unchanged, and what it cannot mean is said."""

import sys
from pathlib import Path

import pytest

from node.parameters import load, parse

DATA = Path(__file__).parent / "data"
BUYER = "0x004ec07d2329997267Ec62b4166639513386F32E"
SELLER = "0x00625A1A269AC76c7c7B98939b5E60916FD41070"
SALE = "0xc33179A7f73fCcCe0DED8e613Fcf2688bA385558"
TOKEN = "0xdFf8C10F1E64B592cF902e82C948E2ddF9f49aaF"


def test_the_ancestors_example_loads_unchanged():
    parameters = load(DATA / "ancestor.yml")

    node, contract, relay = parameters.node, parameters.contract, parameters.relay
    assert (contract.address, contract.token) == (SALE, TOKEN)
    assert contract.node == ("http://192.168.0.10:8545",)
    assert (
        node.role,
        node.address,
        node.limit,
        node.margin_milliwh,
        node.channel,
    ) == ("consumer", BUYER, 20.0, 200_000, 0)
    assert (
        parameters.sellers["seller1"].account,
        parameters.sellers["seller1"].channel,
    ) == (SELLER, 1)
    assert parameters.channels_to("seller1") == (0, 1)
    assert (relay.host, relay.port) == ("192.168.0.50", 15555)
    assert node.accountpswd.get_secret_value() == "password1"


def test_the_spellings_of_the_ancestors_table_load_too():
    parameters = load(DATA / "ancestor_table.yml")

    assert (parameters.node.role, parameters.node.sensor_id) == ("producer", 1)
    assert (
        parameters.contract.address,
        parameters.contract.node,
    ) == (SALE, ("http://192.168.0.10:8545",))
    assert [parameters.channels_to(name) for name in parameters.sellers] == [(0, 1), (0, 2)]


@pytest.mark.parametrize(
    "text",
    [
        f"contracts: {{contract: '{SALE}'}}",
        f"contract: {{contract: '{SALE}'}}",
        f"contract: {{daisee: '{SALE}'}}",
        f"contract: {{address: '{SALE}'}}",
    ],
)
def test_each_spelling_of_the_sale_is_understood(text):
    assert parse(text, "parameters.yml").contract.address == SALE


def test_what_an_ancestors_file_cannot_mean_is_a_notice_with_the_command_that_mends_it():
    commands = {
        notice.key: notice.command
        for notice in parse((DATA / "ancestor.yml").read_text(), "old.yml").notices
    }

    operator = (
        "get it from whoever put up the street's contracts, and name it here: sudoedit old.yml"
    )
    assert commands == {
        "node.keystore": "python -m node account new --parameters old.yml",
        "node.accountpswd": "install -m 600 /dev/stdin /var/lib/peerwatt/node/password",
        "contract.address": operator,
        "contract.registry": operator,
        "node.url": "sudoedit old.yml",
        "node.fuelgauge": "sudoedit old.yml",
        "node.sensors": "sudoedit old.yml",
        "relay.host": "on that host: sudo ./install.sh --relay",
    }


def test_no_notice_names_a_checkouts_command_on_an_installed_pi(monkeypatch):
    monkeypatch.setattr(sys, "prefix", "/opt/peerwatt/versions/0.1.0")
    text = (DATA / "ancestor.yml").read_text()

    told = [notice.command for notice in parse(text, "old.yml").notices]

    assert "sudo peerwatt account new" in told
    assert not [command for command in told if "python -m" in command]


def test_an_ancestors_passwords_are_never_printed():
    parameters = load(DATA / "ancestor.yml")

    told = f"{parameters!r} {parameters} {parameters.notices} {parameters.node!r}"
    assert "password1" not in told and "password2" not in told
