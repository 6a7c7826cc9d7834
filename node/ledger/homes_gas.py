"""Watch the homes' gas: who they are by the registry, and in turn what each has left.

Some balances are read in each block, so that a large street costs no block much; a balance may be
as old as one round.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from node.ledger import answers as read
from node.ledger.keccak import checksum_address
from node.ledger.market_events import view
from node.ledger.registry import RegistryContract
from node.ledger.rpc import Call, Rpc

AT_ONCE = 50
"""Balances of one block."""
AGAIN_BLOCKS = 300
"""A meter's owner and reporter may change: so often all are read again."""
MOST_METERS = 50_000


class HomesGas:
    """Hold the homes' balances; `accounts` None takes every meter's owner and reporter."""

    def __init__(
        self, rpc: Rpc, registry: RegistryContract, accounts: Sequence[str] | None, own: str | None
    ) -> None:
        self._rpc = rpc
        self._registry = registry
        self._own = own
        self._finds = accounts is None
        self._balances: dict[str, int | None] = {}
        self._turn: deque[str] = deque()
        self._asked: tuple[str, ...] = ()
        self._meters = 0
        self._found_at: int | None = None
        self._told: tuple[tuple[str, int], ...] | None = None
        self._add(accounts or ())

    @property
    def balances_wei(self) -> tuple[tuple[str, int], ...]:
        """Give each home's newest known balance."""
        if self._told is None:
            known = self._balances.items()
            self._told = tuple((account, wei) for account, wei in known if wei is not None)
        return self._told

    def calls(self, at: str) -> list[Call]:
        """Ask for the next homes' balances at a block, and for how many meters there are."""
        self._asked = tuple(self._turn)[:AT_ONCE]
        calls: list[Call] = [("eth_getBalance", [account, at]) for account in self._asked]
        if self._finds:
            where = {"to": self._registry.address, "data": self._registry.meter_count()}
            calls.append(("eth_call", [where, at]))
        return calls

    def learn(self, answers: Sequence[Any], block: int) -> None:
        """Take the answers to `calls` in, and read whose the meters are where that is due.

        Raises:
            ChainUnavailable: the endpoint could not answer.
        """
        for account, answer in zip(self._asked, answers, strict=False):
            self._balances[account] = read.number(answer)
        self._turn.rotate(-len(self._asked))
        self._told = None
        if self._finds:
            self._find(min(self._registry.count(str(answers[-1])), MOST_METERS), block)

    def _find(self, meters: int, block: int) -> None:
        if self._found_at is None or block >= self._found_at + AGAIN_BLOCKS:
            self._meters, self._found_at = 0, block
        if meters > self._meters:
            self._add(self._accounts_of(range(self._meters + 1, meters + 1), hex(block)))
            self._meters = meters

    def _accounts_of(self, meter_ids: Sequence[int], at: str) -> Iterator[str]:
        registry = self._registry
        asked = [registry.owner_of(meter_id) for meter_id in meter_ids]
        for answer in view(self._rpc, registry.address, asked, at):
            yield registry.owner(answer)
        asked = [registry.meters(meter_id) for meter_id in meter_ids]
        for answer in view(self._rpc, registry.address, asked, at):
            yield registry.reporter(answer)

    def _add(self, accounts: Sequence[str] | Iterator[str]) -> None:
        for account in map(checksum_address, accounts):
            if account not in self._balances and account != self._own:
                self._balances[account] = None
                self._turn.append(account)
