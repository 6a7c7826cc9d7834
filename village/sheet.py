"""The sheet at the end: what must close to the unit, what may differ by a percent, and the dark."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.core.units import format_tokens
from village.balance import Balance, milliwh
from village.books import Books
from village.street import Role, Street

MOST_DIFFERENCE = 0.01
LEAST_COMPARED_MILLIWH = 100.0
"""Below this a home has drawn too little for a percent to mean anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Hold one buyer's energy by plant, by its meter, and by its receipts, in milliwatt-hours."""

    home: str
    plant: float
    meter: float
    receipts: float

    @property
    def difference(self) -> float:
        """Give the greatest difference to the plant, as a share of it."""
        if self.plant < LEAST_COMPARED_MILLIWH:
            return 0.0
        return max(abs(self.meter - self.plant), abs(self.receipts - self.plant)) / self.plant


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Hold the whole result of a run; `is_sound` is its exit status."""

    balance: Balance
    books: Books
    compared: tuple[Compared, ...]
    hours: int

    @property
    def is_sound(self) -> bool:
        """Tell whether energy and money close, the meters agree, and nobody sat in the dark."""
        agree = all(one.difference <= MOST_DIFFERENCE for one in self.compared)
        closes = self.balance.closes and self.books.close
        return closes and agree and not self.balance.dark_s and not self.balance.parallel_sources

    def lines(self) -> list[str]:
        """Write the sheet for people."""
        total, orders = self.balance.total, self.books.orders
        bought = sum(order.energy_milliwh for order in orders)
        drawn = sum(order.drawn_milliwh for order in orders)
        still_open = sum(o.energy_milliwh - o.drawn_milliwh for o in orders if o.is_open)
        losses = total.charging_loss + total.discharging_loss + total.wire_loss
        change = total.battery_at_end - total.battery_at_start
        rows = [
            "",
            f"Energy (mWh of the 1:1000 street, {self.hours} hours)",
            f"  solar {milliwh(total.solar):.0f} + grid {milliwh(total.grid_in):.0f}"
            f" = load {milliwh(total.load):.0f} + into batteries {milliwh(change):.0f}"
            f" + losses {milliwh(losses):.0f} + to the grid {milliwh(total.grid_out):.0f}"
            f"   {verdict(self.balance.closes)}",
            f"  between neighbours {milliwh(total.delivered):.0f},"
            f" curtailed {milliwh(total.curtailed):.0f}",
            "Money (tokens)",
            f"  minted {format_tokens(self.books.supply)} = held {format_tokens(self.books.held)}"
            f" + escrow {format_tokens(self.books.in_sale)}   {verdict(self.books.close)}",
            f"  {len(orders)} orders: bought {bought} = drawn {drawn} + refunded"
            f" {bought - drawn - still_open} + open {still_open} mWh",
        ]
        if self.compared:
            rows.append("Plant, meter, receipts (mWh drawn from neighbours)")
        rows += [
            f"  {one.home:<8} {one.plant:10.1f} {one.meter:10.1f} {one.receipts:10.1f}"
            f"   {one.difference:6.2%}   {verdict(one.difference <= MOST_DIFFERENCE)}"
            for one in self.compared
        ]
        dark_s = self.balance.dark_s
        rows.append(f"Dark seconds (calendar): {dark_s:.0f}   {verdict(not dark_s)}")
        rows += [
            f"  {home.name}: dark for {home.book.dark_ms / 1000:.0f} s"
            for home in self.balance.homes
            if home.book.dark_ms
        ]
        rows.append("The day is sound." if self.is_sound else "The day is NOT sound.")
        return rows

    def as_plain(self) -> dict[str, object]:
        """Give the result for programs."""
        return {
            "sound": self.is_sound,
            "energy_closes": self.balance.closes,
            "money_closes": self.books.close,
            "dark_s": self.balance.dark_s,
            "parallel_sources": self.balance.parallel_sources,
            "orders": len(self.books.orders),
            "differences": {one.home: one.difference for one in self.compared},
        }


def close_books(
    *,
    street: Street,
    balance: Balance,
    books: Books,
    receipts: Mapping[tuple[str, str, int], int],
    pictures: Mapping[str, dict[str, Any]],
    accounts: Mapping[str, str],
    hours: int,
) -> Sheet:
    """Bring plant, chain and meters together; every buyer's energy is compared."""
    played = {home.name: home.book for home in balance.homes}
    compared = []
    for home in street.homes:
        if home.role is not Role.CONSUMER:
            continue
        account = accounts[home.name]
        signed = dict(receipts)
        for order in books.orders:
            key = (order.buyer, order.seller, order.number)
            signed[key] = max(signed.get(key, 0), order.drawn_milliwh)
        meter = (pictures.get(home.name, {}).get("connection") or {}).get("import_milliwh", 0)
        compared.append(
            Compared(
                home=home.name,
                plant=milliwh(played[home.name].received - played[home.name].wire_loss),
                meter=float(meter),
                receipts=float(sum(d for key, d in signed.items() if key[0] == account)),
            )
        )
    return Sheet(balance=balance, books=books, compared=tuple(compared), hours=hours)


def verdict(is_well: bool) -> str:
    """Say whether something closes."""
    return "closes" if is_well else "DOES NOT CLOSE"
