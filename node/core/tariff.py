"""The grid's two prices as a ladder of 64 ticks; a local price is one of them.

Prices are token base units per kilowatt-hour. Homes round their limits to ticks so that nobody
trades past its limit.
"""

from dataclasses import dataclass

from node.core.units import format_tokens

TICKS = 64
HIGHEST_TICK = TICKS - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Hold the grid's two prices as a ladder, in base units per kilowatt-hour."""

    feed_in_per_kwh: int
    tick_size_per_kwh: int

    @property
    def retail_per_kwh(self) -> int:
        """Give what the grid sells at: the highest tick."""
        return self.price_per_kwh(HIGHEST_TICK)

    @property
    def undrawn_per_kwh(self) -> int:
        """Give what the grid pays a buyer for what it bought and did not draw.

        A tick below feed-in, and not below 0: ordering more than one needs costs something at
        every price but the lowest.
        """
        return max(self.feed_in_per_kwh - self.tick_size_per_kwh, 0)

    def price_per_kwh(self, tick: int) -> int:
        """Give a tick's price."""
        return self.feed_in_per_kwh + tick * self.tick_size_per_kwh

    def offer_tick(self, limit_per_kwh: int) -> int:
        """Round a seller's limit up to a tick, so that it is never paid less.

        Raises:
            ValueError: the limit is above retail, where nobody buys.
        """
        if limit_per_kwh > self.retail_per_kwh:
            raise ValueError(f"a limit of {limit_per_kwh} is above retail, {self.retail_per_kwh}")
        return max(0, -(-(limit_per_kwh - self.feed_in_per_kwh) // self.tick_size_per_kwh))

    def bid_tick(self, limit_per_kwh: int) -> int:
        """Round a buyer's limit down to a tick, so that it never pays more; 0 is no wish."""
        tick = (limit_per_kwh - self.feed_in_per_kwh) // self.tick_size_per_kwh
        return min(HIGHEST_TICK, max(0, tick))


def ladder(feed_in_per_kwh: int, retail_per_kwh: int) -> Tariff:
    """Give the ladder between two prices.

    Raises:
        ValueError: retail is not above feed-in by 63 equal ticks; the nearest that are, are named.
    """
    tick_size, rest = divmod(retail_per_kwh - feed_in_per_kwh, HIGHEST_TICK)
    if tick_size >= 1 and not rest:
        return Tariff(feed_in_per_kwh=feed_in_per_kwh, tick_size_per_kwh=tick_size)
    lower = feed_in_per_kwh + max(1, tick_size) * HIGHEST_TICK
    near = [lower] if tick_size < 1 else [lower, lower + HIGHEST_TICK]
    raise ValueError(
        f"above feed-in, {format_tokens(feed_in_per_kwh)}, by {HIGHEST_TICK} equal ticks:"
        f" {' or '.join(map(format_tokens, near))}"
    )
