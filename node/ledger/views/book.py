"""Keep the auction's unsettled orders, results, tariffs and readings, event by event.

Two copies of it make an observer safe from reorganisations: one at a block that no
reorganisation is expected to reach, and one at the head. Touches nothing outside.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from node.core.auction.market import (
    ClearedInterval,
    MarketRules,
    PlacedOrder,
    PostedTariff,
    tariff_in,
)
from node.core.auction.settlement import Terms, deposit_up
from node.ledger.contracts.auction import Placed, Settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """Hold the newest boundary that a meter has reported."""

    meter_id: int
    boundary: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Hold an interval whose missing readings were noted; `from_s` is when that begins to count."""

    interval: int
    from_s: int


Event = Placed | ClearedInterval | Settled | PostedTariff | Reported | Noted


class MarketBook:
    """Hold what the events have left to do; the tuples change only when what they hold does."""

    def __init__(
        self,
        rules: MarketRules,
        tariffs: Iterable[PostedTariff],
        *,
        orders: Iterable[PlacedOrder] = (),
        cleared: Iterable[ClearedInterval] = (),
        boundaries: Iterable[tuple[int, int]] = (),
        noted: Iterable[tuple[int, int]] = (),
    ) -> None:
        self.rules = rules
        self.tariffs = tuple(tariffs)
        self._orders: dict[int, dict[int, PlacedOrder]] = {}
        for placed in orders:
            self._orders.setdefault(placed.interval, {})[placed.meter_id] = placed
        self._cleared = {result.interval: result for result in cleared}
        self._boundaries = dict(boundaries)
        self._noted = dict(noted)
        self._orders_told: tuple[PlacedOrder, ...] | None = None
        self._boundaries_told: tuple[tuple[int, int], ...] | None = None

    @property
    def orders(self) -> tuple[PlacedOrder, ...]:
        """Give every order that is not settled, by interval and meter."""
        if self._orders_told is None:
            self._orders_told = tuple(
                placed[meter_id]
                for _, placed in sorted(self._orders.items())
                for meter_id in sorted(placed)
            )
        return self._orders_told

    @property
    def cleared(self) -> tuple[ClearedInterval, ...]:
        """Give the results of the orders' intervals, oldest first."""
        return tuple(self._cleared[interval] for interval in sorted(self._cleared))

    @property
    def boundaries(self) -> tuple[tuple[int, int], ...]:
        """Give the newest boundary of each meter that has an order."""
        if self._boundaries_told is None:
            meters = {meter_id for placed in self._orders.values() for meter_id in placed}
            known = self._boundaries
            self._boundaries_told = tuple((m, known[m]) for m in sorted(meters & known.keys()))
        return self._boundaries_told

    @property
    def noted(self) -> tuple[tuple[int, int], ...]:
        """Give the intervals whose missing readings were noted, and from when that counts."""
        return tuple(sorted(self._noted.items()))

    def knows(self, meter_id: int) -> bool:
        """Say whether a meter's newest boundary is known."""
        return meter_id in self._boundaries

    def copy(self) -> "MarketBook":
        """Give a book that goes on from here by itself."""
        return MarketBook(
            self.rules,
            self.tariffs,
            orders=self.orders,
            cleared=self.cleared,
            boundaries=self._boundaries.items(),
            noted=self._noted.items(),
        )

    def apply(self, event: Event) -> None:
        """Take one event in; they come in the chain's order.

        Raises:
            ValueError: an order of an interval for which no tariff is known.
        """
        match event:
            case Placed():
                self._place(event)
            case ClearedInterval():
                self._clear(event)
            case Settled():
                self._remove(event.interval, event.meter_id)
            case PostedTariff():
                # A version whose number is used again was dropped, and all that waited after it.
                number = event.version.number
                kept = (held for held in self.tariffs if held.version.number < number)
                self.tariffs = (*kept, event)
            case Noted():
                if event.interval in self._orders:
                    self._noted[event.interval] = event.from_s
            case Reported():
                self._boundaries[event.meter_id] = event.boundary
                self._boundaries_told = None

    def _place(self, event: Placed) -> None:
        # An order that was cancelled is kept until its interval is cleared: its lane takes no
        # other interval's orders before that.
        placed = placed_order(event, self.rules, self.tariffs)
        self._orders.setdefault(placed.interval, {})[placed.meter_id] = placed
        self._orders_told = self._boundaries_told = None

    def _clear(self, result: ClearedInterval) -> None:
        for meter_id, placed in tuple(self._orders.get(result.interval, {}).items()):
            if not placed.order.energy_units:
                self._remove(result.interval, meter_id)
        if result.interval in self._orders:
            self._cleared[result.interval] = result

    def _remove(self, interval: int, meter_id: int) -> None:
        left = self._orders.get(interval, {})
        left.pop(meter_id, None)
        if not left:
            self._orders.pop(interval, None)
            self._cleared.pop(interval, None)
            self._noted.pop(interval, None)
        self._orders_told = self._boundaries_told = None


def placed_order(
    event: Placed, rules: MarketRules, tariffs: tuple[PostedTariff, ...]
) -> PlacedOrder:
    """Give an order with its deposit, which its interval's tariff decides.

    Raises:
        ValueError: no tariff is known for the interval.
    """
    placement = event.placement
    terms = Terms(
        unit_milliwh=rules.unit_milliwh,
        margin_percent=rules.margin_percent,
        tariff=tariff_in(placement.interval, tariffs),
    )
    return PlacedOrder(
        account=event.account,
        meter_id=placement.meter_id,
        interval=placement.interval,
        order=placement.order,
        deposit=deposit_up(placement.order, terms),
    )
