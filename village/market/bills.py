"""Work out each home's bill with the market and without it, in base units, from the same meters.

What an order has settled is on the chain: the trade with neighbours, and the grid's part of it. The
rest of what the meter shows is on the grid's ordinary bill, at its two tariffs: an interval without
an order, the other direction of one with an order, and what a deposit did not cover. The sale's
energy flows over the same connection and is no grid's, so the ordinary bill leaves it out. Without
the market the grid bills all that the same meter shows, interval by interval.

Money is what the home receives; negative, what it pays. It rounds against the home, always.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from node.core.auction.clearing import Bid, Order
from node.core.auction.settlement import Settlement
from node.core.auction.tariff import Tariff
from node.core.units import cost_up, proceeds_down


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """Hold an order that was settled: its fill in milliwatt-hours, and its money."""

    order: Order
    unit_milliwh: int
    settlement: Settlement

    @property
    def is_bid(self) -> bool:
        """Tell whether the home bought."""
        return isinstance(self.order, Bid)

    @property
    def filled_milliwh(self) -> int:
        """Give what was traded with neighbours."""
        fills = self.settlement.fills
        return (fills.solar_units + fills.chp_units) * self.unit_milliwh

    @property
    def kept_milliwh(self) -> int:
        """Give what of the fill the meter shows as well: that much flowed as traded."""
        return min(self.filled_milliwh, self.settlement.metered_milliwh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Hold one home's interval: both registers' rise, the sale's energy in it, and its order.

    `drawn_milliwh` and `delivered_milliwh` are what receipts of the sale say for the interval.
    """

    home: str
    interval: int
    tariff: Tariff
    import_milliwh: int
    export_milliwh: int
    drawn_milliwh: int
    delivered_milliwh: int
    trade: Trade | None

    @property
    def without(self) -> int:
        """Give the grid's bill for the whole of it."""
        return _at_grid(self.tariff, self.import_milliwh, self.export_milliwh)

    @property
    def ordinary(self) -> int:
        """Give the grid's bill for what no order settled and no neighbour sold."""
        if self.trade is None:
            return self._beside_sale()
        if self.trade.is_bid:
            return _at_grid(self.tariff, 0, self.export_milliwh) - self._uncovered()
        return _at_grid(self.tariff, self.import_milliwh, 0)

    @property
    def twice_milliwh(self) -> int:
        """Give the sale's energy of an interval whose order settles the same meter: 0."""
        if self.trade is None:
            return 0
        return self.drawn_milliwh + self.delivered_milliwh

    @property
    def unexplained_milliwh(self) -> int:
        """Give by how much the order was settled for other than the meter's rise: 0, always."""
        if self.trade is None:
            return 0
        shown = self.import_milliwh if self.trade.is_bid else self.export_milliwh
        return self.trade.settlement.metered_milliwh - shown

    @property
    def lost_milliwh(self) -> int:
        """Give what a seller exported beyond twice its order, which nobody pays."""
        if self.trade is None or self.trade.is_bid:
            return 0
        most = 2 * self.trade.order.energy_units * self.trade.unit_milliwh
        return max(0, self.export_milliwh - most)

    def _beside_sale(self) -> int:
        if not self.drawn_milliwh and not self.delivered_milliwh:
            return self.without
        # The one meter shows both together; what the sale moved is not the grid's.
        sold = self.delivered_milliwh - self.drawn_milliwh
        net = self.import_milliwh - self.export_milliwh + sold
        return _at_grid(self.tariff, max(0, net), max(0, -net))

    def _uncovered(self) -> int:
        """Give what the import beyond the fill costs above what was left of the deposit."""
        assert self.trade is not None
        settlement = self.trade.settlement
        beyond = max(0, settlement.metered_milliwh - self.trade.filled_milliwh)
        left = settlement.deposit + settlement.trade
        return max(0, cost_up(beyond, self.tariff.retail_per_kwh) - left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Hold one home's day: what it received for each part, and what it would have without."""

    home: str
    trade: int
    grid: int
    ordinary: int
    sale: int
    without: int

    @property
    def together(self) -> int:
        """Give the whole bill with the market."""
        return self.trade + self.grid + self.ordinary + self.sale

    @property
    def saving(self) -> int:
        """Give what the market brought."""
        return self.together - self.without


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """Hold all homes' day together: energies in milliwatt-hours, money in base units.

    `traded_milliwh` is what neighbours bought of each other and the meters show; `most_milliwh`
    what one meter around them all would have kept within, hour by hour.
    """

    bills: tuple[Bill, ...]
    solar_milliwh: int
    load_milliwh: int
    import_milliwh: int
    export_milliwh: int
    traded_milliwh: int
    most_milliwh: int
    lost_milliwh: int

    @property
    def together(self) -> int:
        """Give the homes' bill with the market."""
        return sum(bill.together for bill in self.bills)

    @property
    def without(self) -> int:
        """Give the homes' bill without it."""
        return sum(bill.without for bill in self.bills)

    @property
    def dust(self) -> int:
        """Give what rounding left in the contract: what buyers paid and no seller got."""
        return -sum(bill.trade for bill in self.bills)

    @property
    def utility(self) -> int:
        """Give what the utility received of the homes, over the chain and by ordinary bills."""
        return -sum(bill.grid + bill.ordinary for bill in self.bills)

    @property
    def adds_up(self) -> bool:
        """Tell whether all that homes paid is the utility's or the contract's dust."""
        return -self.together == self.utility + self.dust and self.dust >= 0

    def self_consumption(self, shared_milliwh: int) -> float:
        """Give the part of the solar that homes use, with so much of it shared."""
        used = self.solar_milliwh - self.export_milliwh + shared_milliwh
        return used / self.solar_milliwh if self.solar_milliwh else 0.0

    def self_sufficiency(self, shared_milliwh: int) -> float:
        """Give the part of the load that nobody had to import, with so much of it shared."""
        own = self.load_milliwh - self.import_milliwh + shared_milliwh
        return own / self.load_milliwh if self.load_milliwh else 0.0


def bill_of(home: str, slices: Iterable[Slice], sale: int) -> Bill:
    """Add up a home's intervals; `sale` is what it received for its orders at the sale."""
    mine = [piece for piece in slices if piece.home == home]
    trades = [piece.trade.settlement for piece in mine if piece.trade is not None]
    return Bill(
        home=home,
        trade=sum(settlement.trade for settlement in trades),
        grid=sum(settlement.grid for settlement in trades),
        ordinary=sum(piece.ordinary for piece in mine),
        sale=sale,
        without=sum(piece.without for piece in mine),
    )


def community_of(
    bills: Sequence[Bill], slices: Sequence[Slice], *, solar_milliwh: int, load_milliwh: int
) -> Community:
    """Bring the homes together; solar and load are of the same intervals."""
    by_interval: dict[int, list[Slice]] = {}
    for piece in slices:
        by_interval.setdefault(piece.interval, []).append(piece)
    return Community(
        bills=tuple(bills),
        solar_milliwh=solar_milliwh,
        load_milliwh=load_milliwh,
        import_milliwh=sum(piece.import_milliwh for piece in slices),
        export_milliwh=sum(piece.export_milliwh for piece in slices),
        traded_milliwh=sum(map(_traded, by_interval.values())),
        most_milliwh=sum(map(_most, by_interval.values())),
        lost_milliwh=sum(piece.lost_milliwh for piece in slices),
    )


def _traded(pieces: Sequence[Slice]) -> int:
    trades = [piece.trade for piece in pieces if piece.trade is not None]
    bought = sum(trade.kept_milliwh for trade in trades if trade.is_bid)
    sold = sum(trade.kept_milliwh for trade in trades if not trade.is_bid)
    return min(bought, sold)


def _most(pieces: Sequence[Slice]) -> int:
    imported = sum(piece.import_milliwh for piece in pieces)
    exported = sum(piece.export_milliwh for piece in pieces)
    return min(imported, exported)


def _at_grid(tariff: Tariff, import_milliwh: int, export_milliwh: int) -> int:
    earned = proceeds_down(export_milliwh, tariff.feed_in_per_kwh)
    return earned - cost_up(import_milliwh, tariff.retail_per_kwh)
