"""Secrets of running homes are where they belong, and nowhere else."""

import gzip
import json
import stat
from pathlib import Path

import psutil
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from node.links.status import ask
from tests.factories.other_wallets import EthAccount
from tests.parts.neighbours import BUYER, SELLER, neighbours
from village.households import RELAY

BROKER_PASSWORD = "a broker's own word 5c1e"


@pytest.fixture
def street(tmp_path):
    with neighbours(tmp_path) as running:
        yield running


def secrets_of(street):
    """Give every secret as it could be written: texts, and keys as bytes and in hexadecimal."""
    found = [BROKER_PASSWORD.encode()]
    for home in (BUYER, SELLER):
        folder = street.places.home(home)
        password = (folder / "password").read_text().strip()
        key = bytes(
            EthAccount.decrypt(json.loads((folder / "keystore.json").read_text()), password)
        )
        found += [password.encode(), key, key.hex().encode(), key.hex().upper().encode()]
        found += [str(int.from_bytes(key)).encode()]
    return found


def with_broker_password(street, home):
    path = street.places.home(home) / "broker-password"
    path.write_text(BROKER_PASSWORD + "\n")
    path.chmod(0o600)

    def change(content):
        content["mqtt"] |= {"user": home, "password_file": str(path)}

    return change


def listen_to_all(street, heard):
    client = Client(CallbackAPIVersion.VERSION2)
    client.on_connect = lambda client, *_: client.subscribe("#")
    client.on_message = lambda _c, _u, message: heard.append(message.payload)
    client.connect("127.0.0.1", street.places.broker_port)
    client.loop_start()
    return client


def trade(street):
    for home in (SELLER, BUYER):
        street.start(home, with_broker_password(street, home))
    street.until(lambda: street.mode(SELLER, "delivery") == "offering", "the seller offers")
    street.world.soc_pct[BUYER] = 15.0
    street.until(lambda: street.receipts, "a receipt is published")


def test_no_secret_is_in_logs_journal_records_messages_or_process_lists(street):
    heard = []
    client = listen_to_all(street, heard)
    trade(street)
    written = [json.dumps(street.status(home)).encode() for home in (BUYER, SELLER)]
    written += [line for home in (BUYER, SELLER) for line in process_of(street, home)]
    for home in (BUYER, SELLER):
        ask(street.places.home(home) / "state", {"do": "record"})
        street.processes.stop(home)
    client.disconnect()
    client.loop_stop()

    # The password files and the sealed keys themselves are where they belong.
    kept = {"password", "broker-password", "keystore.json"}
    files = [path for path in Path(street.places.directory).rglob("*") if path.is_file()]
    written += heard + [path.read_bytes() for path in files if path.name not in kept]
    records = [gzip.decompress(path.read_bytes()) for path in files if path.suffix == ".gz"]
    written += records
    assert {"journal.sqlite", "home1.log"} <= {path.name for path in files}
    assert records, "flight records, too"
    assert heard
    for secret in secrets_of(street):
        assert not [text[:80] for text in written if secret in text]


def process_of(street, home):
    process = Path(f"/proc/{street.processes.pid_of(home)}")
    return [(process / name).read_bytes() for name in ("cmdline", "environ")]


def test_no_node_listens_on_the_network_and_its_socket_is_its_users(street):
    street.start(BUYER)
    street.until(lambda: street.mode(BUYER, "supply") == "own_source", "the buyer runs")

    process = psutil.Process(street.processes.pid_of(BUYER))
    listening = [c for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    status = street.places.home(BUYER) / "state/status.sock"
    assert listening == []
    assert stat.S_IMODE(status.stat().st_mode) == 0o600


def test_what_running_programs_write_is_their_users_alone(street):
    """A person's own run left a journal that everybody on the machine could read."""
    street.start(SELLER)
    street.until(lambda: street.mode(SELLER, "delivery") == "offering", "the seller offers")
    street.processes.stop(SELLER)
    street.processes.stop("relay")

    written = [
        path
        for name in (SELLER, RELAY)
        for path in (street.places.home(name) / "state").rglob("*")
        if path.is_file()
    ]
    assert SELLER in {path.parent.parent.name for path in written}
    assert [path for path in written if path.stat().st_mode & 0o077] == []
