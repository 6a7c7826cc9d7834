"""Watch the homes' gas: who they are by the registry, and in turn what each has left.

Some balances are read in each block, so that a large street costs no block much; a balance may be
as old as one round.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from node.core.auction.market import HomeGas
from node.keys.keccak import checksum_address
from node.ledger.chain import answers as read
from node.ledger.chain.asking import Question, asked_in_parts, at_block, both, each, nothing, one
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.registry import RegistryContract

AT_ONCE = 50
"""Balances of one block."""
AGAIN_BLOCKS = 300
"""A meter's owner and reporter may change: so often all are read again."""
MOST_METERS = 50_000
_NO_METER = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GasTold:
    """Hold some homes' balances in wei, and how many meters there are; None where that is known."""

    balances: Mapping[str, int]
    meters: int | None


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

    def question(self, at: str) -> Question[GasTold]:
        """Ask for the next homes' balances at a block, and for how many meters there are."""
        accounts = tuple(self._turn)[:AT_ONCE]
        balances = each(one(("eth_getBalance", [account, at]), read.number) for account in accounts)
        meters: Question[int | None] = nothing(None)
        if self._finds:
            meters = at_block(self._registry.meter_count(), at)
        return both(
            balances,
            meters,
            lambda found, count: GasTold(
                balances=dict(zip(accounts, found, strict=True)), meters=count
            ),
        )

    def learn(self, told: GasTold, block: int) -> None:
        """Take in what was told, and read whose the meters are where that is due.

        Raises:
            ChainUnavailable: the endpoint could not answer.
        """
        self._balances |= told.balances
        self._turn.rotate(-len(told.balances))
        self._told = None
        if told.meters is not None:
            self._find(min(told.meters, MOST_METERS), block)

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
        for ask in (self._registry.owner_of, self._registry.reporter_of):
            questions = [at_block(ask(meter_id), at) for meter_id in meter_ids]
            yield from zip(asked_in_parts(self._rpc, questions), meter_ids, strict=True)

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
