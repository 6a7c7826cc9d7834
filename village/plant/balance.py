"""Keep the plant's books: whole microjoules, so that they close to the unit.

A microjoule is a milliwatt for a millisecond; 3,600,000 of them are a milliwatt-hour.
"""

from dataclasses import dataclass, fields

MICROJOULES_PER_MILLIWH = 3_600_000


@dataclass(slots=True, kw_only=True)
class Book:
    """Hold one home's sums in microjoules (`dark_ms`: calendar milliseconds), while it is played.

    `delivered` leaves the home for a neighbour's load and `received` is the same energy at the
    buyer, both measured at the seller's end of the wire; the wire's loss is the buyer's.
    `curtailed` (solar that found no room) and `unserved` (load that stayed dark) never flowed.
    In `weather_ms` of the dark no wired neighbour had energy to sell. `unseen` is what a meter may
    miss, as it samples.
    """

    battery_at_start: int
    battery_at_end: int
    solar: int = 0
    grid_in: int = 0
    received: int = 0
    load: int = 0
    delivered: int = 0
    grid_out: int = 0
    charging_loss: int = 0
    discharging_loss: int = 0
    wire_loss: int = 0
    curtailed: int = 0
    unserved: int = 0
    dark_ms: int = 0
    weather_ms: int = 0
    unseen: int = 0

    @property
    def net(self) -> int:
        """Give what came from grid and neighbours, less what went, at the home's own end."""
        return self.grid_in + self.received - self.wire_loss - self.grid_out - self.delivered

    @property
    def residue(self) -> int:
        """Give what does not add up: 0, always."""
        came = self.solar + self.grid_in + self.received + self.battery_at_start
        went = self.load + self.delivered + self.grid_out + self.battery_at_end
        return came - went - self.charging_loss - self.discharging_loss - self.wire_loss


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeBalance:
    """Give one home's closed book by its name."""

    name: str
    book: Book


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Give every home's book and their sum.

    `parallel_sources` counts the times a load was put on two sources at once.
    """

    homes: tuple[HomeBalance, ...]
    total: Book
    parallel_sources: int

    @property
    def closes(self) -> bool:
        """Tell whether every book, and the street's, closes to the microjoule."""
        residues = [home.book.residue for home in self.homes]
        return not any(residues) and self.total.delivered == self.total.received

    @property
    def dark_s(self) -> float:
        """Give the calendar seconds for which loads were dark, all homes together."""
        return self.total.dark_ms / 1000

    @property
    def is_weather(self) -> bool:
        """Tell whether no neighbour had energy to sell in all of the dark."""
        return self.total.weather_ms == self.total.dark_ms


def total_of(books: list[Book]) -> Book:
    """Add up books, term by term."""
    sums = {field.name: sum(getattr(book, field.name) for book in books) for field in fields(Book)}
    return Book(**sums)


def milliwh(microjoules: int) -> float:
    """Give an energy of the book in milliwatt-hours, for people and comparisons."""
    return microjoules / MICROJOULES_PER_MILLIWH
