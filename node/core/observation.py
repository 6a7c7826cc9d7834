"""One frozen picture of a home per cycle; every rule reads this and nothing else."""

from dataclasses import dataclass

from node.core.auction.clearing import Kind
from node.core.auction.market import HomeMarket, Outlook
from node.core.auction.pairing import Pairing
from node.core.facts import Fact
from node.core.records import ChainView, Receipt, Registers, RelayView

NO_ENERGY = Registers(import_milliwh=0, export_milliwh=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryPicture:
    """Hold the battery as judged from its last samples.

    `soc_pct` is None when there is no fresh, plausible sample; `settled` says that enough of them
    agree; `problem` says in one sentence why there is none.
    """

    soc_pct: float | None
    settled: bool
    taken_at_s: float | None
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterPicture:
    """Hold a meter's registers and, where a fresh sample exists, the power behind them.

    `power_w` is positive into the home (import) and negative out of it; None when stale.
    `raised` is by how much the registers were raised to others' word in this run.
    """

    registers: Registers
    power_w: float | None
    bus_voltage_v: float | None
    raised: Registers = NO_ENERGY

    @property
    def metered(self) -> Registers:
        """Give registers that nothing but what was metered moves."""
        return Registers(
            import_milliwh=self.registers.import_milliwh - self.raised.import_milliwh,
            export_milliwh=self.registers.export_milliwh - self.raised.export_milliwh,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Hold all that a home knows at one instant.

    `chain_stood_at_s` is when the chain, if it makes no empty blocks, last said that the block of
    `chain` is the newest (monotonic).

    `now_s` is monotonic, `calendar_s` is in seconds since 1970. `facts` are those that arrived
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


def chain_time_s(view: ChainView, now_s: float, speed: float) -> float:
    """Estimate the chain's time now: the newest block's, plus what has passed since (calendar)."""
    return view.block.timestamp_s + max(0.0, now_s - view.observed_at_s) * speed
