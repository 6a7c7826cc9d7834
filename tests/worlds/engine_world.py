"""An engine on a scripted chain: each look is one cycle, and time goes by as the test says."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from node.core.commands import Intent
from node.core.facts import Fact, IntentConfirmed, IntentRefused
from node.ledger.engine import Engine
from node.state.journal import Journal
from tests.factories.ledger import ledger_settings
from tests.parts.raw_endpoint import CHAIN_ID
from tests.parts.scripted_chain import ScriptedChain, scripted
from tests.worlds.sender_world import OWN, REPLACE_AFTER_S

Kind = TypeVar("Kind", bound=Fact)


class Talk:
    """Hold an engine; each `look` is one cycle, one second after the last."""

    def __init__(self, chain: ScriptedChain, url: str, path: Path) -> None:
        self.chain = chain
        self.now_s = 1_000.0
        self.facts: list[Fact] = []
        self.changes: dict[str, object] = {}
        self._url, self.journal_path = url, path
        self.begin()

    def begin(self, **changes: object) -> None:
        """Begin on the journal as it is, with other settings than the plain ones."""
        self.journal = Journal(self.journal_path)
        self.journal.open()
        plain = {"chain_id": CHAIN_ID, "replace_after_s": REPLACE_AFTER_S}
        self.settings = ledger_settings(self._url, **(plain | changes))
        self.engine = Engine(
            self.settings, self.journal, OWN, self.facts.append, closing=lambda: False
        )

    def restart(self, **changes: object) -> None:
        """End without a word, and begin again."""
        self.journal.close()
        self.begin(**changes)

    def look(self, after_s: float = 1.0) -> float:
        """Run one cycle; give in how many seconds the next is due."""
        self.now_s += after_s
        return self.engine.cycle(self.now_s)

    def submit(self, *intents: Intent) -> None:
        """Hand intents in, and look."""
        for intent in intents:
            self.engine.take(intent)
        self.look()

    def told(self, kind: type[Kind]) -> list[Kind]:
        """Give the facts of a kind, oldest first."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def refusals(self) -> list[str]:
        """Name what was refused, oldest first."""
        return [fact.name for fact in self.told(IntentRefused)]

    def nonces(self) -> list[int]:
        """Give the nonces of all that was put to the chain, oldest first."""
        return [sent.nonce for sent in self.chain.offered]

    def confirmed(self) -> list[Intent]:
        """Give the intents that were carried out, oldest first."""
        return [fact.intent for fact in self.told(IntentConfirmed)]


@contextlib.contextmanager
def talking(directory: Path) -> Iterator[Talk]:
    """Run an engine for a while, before a chain where nothing was sent yet."""
    chain = ScriptedChain(OWN.account)
    with scripted(chain) as endpoint:
        one = Talk(chain, endpoint.url, directory / "journal.db")
        try:
            yield one
        finally:
            one.journal.close()
