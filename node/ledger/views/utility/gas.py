"""Watch the homes' gas: who they are by the registry, and in turn what each has left.

Some balances are read in each block, so that a large street costs no block much; a balance may be
as old as one round.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from node.core.auction.market import HomeGas
from node.keys.keccak import checksum_address
from node.ledger.chain import answers as read
from node.ledger.chain.endpoint import Call
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.registry import RegistryContract
from node.ledger.views.events import view

AT_ONCE = 50
"""Balances of one block."""
AGAIN_BLOCKS = 300
"""A meter's owner and reporter may change: so often all are read again."""
MOST_METERS = 50_000
_NO_METER = 0


class HomesGas:
    """Hold the homes' balances; `accounts` None takes every meter's owner and reporter."""

    def __init__(
        self, rpc: Rpc, registry: RegistryContract, accounts: Sequence[str] | None, own: str | None
    ) -> None:
        self._rpc = rpc
        self._registry = registry
        self._own = own
        self._finds = accounts is None
        self._meter_of: dict[str, int] = {}
        self._balances: dict[str, int] = {}
        self._turn: deque[str] = deque()
        self._watched: set[str] = set()
        self._asked: tuple[str, ...] = ()
        self._meters = 0
        self._found_at: int | None = None
        self._told: tuple[HomeGas, ...] | None = None
        self._add((checksum_address(account), _NO_METER) for account in accounts or ())

    @property
    def homes(self) -> tuple[HomeGas, ...]:
        """Give each home's newest known balance."""
        if self._told is None:
            self._told = tuple(
                HomeGas(account=account, meter_id=meter_id, balance_wei=self._balances[account])
                for account, meter_id in self._meter_of.items()
                if account in self._balances
            )
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
        # A block below the last one: that was an endpoint's word that there are so many.
        if self._found_at is None or not 0 <= block - self._found_at < AGAIN_BLOCKS:
            found = list(self._accounts_of(range(1, meters + 1), hex(block)))
            self._forget_all_but({account for account, _ in found})
            self._add(found)
            self._meters, self._found_at = meters, block
        elif meters > self._meters:
            self._add(self._accounts_of(range(self._meters + 1, meters + 1), hex(block)))
            self._meters = meters

    def _accounts_of(self, meter_ids: Sequence[int], at: str) -> Iterator[tuple[str, int]]:
        registry = self._registry
        asked = [registry.owner_of(meter_id) for meter_id in meter_ids]
        answers = view(self._rpc, registry.address, asked, at)
        for meter_id, answer in zip(meter_ids, answers, strict=True):
            yield checksum_address(registry.owner(answer)), meter_id
        asked = [registry.meters(meter_id) for meter_id in meter_ids]
        answers = view(self._rpc, registry.address, asked, at)
        for meter_id, answer in zip(meter_ids, answers, strict=True):
            yield checksum_address(registry.reporter(answer)), meter_id

    def _forget_all_but(self, accounts: set[str]) -> None:
        """Forget who owns and reports no meter any more: such accounts cost nothing to make."""
        self._turn = deque(account for account in self._turn if account in accounts)
        self._watched = set(self._turn)
        self._meter_of.clear()
        self._balances = {a: wei for a, wei in self._balances.items() if a in accounts}

    def _add(self, accounts: Iterable[tuple[str, int]]) -> None:
        for account, meter_id in accounts:
            if account == self._own:
                continue
            self._meter_of.setdefault(account, meter_id)
            if account not in self._watched:
                self._watched.add(account)
                self._turn.append(account)
