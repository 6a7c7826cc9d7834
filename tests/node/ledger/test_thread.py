"""The ledger's door: light to load, quick to close, and never in the way."""

import subprocess
import sys
import time
from pathlib import Path

from node.core.commands import CloseOrder
from node.core.facts import ChainLost, Fact, IntentRefused
from node.ledger.settings import LedgerSettings
from node.ledger.thread import MOST_QUEUED, Ledger
from node.state.journal import Journal
from tests.factories.ledger import NOWHERE, ledger_settings
from tests.parts.waiting import until
from village.tcp import free_port

ROOT = Path(__file__).parents[3]


def settings(url: str) -> LedgerSettings:
    return ledger_settings(url, chain_id=1, poll_s=0.05)


def test_node_loads_no_chain_library_before_its_ledger_starts() -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "import node.ledger.thread, node.account.show, node.keys.receipts\n"
        "print([m for m in ('web3', 'eth_account', 'eth_abi', 'requests') if m in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=600, check=True
    )

    assert ended.stdout.strip() == "[]"


def test_ledger_that_was_never_started_takes_intents_up_to_its_bound(tmp_path: Path) -> None:
    facts: list[Fact] = []
    ledger = Ledger(settings("http://127.0.0.1:1"), Journal(tmp_path / "j.db"), None, facts.append)
    for number in range(MOST_QUEUED + 1):
        ledger.submit(CloseOrder(buyer=NOWHERE, number=number))

    (refused,) = facts
    assert isinstance(refused, IntentRefused)
    assert refused.name == "LedgerBusy"
    ledger.close()


def test_secret_in_an_endpoints_path_is_never_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    journal.open()
    facts: list[Fact] = []
    url = f"http://user:secret-word@127.0.0.1:{free_port()}/v3/secret-word"
    ledger = Ledger(settings(url), journal, None, facts.append)
    ledger.start()
    until(lambda: facts, "the chain is lost")
    began_s = time.monotonic()
    ledger.close()
    ledger.close()
    journal.close()

    assert time.monotonic() - began_s < 5
    (lost,) = facts
    assert isinstance(lost, ChainLost)
    assert "no connection" in lost.reason
    assert "secret-word" not in lost.reason
