"""Read what the utility's history says of an interval: its orders, and what each of them got."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from page.memory import Row
from page.views.frame import number_in, text_in

KINDS = ("solar", "chp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """Hold one order: energies in milliwatt-hours, money in base units.

    `limits_per_kwh` has the kinds that it is for; `got_milliwh` and `saving` are None where an
    older utility kept the order alone.
    """

    account: str
    is_bid: bool
    energy_milliwh: int
    limits_per_kwh: Mapping[str, int]
    got_milliwh: Mapping[str, int] | None
    saving: int | None


@dataclass(slots=True)
class Sums:
    """Add up what one account, or all, did: energies in milliwatt-hours, money in base units."""

    bought: int = 0
    sold: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    saving: int = 0

    def add(self, one: Traded) -> None:
        """Add an order's fills."""
        got = one.got_milliwh or {}
        if one.is_bid:
            self.bought += sum(got.values())
        else:
            for kind, energy in got.items():
                self.sold[kind] += energy
        self.saving += one.saving or 0


def traded_in(row: Row) -> list[Traded]:
    """Give the orders of an interval's row; what makes no sense is left out."""
    orders, fills = row.get("orders"), row.get("fills")
    placed = orders if isinstance(orders, list) else []
    filled = (
        fills if isinstance(fills, list) and len(fills) == len(placed) else [None] * len(placed)
    )
    found = (_traded(order, fill, row) for order, fill in zip(placed, filled, strict=True))
    return [one for one in found if one is not None]


def sums_of(rows: Iterable[Row]) -> dict[str, Sums]:
    """Add up what each account did in some intervals."""
    sums: dict[str, Sums] = {}
    for row in rows:
        for one in traded_in(row):
            sums.setdefault(one.account, Sums()).add(one)
    return sums


def largest_seller(row: Row, kind: str) -> tuple[str, float] | None:
    """Give who sold most of a kind in an interval, and its share in per cent."""
    sold = {account: sums.sold[kind] for account, sums in sums_of([row]).items()}
    whole = sum(sold.values())
    if not whole:
        return None
    account = max(sold, key=lambda one: sold[one])
    return account, 100.0 * sold[account] / whole


def price_at(row: Row, tick: int) -> int:
    """Give a tick's price in an interval, in base units a kWh."""
    feed_in, step = (number_in(row, name) or 0 for name in ("feed_in_per_kwh", "tick_size_per_kwh"))
    return int(feed_in + tick * step)


def curve_in(row: Row, kind: str, side: str) -> list[tuple[int, int]]:
    """Give what was offered (`supply`) or wanted (`demand`): ticks, and energy in milliwatt-hours.

    Ticks rise.
    """
    unit, found = number_in(row, "unit_milliwh"), row.get("curves")
    for name in (kind, side):
        found = found.get(name) if isinstance(found, Mapping) else None
    if unit is None or not isinstance(found, list):
        return []
    return sorted(
        (int(one[0]), int(one[1] * unit))
        for one in found
        if isinstance(one, list) and len(one) == 2 and all(type(part) is int for part in one)
    )


def _traded(placed: object, fill: object, row: Row) -> Traded | None:
    account, unit = text_in(placed, "account"), number_in(row, "unit_milliwh")
    energy = number_in(placed, "order", "energy_units")
    if not account or unit is None or energy is None:
        return None
    is_bid = text_in(placed, "order", "type") == "Bid"
    ticks = {kind: number_in(placed, "order", f"{kind}_tick") or 0 for kind in KINDS}
    if is_bid:
        # Tick 0 is no wish for that kind.
        ticks = {kind: tick for kind, tick in ticks.items() if tick}
    else:
        kind = KINDS[1] if number_in(placed, "order", "kind") == 1 else KINDS[0]
        ticks = {kind: number_in(placed, "order", "tick") or 0}
    got = {kind: number_in(fill, f"{kind}_units") for kind in KINDS}
    saving = number_in(fill, "saving")
    return Traded(
        account=account,
        is_bid=is_bid,
        energy_milliwh=int(energy * unit),
        limits_per_kwh={kind: price_at(row, int(tick)) for kind, tick in ticks.items()},
        got_milliwh={kind: int((units or 0) * unit) for kind, units in got.items()}
        if fill is not None
        else None,
        saving=None if saving is None else int(saving),
    )
