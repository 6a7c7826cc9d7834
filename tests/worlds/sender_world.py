"""One account's sender and a scripted chain: real journal, key and conversation, and no thread."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from node.core.commands import Intent
from node.core.facts import Fact, IntentConfirmed, IntentRefused
from node.keys.account import Account, account_of_key
from node.ledger.chain import answers as read
from node.ledger.chain.account_state import AccountState, account_state_at
from node.ledger.chain.asking import asked
from node.ledger.chain.heads import Head, head_of
from node.ledger.chain.outcomes import outcomes_of
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.community import Contracts
from node.ledger.sending.fulfilment import Fulfilment
from node.ledger.sending.promises import Promises, Track, hashes_of
from node.ledger.settings import LedgerSettings
from node.state.journal import Journal
from node.state.promise import Promise
from tests.factories.ledger import ledger_settings
from tests.parts.raw_endpoint import CHAIN_ID
from tests.parts.scripted_chain import ScriptedChain, scripted

REPLACE_AFTER_S = 30.0
OWN: Account = account_of_key(bytes([7] * 32))

Kind = TypeVar("Kind", bound=Fact)


class Sender:
    """Hold promises and their fulfilment; `look` does what the engine does at each look."""

    def __init__(self, chain: ScriptedChain, settings: LedgerSettings, path: Path) -> None:
        self.chain = chain
        self.settings = settings
        self.now_s = 1_000.0
        self.facts: list[Fact] = []
        self._path = path
        self.begin()

    def begin(self) -> None:
        """Open the journal, and take up what it holds."""
        self.journal = Journal(self._path)
        self.journal.open()
        self.rpc = Rpc(self.settings.rpc_urls, chain_id=CHAIN_ID, timeout_s=5.0)
        self.promises = Promises(self.journal, self.facts.append)
        self.promises.adopt(self.chain.number)
        contracts = Contracts(self.settings)
        self.fulfilment = Fulfilment(self.rpc, contracts, self.settings, OWN, self.promises)

    def restart(self) -> None:
        """End without a word, and begin again."""
        self.journal.close()
        self.begin()

    def head(self) -> Head:
        """Ask for the head."""
        return head_of(self.rpc.call("eth_getBlockByNumber", "latest", False))

    def account_state(self) -> AccountState:
        """Ask how the account stands at the head."""
        (account_state,) = asked(self.rpc, account_state_at(self.head(), OWN.account))
        return account_state

    def launch(self, *intents: Intent) -> None:
        """Send intents."""
        self.fulfilment.launch(intents, self.account_state(), self.now_s)

    def look(self, after_s: float = 0.0, *, held_back: frozenset[str] = frozenset()) -> None:
        """Let time pass, and act on what the chain says."""
        self.now_s += after_s
        hashes = hashes_of(self.promises.live.values())
        (outcomes,) = asked(self.rpc, outcomes_of(hashes))
        head = self.head()
        deep = hex(head.number - self.settings.confirmations + 1)
        nonce = read.index(self.rpc.call("eth_getTransactionCount", OWN.account, deep))
        self.fulfilment.settle(outcomes, held_back, nonce, head, self.now_s)
        self.promises.let_go(head.number)
        self.fulfilment.advance(self.account_state(), self.now_s)

    def told(self, kind: type[Kind]) -> list[Kind]:
        """Give the facts of a kind, oldest first."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def refusals(self) -> list[str]:
        """Name what was refused, oldest first."""
        return [fact.name for fact in self.told(IntentRefused)]

    def confirmed(self) -> list[Intent]:
        """Give the intents that were carried out, oldest first."""
        return [fact.intent for fact in self.told(IntentConfirmed)]

    def track(self) -> Track:
        """Give the only promise under way."""
        (track,) = self.promises.live.values()
        return track

    def nonces(self) -> list[int]:
        """Give the nonces of all that was put to the chain, oldest first."""
        return [sent.nonce for sent in self.chain.offered]

    def kept(self, identity: str) -> Promise:
        """Read a promise in the journal."""
        promise = self.journal.find(identity)
        assert promise is not None, identity
        return promise


@contextlib.contextmanager
def sender(directory: Path, *, confirmations: int = 1) -> Iterator[Sender]:
    """Run a sender for a while, before a chain where nothing was sent yet."""
    chain = ScriptedChain(OWN.account)
    with scripted(chain) as endpoint:
        settings = ledger_settings(
            endpoint.url, confirmations=confirmations, replace_after_s=REPLACE_AFTER_S
        )
        one = Sender(chain, settings, directory / "journal.db")
        try:
            yield one
        finally:
            one.journal.close()


def stranger(nonce: int) -> tuple[bytes, dict[str, object]]:
    """Sign another transaction with the same key, as a copy of it elsewhere would; show it."""
    fields: dict[str, int | str | bytes] = {
        "chainId": CHAIN_ID, "nonce": nonce, "to": OWN.account, "value": 1, "gas": 21_000,
        "gasPrice": 10**10, "data": "0x",
    }  # fmt: skip
    signed = OWN.sign_transaction(fields)
    shown = {
        "hash": signed.hash, "from": OWN.account, "to": OWN.account, "nonce": hex(nonce),
        "value": "0x1", "gas": hex(21_000), "gasPrice": hex(10**10), "input": "0x",
    }  # fmt: skip
    return signed.raw, shown
