"""The grid's two prices as a ladder of 64 ticks; a local price is one of them.

Prices are token base units per kilowatt-hour. Homes round their limits to ticks so that nobody
trades past its limit.
"""

from dataclasses import dataclass

from node.core.units import format_tokens

TICKS = 64
HIGHEST_TICK = TICKS - 1
NO_NEGATIVE_FEED_IN = (
    "0 where the grid asks money for what it takes: what homes sell has no price below 0, so that "
    "the grid's negative one is nobody's here"
)


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
    """Give the ladder nearest to two prices: feed-in as it is, retail within half a tick's steps.

    No grid's prices lie 63 equal ticks apart; `rounding` says what became of retail.

    Raises:
        ValueError: retail is not above feed-in, or by less than a base unit for each tick.
    """
    spread = retail_per_kwh - feed_in_per_kwh
    if spread < HIGHEST_TICK:
        least = format_tokens(feed_in_per_kwh + HIGHEST_TICK)
        raise ValueError(f"above feed-in, {format_tokens(feed_in_per_kwh)}: {least} or more")
    return Tariff(
        feed_in_per_kwh=feed_in_per_kwh,
        tick_size_per_kwh=(2 * spread + HIGHEST_TICK) // (2 * HIGHEST_TICK),
    )


def rounding(tariff: Tariff, retail_per_kwh: int) -> str | None:
    """Say in one sentence what retail became, or None where it is as it was given."""
    if tariff.retail_per_kwh == retail_per_kwh:
        return None
    return (
        f"{format_tokens(retail_per_kwh)} is taken as {format_tokens(tariff.retail_per_kwh)}: "
        f"feed-in, {format_tokens(tariff.feed_in_per_kwh)}, and {HIGHEST_TICK} equal ticks of "
        f"{format_tokens(tariff.tick_size_per_kwh)}."
    )
