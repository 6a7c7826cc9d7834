"""One frozen picture of a home per cycle; every rule reads this and nothing else."""

from dataclasses import dataclass

from node.core.auction.clearing import Kind
from node.core.auction.market import HomeMarket, Outlook
from node.core.auction.pairing import Pairing
from node.core.energy.battery import BatteryPicture
from node.core.energy.meters import MeterPicture
from node.core.facts import Fact
from node.core.records import ChainView, Receipt, RelayView


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Hold all that a home knows at one instant.

    `chain_stood_at_s` is when the chain, if it makes no empty blocks, last said that the block of
    `chain` is the newest (monotonic).

    `now_s` is monotonic, `calendar_s` is in seconds since 1970; `clock_speed` is how many seconds
    of calendar and chain pass in a monotonic one. `facts` are those that arrived
    since the observation before. `receipts` are verified, the newest of each open order.
    `pairings` are the own parts as they were worked out here, or as the utility told them where
    that cannot be (`pairing_unchecked` says why); `pairing_differs` says how it tells them
    otherwise. `wires_hash` names the wires now, `turns` this home's place among those who may clear
    an interval (interval, place). `largest_sellers` are their shares, in per cent, of the solar and
    the CHP energy sold in an interval, `unsold` the kinds that nobody sells who is wired to this
    home. `outlooks` are of the intervals that take orders.
    """

    now_s: float
    calendar_s: float
    clock_speed: float
    battery: BatteryPicture
    load: MeterPicture | None
    connection: MeterPicture | None
    chain: ChainView | None
    chain_problem: str | None
    relay: RelayView | None
    relay_lost_at_s: float | None
    broker_problem: str | None
    journal_problem: str | None
    clock_problem: str | None
    sensor_problems: tuple[tuple[str, str], ...]
    receipts: tuple[Receipt, ...]
    wants_own_source: bool
    facts: tuple[Fact, ...]
    market: HomeMarket | None = None
    pairings: tuple[Pairing, ...] = ()
    outlooks: tuple[Outlook, ...] = ()
    report_problem: str | None = None
    chain_stood_at_s: float | None = None
    pairing_unchecked: str = ""
    pairing_differs: str = ""
    wires_hash: bytes | None = None
    turns: tuple[tuple[int, int], ...] = ()
    largest_sellers: tuple[tuple[int, int | None, int | None], ...] = ()
    unsold: tuple[Kind, ...] = ()

    @property
    def chain_now_s(self) -> float | None:
        """Give the chain's time now: the newest block's, and what has passed since it was seen.

        None where no block has been seen.
        """
        if self.chain is None:
            return None
        passed_s = max(0.0, self.now_s - self.chain.observed_at_s)
        return self.chain.block.timestamp_s + passed_s * self.clock_speed
