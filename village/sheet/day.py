"""The sheet at the end: what must close to the unit, what may differ by a percent, and the dark."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.core.units import format_tokens
from village.books import Books
from village.plant.balance import Balance, milliwh
from village.plant.homes_data import HOUR_S
from village.plant.street import Role, Street
from village.time.tempo import Tempo

MOST_DIFFERENCE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Hold one buyer's energy by plant, by its meter, and by its receipts, in milliwatt-hours.

    `meter` is None where more than what was bought at the sale passes it. `unseen` is what a meter
    may miss by sampling, at each move of its contact.
    """

    home: str
    plant: float
    meter: float | None
    receipts: float
    unseen: float

    @property
    def difference(self) -> float:
        """Give the greatest difference to the plant, as a share of it; of nothing, the whole."""
        if not self.plant:
            return float(self._missed > 0)
        return self._missed / self.plant

    @property
    def agrees(self) -> bool:
        """Tell whether the difference is at most a percent, or what sampling cannot see."""
        return self._missed <= max(MOST_DIFFERENCE * self.plant, self.unseen)

    @property
    def _missed(self) -> float:
        if self.meter is None:
            # Neighbours' energy comes by the auction, too, for which nobody signs.
            return max(0.0, self.receipts - self.plant)
        return max(abs(self.meter - self.plant), abs(self.receipts - self.plant))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Hold the whole result of a run; `is_sound` is its exit status.

    `silent` names the homes that never spoke, `warm_hours` are those before the day: they are in
    the energy, and in no bill.
    """

    balance: Balance
    books: Books
    compared: tuple[Compared, ...]
    silent: tuple[str, ...]
    warm_hours: int
    tempo: Tempo

    @property
    def is_sound(self) -> bool:
        """Tell whether energy and money close, the meters agree, and nobody sat in the dark."""
        agree = all(one.agrees for one in self.compared) and not self.silent
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
            f"Energy (mWh of the 1:1000 street, {self._span()})",
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
            f"  {one.home:<8} {one.plant:10.1f} {_told(one.meter):>10} {one.receipts:10.1f}"
            f"   {one.difference:6.2%}   {verdict(one.agrees)}"
            for one in self.compared
        ]
        dark_s = self.balance.dark_s
        rows.append(f"Dark seconds (calendar): {dark_s:.0f}   {verdict(not dark_s)}")
        rows += [
            f"  {home.name}: dark for {home.book.dark_ms / 1000:.0f} s"
            for home in self.balance.homes
            if home.book.dark_ms
        ]
        if dark_s and self.balance.is_weather:
            rows.append(
                "  It was the weather, not the software: in all that time no wired neighbour had"
                " energy to sell."
            )
        rows += [f"  {home} never spoke: see its log" for home in self.silent]
        rows += self.tempo.lines()
        rows.append("The day is sound." if self.is_sound else "The day is NOT sound.")
        return rows

    def _span(self) -> str:
        """Say how long was really played: a day may be interrupted, and a market warms up."""
        hours = f"{self.tempo.calendar_s / HOUR_S:.1f} hours"
        warm = self.warm_hours
        return f"{hours}, the first {warm} of them before the market's day" if warm else hours

    def as_plain(self) -> dict[str, object]:
        """Give the result for programs."""
        return {
            "sound": self.is_sound,
            "energy_closes": self.balance.closes,
            "money_closes": self.books.close,
            "dark_s": self.balance.dark_s,
            "weather": bool(self.balance.dark_s) and self.balance.is_weather,
            "silent": list(self.silent),
            "time": self.tempo.as_plain(),
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
    warm_hours: int,
    tempo: Tempo,
) -> Sheet:
    """Bring plant, chain and meters together; every buyer's energy is compared."""
    played = {home.name: home.book for home in balance.homes}
    signed = dict(receipts)
    for order in books.orders:
        key = (order.buyer, order.seller, order.number)
        signed[key] = max(signed.get(key, 0), order.drawn_milliwh)
    buyers = {buyer for buyer, _, _ in signed}
    compared = []
    for home in street.homes:
        account, is_consumer = accounts[home.name], home.role is Role.CONSUMER
        if not is_consumer and account not in buyers:
            continue
        shown = (pictures.get(home.name, {}).get("connection") or {}).get("import_milliwh", 0)
        compared.append(
            Compared(
                home=home.name,
                plant=milliwh(played[home.name].received - played[home.name].wire_loss),
                meter=float(shown) if is_consumer else None,
                receipts=float(sum(d for key, d in signed.items() if key[0] == account)),
                unseen=milliwh(played[home.name].unseen),
            )
        )
    return Sheet(
        balance=balance,
        books=books,
        compared=tuple(compared),
        silent=tuple(home.name for home in street.homes if home.name not in pictures),
        warm_hours=warm_hours,
        tempo=tempo,
    )


def _told(milliwh: float | None) -> str:
    return "-" if milliwh is None else f"{milliwh:.1f}"


def verdict(is_well: bool) -> str:
    """Say whether something closes."""
    return "closes" if is_well else "DOES NOT CLOSE"
