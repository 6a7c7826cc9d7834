"""What the chain shows of the interval auction, and what a home or the utility may ask of it.

Frozen records only; energy in orders is in the auction's units, everything else as in `records`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from node.core.auction.clearing import Bid, Clearing, Kind, Order, fills
from node.core.auction.gate import TariffVersion, gate_closes_s, version_of
from node.core.auction.pairing import Pairing, Round, Wires, pair
from node.core.auction.tariff import Tariff
from node.core.records import BlockStamp


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRules:
    """Hold what the auction's contract fixed for ever; spans are chain seconds.

    `first_retail_per_kwh` is of the tariff that it was deployed with, in base units.
    """

    interval_s: int
    gate_lead_s: int
    unit_milliwh: int
    least_units: int
    margin_percent: int
    reading_deadline_s: int
    first_retail_per_kwh: int

    def gate_s(self, interval: int) -> int:
        """Give the instant from which an interval takes no order, and may be cleared."""
        return gate_closes_s(interval, self.interval_s, self.gate_lead_s)

    def deadline_s(self, interval: int) -> int:
        """Give the instant from which a missing reading is settled at its worst."""
        return (interval + 1) * self.interval_s + self.reading_deadline_s


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedTariff:
    """Hold one numbered tariff, and from which interval on it holds."""

    version: TariffVersion
    tariff: Tariff


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """Hold an order that the contract holds, with the money that it has deposited."""

    account: str
    meter_id: int
    interval: int
    order: Order
    deposit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledOrder:
    """Hold how an order of the auction ended; money as the home receives it (below 0: it pays).

    `missing` says that its meter was silent.
    """

    interval: int
    meter_id: int
    solar_units: int
    chp_units: int
    metered_milliwh: int
    missing: bool
    trade: int
    grid: int
    block: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearedInterval:
    """Hold an interval's result and the block that has it."""

    interval: int
    clearing: Clearing
    block: BlockStamp


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeSeen:
    """Hold an account's gas in wei, its money at the auction, and its meter (0: named otherwise).

    `boundary` is the newest that the meter has reported, None where there is none.
    """

    account: str
    meter_id: int
    balance_wei: int
    balance: int
    boundary: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilityView:
    """Hold what the utility sees of the chain at one block.

    `orders` are all that are not settled, `cleared` the results of their intervals. `boundaries`
    has the newest reported boundary of each of their meters (meter id, boundary). `balance` is
    the account's own at the auction, `grid_balance` the utility's, of which it owes `grid_owes`.
    `homes` has what is known of each home, some of it as of an earlier block. `noted` are the
    intervals whose missing readings were noted, each with the chain time from which that counts.
    `leaving` is what of the grid's money was announced to leave, and from when on it may (chain
    time).
    """

    chain_id: int
    block: BlockStamp
    observed_at_s: float
    block_period_s: float
    gas_balance_wei: int
    tokens: int
    rules: MarketRules
    tariffs: tuple[PostedTariff, ...]
    orders: tuple[PlacedOrder, ...]
    cleared: tuple[ClearedInterval, ...]
    boundaries: tuple[tuple[int, int], ...]
    balance: int
    grid_balance: int
    grid_owes: int
    homes: tuple[HomeSeen, ...]
    noted: tuple[tuple[int, int], ...] = ()
    leaving: int = 0
    leaving_from_s: int = 0

    def result(self, interval: int) -> ClearedInterval | None:
        """Give an interval's result, None while it is not cleared."""
        return next((found for found in self.cleared if found.interval == interval), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeMarket:
    """Hold what a home sees of the auction, at the block of the chain's view beside it.

    `orders` are its meter's own that are not settled; `cleared` has the results of their intervals
    and of the newest ones that are. `tariffs` are those in force now and for each interval that
    takes orders. `balance` is the account's own at the auction, `owed` what the grid owes it.
    """

    rules: MarketRules
    tariffs: tuple[PostedTariff, ...]
    orders: tuple[PlacedOrder, ...]
    cleared: tuple[ClearedInterval, ...]
    balance: int
    owed: int

    def result(self, interval: int) -> ClearedInterval | None:
        """Give an interval's result, None while it is not cleared."""
        return next((found for found in self.cleared if found.interval == interval), None)

    def order(self, interval: int) -> PlacedOrder | None:
        """Give the own order in an interval, None if there is none."""
        return next((found for found in self.orders if found.interval == interval), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetInterval:
    """Hold the orders of the whole street in an interval that is not over: account and order.

    Those without energy are left out; they come by their meters' numbers.
    """

    interval: int
    orders: tuple[tuple[str, Order], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Hold what a home expects of an interval that takes orders.

    `outcomes_milliwh` are equally likely, need above zero and surplus below; `ticks` the expected
    price of each local kind, in the order of `Kind`.
    """

    interval: int
    outcomes_milliwh: tuple[int, ...]
    ticks: tuple[int, ...]


def pairing_of(view: UtilityView, interval: int, wires: Wires) -> Pairing | None:
    """Pair an interval's fills over the wires; None while it is not cleared."""
    result = view.result(interval)
    if result is None:
        return None
    orders = [(p.account, p.order) for p in view.orders if p.interval == interval]
    return pair_orders(result, orders, view.rules.unit_milliwh, wires)


def pair_orders(
    result: ClearedInterval,
    orders: Sequence[tuple[str, Order]],
    unit_milliwh: int,
    wires: Wires,
) -> Pairing:
    """Pair what an interval's orders, each with its account, trade over the wires."""
    first = result.clearing.first
    rounds = tuple(
        _round(result.clearing, orders, unit_milliwh, kind) for kind in (first, first.other)
    )
    return pair(result.interval, rounds, wires)


def _round(
    clearing: Clearing, orders: Sequence[tuple[str, Order]], unit_milliwh: int, kind: Kind
) -> Round:
    sold: dict[str, int] = {}
    bought: dict[str, int] = {}
    for account, order in orders:
        side = bought if isinstance(order, Bid) else sold
        # An account may have several meters, and each of them an order.
        energy_milliwh = fills(clearing, order).units(kind) * unit_milliwh
        side[account] = side.get(account, 0) + energy_milliwh
    return Round(kind=kind.name.lower(), sold=sold, bought=bought)


def tariff_in(interval: int, tariffs: tuple[PostedTariff, ...]) -> Tariff:
    """Give the tariff in force in an interval.

    Raises:
        ValueError: every one begins later.
    """
    number = version_of(interval, [posted.version for posted in tariffs])
    return next(posted.tariff for posted in tariffs if posted.version.number == number)


def tariffs_since(interval: int, tariffs: tuple[PostedTariff, ...]) -> tuple[PostedTariff, ...]:
    """Give the tariff in force in an interval, and all later ones."""
    begun = [posted.version for posted in tariffs if posted.version.first_interval <= interval]
    if not begun:
        return tariffs
    number = version_of(interval, begun)
    return tuple(p for p in tariffs if p.version not in begun or p.version.number == number)
