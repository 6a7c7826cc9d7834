"""What older versions kept on disk opens, replays and is put back: see `tests.kept.make`.

Where a rule is changed on purpose, an old record's decisions may differ from then on: which ones is
told in `DECIDED_OTHERWISE`, and why.
"""

import base64
import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from node.account.backup import read_backup
from node.account.restore import restore
from node.account.roles import role_files
from node.command_line import main
from node.core.auction.clearing import Kind
from node.core.forecast.need import DAY_S
from node.core.records import MeterName
from node.core.trading.prices import new_memory
from node.home.inward.history import PREFIX, History
from node.home.memory.memory import Memory
from node.home.settings import (
    forecasting_settings,
    home_settings,
    measuring_settings,
    receipt_slack_milliwh,
)
from node.ledger.sending.intents import from_json, identity_of
from node.ledger.settings import CHAIN_KEY
from node.parameters import parse
from node.parameters.scheme import Parameters
from node.settings import ledger_settings
from node.state.journal import JOURNAL_NAME, Journal
from node.state.recorder import replay
from node.utility.settings import rules_of, utility_ledger_settings, utility_of
from relay_server.loading import settings_from
from relay_server.settings import ensure_sound
from tests.factories.journal import opened
from tests.factories.partners import Endless, searched
from tests.kept.make import (
    BUYER,
    HOMES,
    INTERVALS,
    KEPT,
    PASSPHRASE,
    RELAY,
    SELLER,
    STREET,
    UTILITY,
)

VERSIONS = ("b27a8d0", "f74f535")
HOUR_S = 3600
REMEMBERED = 28 * DAY_S // HOUR_S
"""Intervals that the village gives its homes to remember."""
READ_AT_A_START = (
    "birth", "counted_at", "drawing", "interval/", "ledger.", "reading/", "reading_mqtt/",
    "readings_dropped", "receipt/", "registers/", "spent", "wish",
)  # fmt: skip
"""The beginnings of all keys."""

DECIDED_OTHERWISE: dict[tuple[str, str], set[str]] = {
    # Forecasts count what the running interval has shown, and bids what comes over contacts.
    ("b27a8d0", SELLER): {"PlaceOrder"},
    ("b27a8d0", BUYER): set(),
    ("f74f535", SELLER): set(),
    ("f74f535", BUYER): set(),
}
"""The commands, by their kinds, that today's rules give in another cycle, or not at all."""

versions = pytest.mark.parametrize("version", VERSIONS)
homes = pytest.mark.parametrize("name", [SELLER, BUYER])
accounts = pytest.mark.parametrize("name", [SELLER, BUYER, UTILITY])


def parameters_of(version: str, name: str, text: str | None = None) -> Parameters:
    path = KEPT / version / name / "parameters.yml"
    return parse(text or path.read_text(), str(path))


@contextmanager
def journal_of(version: str, name: str, tmp_path: Path) -> Iterator[Journal]:
    for packed in (KEPT / version / name).glob("journal.sqlite*.gz"):
        (tmp_path / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    with opened(tmp_path / JOURNAL_NAME) as journal:
        yield journal
    assert not list(tmp_path.glob("*unreadable*"))


@versions
@homes
def test_home_recalls_its_counts(version, name, tmp_path, caplog):
    parameters = parameters_of(version, name)
    with journal_of(version, name, tmp_path) as journal:
        memory = Memory(journal, receipt_slack_milliwh(parameters))
        registers, receipts = memory.recall_registers(), memory.recall_receipts()
        spent, spools = memory.recall_spent(), memory.recall_spools()
        was_told = (memory.recall_counted_at_s(), memory.recall_wish(), memory.recall_drawing())
        births = memory.next_birth()
        memory.close()
        keys = list(journal.items(""))

    assert set(registers) == {MeterName.LOAD, MeterName.GENERATION, MeterName.CONNECTION}
    assert all(one.import_milliwh > 0 for one in registers.values())
    assert [receipt.number for receipt in receipts] == [1]
    assert receipts[0].drawn_milliwh > 0
    assert spent.amount > 0
    assert (spools.chain.dropped, spools.broker.dropped) == (0, 0)
    assert births == 2
    assert was_told[1:] == (False, False)
    assert (was_told[0] is None) == (version == "b27a8d0")
    assert [key for key in keys if not key.startswith(READ_AT_A_START)] == []
    assert (memory.problem, memory.failure, caplog.messages) == (None, None, [])


@versions
@homes
def test_home_recalls_its_intervals_and_prices(version, name, tmp_path, caplog):
    slots = DAY_S // HOUR_S
    history = History(HOUR_S, {kind: new_memory(slots) for kind in Kind})
    with journal_of(version, name, tmp_path) as journal:
        history.recall(journal.items(PREFIX))

    assert len(list(history.energies())) >= REMEMBERED
    assert history.newest_result > 0
    assert (history.changed(), caplog.messages) == ({}, [])


@versions
@homes
def test_home_knows_its_partners(version, name, tmp_path, caplog):
    sale = parameters_of(version, name).contract.address
    buyer, seller = (parameters_of(version, one).node.address for one in (BUYER, SELLER))
    account = parameters_of(version, name).node.address
    with journal_of(version, name, tmp_path) as journal:
        known = json.loads(journal.get("ledger.partners"))
        found = searched(journal, Endless(), known["block"], sale=sale, account=account)

    assert found.pairs == {(buyer, seller)}
    assert caplog.messages == []


@versions
@accounts
def test_every_promise_is_read_and_known_again(version, name, tmp_path):
    """One that is not known by its name would be carried out a second time."""
    with journal_of(version, name, tmp_path) as journal:
        live, confirmed = journal.live(), journal.confirmed_since(0)
        chain = journal.get(CHAIN_KEY)

    assert len(confirmed) >= INTERVALS
    assert chain.startswith("720720 ")
    for promise in (*live, *confirmed):
        assert identity_of(from_json(promise.intent)) == promise.identity
        assert all(attempt.raw and attempt.fee_wei > 0 for attempt in promise.attempts)


@versions
@homes
def test_flight_record_replays(version, name):
    replayed = list(replay(KEPT / version / name / "flight.jsonl.gz"))
    differences = [one for one in replayed if one is not None]

    assert len(replayed) > 100
    differing = {
        type(command).__name__
        for one in differences
        for command in set(one.recorded) ^ set(one.replayed)
    }
    assert differing == DECIDED_OTHERWISE[version, name]


@homes
def test_flight_record_replays_to_the_same_commands_by_the_command(name, capsys):
    assert main(["replay", str(KEPT / "f74f535" / name / "flight.jsonl.gz")]) == 0
    assert capsys.readouterr().out.endswith(" cycles replayed: the same commands\n")


@versions
@pytest.mark.parametrize("name", [BUYER, UTILITY])
def test_backup_gives_account_and_journal_back(version, name, tmp_path, monkeypatch):
    kept = read_backup(KEPT / version / name / "backup", PASSPHRASE)
    kept = replace(kept, parameters=kept.parameters.replace(str(STREET), str(tmp_path)))
    restore(kept, tmp_path / "parameters.yml", {}, print, overwrite=False, keep_parameters=True)

    role = UTILITY if name == UTILITY else "node"
    files = role_files(parse((tmp_path / "parameters.yml").read_text(), "restored"), role)
    assert files.open().account == kept.address
    if role == "node":
        assert kept.address == parameters_of(version, name).node.address
    with opened(files.state_directory / JOURNAL_NAME) as journal:
        texts, confirmed = journal.items(""), journal.confirmed_since(0)
    (tmp_path / "copy").write_bytes(base64.b64decode(kept.journal))
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        then = dict(copy.execute("SELECT key, value FROM store"))
        promised = copy.execute("SELECT count(*) FROM promises WHERE state = 'confirmed'")
        assert promised.fetchone() == (len(confirmed),)
    # What may be under way is waited out: see `node.account.restore`.
    assert texts == {key: value for key, value in then.items() if key != CHAIN_KEY}


@versions
@homes
def test_home_starts_with_its_parameters(version, name):
    parameters = parameters_of(version, name)

    settings = home_settings(parameters, parameters.node.address)
    assert settings.supply is not None
    assert settings.delivery is not None
    assert settings.trading is not None
    assert forecasting_settings(parameters) is not None
    assert measuring_settings(parameters).sensor_names
    assert ledger_settings(parameters, read_only=False) is not None


@versions
def test_utility_starts_with_its_parameters(version):
    parameters = parameters_of(version, UTILITY)

    assert rules_of(utility_of(parameters)) is not None
    assert utility_ledger_settings(parameters, read_only=False) is not None


@versions
def test_relay_starts_with_its_parameters(version):
    settings = settings_from(parameters_of(version, RELAY))

    ensure_sound(settings)
    assert len(settings.wiring.connections) == HOMES - 1
