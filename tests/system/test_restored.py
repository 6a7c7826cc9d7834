"""A restored home never buys a number twice, however old its journal."""

from pathlib import Path

import pytest

from node.account.backup import back_up, read_backup
from node.account.restore import restore
from node.core.facts import IntentConfirmed, IntentRefused
from node.keys.account import Account
from node.state.journal import JOURNAL_NAME
from tests.parts.chain import Street
from tests.parts.ledger_home import Home, order, orders_opened
from tests.parts.waiting import until

PHRASE = "a long passphrase"


def as_home(state: Path, parameters: Path) -> Path:
    """Give the ledger's files the names that a home's have."""
    (state / "password").write_text("password\n")
    (state / "password").chmod(0o600)
    parameters.write_text(f"node:\n  state_directory: {state}\n  password_file: {state}/password\n")
    return parameters


@pytest.mark.failure(
    part="journal",
    failure="an older journal comes back while a purchase is under way that it does not know",
    person="nothing is sent before that is settled",
    money="each number is bought once",
)
def test_a_restored_journal_that_is_older_than_a_pending_purchase_buys_nothing_twice(
    street: Street, seller: str, buyer: Account, tmp_path: Path
) -> None:
    home = Home(street, buyer, tmp_path, sellers=(seller,))
    home.view()
    home.submit(order(seller, 1))
    home.wait(IntentConfirmed)
    file, older = tmp_path / "backup", tmp_path / JOURNAL_NAME
    home.journal.copy_to(older)
    parameters = as_home(tmp_path, tmp_path / "parameters.yml")
    file.write_bytes(back_up(parameters, "node", PHRASE)[1])
    street.chain.set_automine(False)
    home.submit(order(seller, 2))
    until(street.chain.pending, "the second purchase is under way")
    home.close()

    for path in (tmp_path / "keystore.json", older, parameters):
        path.unlink()
    restore(read_backup(file, PHRASE), parameters, {}, print, overwrite=False, keep_parameters=True)
    older.replace(tmp_path / "journal.db")
    again = Home(street, buyer, tmp_path, sellers=(seller,))
    again.view()
    again.submit(order(seller, 2))
    street.chain.mine(3)
    street.chain.set_automine(True)
    until(lambda: again.all(IntentRefused) or again.all(IntentConfirmed), "the order is answered")
    again.close()

    assert orders_opened(street) == 2
    assert street.chain.transactions_of(buyer.account) == 2
