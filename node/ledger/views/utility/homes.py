"""Watch the homes: who they are by the registry, and in turn what each has and last reported.

Some are read in each block, so that a large street costs no block much; what is known of a home
may be as old as one round.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from node.core.auction.market import HomeSeen
from node.core.records import Registers
from node.keys.keccak import checksum_address
from node.ledger.chain import answers as read
from node.ledger.chain.asking import (
    Question,
    asked_in_parts,
    at_block,
    both,
    each,
    nothing,
    one,
    unless_refused,
)
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.auction import AuctionContract
from node.ledger.contracts.registry import RegistryContract

AT_ONCE = 50
"""Homes of one block."""
AGAIN_BLOCKS = 300
"""A meter's owner and reporter may change: so often all are read again."""
MOST_METERS = 50_000
_NO_METER = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HomesTold:
    """Hold some homes as they are now, and how many meters there are; None where that is known."""

    homes: tuple[HomeSeen, ...]
    meters: int | None


class Homes:
    """Hold what is known of them; `accounts` None takes every meter's owner and reporter."""

    def __init__(
        self,
        rpc: Rpc,
        registry: RegistryContract,
        auction: AuctionContract,
        accounts: Sequence[str] | None,
        own: str | None,
    ) -> None:
        self._rpc = rpc
        self._registry = registry
        self._auction = auction
        self._own = own
        self._finds = accounts is None
        self._meter_of: dict[str, int] = {}
        self._known: dict[str, HomeSeen] = {}
        self._turn: deque[str] = deque()
        self._watched: set[str] = set()
        self._meters = 0
        self._found_at: int | None = None
        self._told: tuple[HomeSeen, ...] | None = None
        self._add((checksum_address(account), _NO_METER) for account in accounts or ())

    @property
    def homes(self) -> tuple[HomeSeen, ...]:
        """Give what is newest of each home that was read already."""
        if self._told is None:
            self._told = tuple(
                replace(self._known[account], meter_id=meter_id)
                for account, meter_id in self._meter_of.items()
                if account in self._known
            )
        return self._told

    def question(self, at: str) -> Question[HomesTold]:
        """Ask of the next homes at a block, and for how many meters there are."""
        homes = each(self._question(account, at) for account in tuple(self._turn)[:AT_ONCE])
        meters: Question[int | None] = nothing(None)
        if self._finds:
            meters = at_block(self._registry.meter_count(), at)
        return both(homes, meters, lambda found, count: HomesTold(homes=tuple(found), meters=count))

    def learn(self, told: HomesTold, block: int) -> None:
        """Take in what was told, and read whose the meters are where that is due.

        Raises:
            ChainUnavailable: the endpoint could not answer.
        """
        self._known |= {home.account: home for home in told.homes}
        self._turn.rotate(-len(told.homes))
        self._told = None
        if told.meters is not None:
            self._find(min(told.meters, MOST_METERS), block)

    def _question(self, account: str, at: str) -> Question[HomeSeen]:
        meter_id = self._meter_of[account]
        reading: Question[tuple[int, Registers] | None] = nothing(None)
        if meter_id != _NO_METER:
            # Since its block was read, a reorganisation may have taken the meter away.
            reading = unless_refused(at_block(self._registry.last_reading(meter_id), at))
        gas = one(("eth_getBalance", [account, at]), read.number)
        money = both(gas, at_block(self._auction.balance_of(account), at), lambda *has: has)

        def seen(has: tuple[int, int], found: tuple[int, Registers] | None) -> HomeSeen:
            gas_wei, balance = has
            boundary = found[0] or None if found is not None else None
            return HomeSeen(
                account=account,
                meter_id=meter_id,
                balance_wei=gas_wei,
                balance=balance,
                boundary=boundary,
            )

        return both(money, reading, seen)

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
        self._known = {a: home for a, home in self._known.items() if a in accounts}

    def _add(self, accounts: Iterable[tuple[str, int]]) -> None:
        for account, meter_id in accounts:
            if account == self._own:
                continue
            self._meter_of.setdefault(account, meter_id)
            if account not in self._watched:
                self._watched.add(account)
                self._turn.append(account)
