"""Turn what homes committed to an interval of the pool, and what their meters say, into money.

The same rule as the contract's, to the base unit. Each metered unit enters once: producers feed and
consumers draw at most what they committed, and the smaller of both sums changes hands at the one
price of the interval. Who stays short pays a share of the price for what is missing, to the other
side, by what each of it has done; where nobody is on the other side, nobody was harmed.

Who is silent is taken at the worst: a producer has fed nothing, a consumer pays its whole
commitment, for it may have drawn it. What a home pays rounds up, what it receives down.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from node.core.units import MILLIWH_PER_KWH, cost_up, proceeds_down

_PERCENT = 100
WHOLE_BPS = 10_000
"""Performance of who has delivered all that it committed, or has committed nothing."""


class Side(Enum):
    """Say what a commitment is to: draw from the pool, or feed it; numbered as on chain."""

    CONSUMER = 0
    PRODUCER = 1

    @property
    def other(self) -> "Side":
        """Give the side that is harmed when this one stays short."""
        return Side.PRODUCER if self is Side.CONSUMER else Side.CONSUMER


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """Hold what a meter committed for one interval: milliwatt-hours, and between which prices, in
    base units per kilowatt-hour, it stands."""

    side: Side
    amount_milliwh: int
    least_per_kwh: int
    most_per_kwh: int

    def stands_at(self, price_per_kwh: int) -> bool:
        """Tell whether the interval's price, 0 if none was fixed, is one that was agreed to."""
        fixed = price_per_kwh != 0
        return fixed and self.least_per_kwh <= price_per_kwh <= self.most_per_kwh


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Hold what one side committed and delivered in an interval, and how much of it was silent."""

    committed_milliwh: int = 0
    delivered_milliwh: int = 0
    silent_milliwh: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Hold an interval's price, 0 if none was fixed, and the penalty in per cent of it."""

    price_per_kwh: int
    penalty_percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Hold what becomes of one commitment: whether it lapsed, its energy, and base units.

    `charged` leaves the collateral, the rest of which returns; `received` comes from others.
    """

    lapsed: bool
    delivered_milliwh: int
    collateral: int
    charged: int
    received: int

    @property
    def credited(self) -> int:
        """Give what the meter's balance rises by."""
        return self.collateral - self.charged + self.received


def collateral_up(commitment: Commitment, penalty_percent: int) -> int:
    """Give what one interval of a commitment sets aside: the worst that it can be charged.

    A consumer's is its energy at the dearest price that it agreed to, a producer's the penalty for
    all of it at that price.
    """
    if commitment.side is Side.CONSUMER:
        return cost_up(commitment.amount_milliwh, commitment.most_per_kwh)
    return _share_up(commitment.amount_milliwh * penalty_percent, commitment.most_per_kwh)


def delivered(commitment: Commitment, metered_milliwh: int | None) -> int:
    """Give what counts of a meter's energy: at most what was committed; nothing if it is silent."""
    return min(commitment.amount_milliwh, metered_milliwh or 0)


def settle(told: Sequence[tuple[Commitment, int | None]], terms: Terms) -> list[End]:
    """Settle all commitments of an interval against their meters: import for a consumer, export
    for a producer, in milliwatt-hours; None is a meter that is silent for ever."""
    standing = [one for one in told if one[0].stands_at(terms.price_per_kwh)]
    sums = {side: _sums(one for one in standing if one[0].side is side) for side in Side}
    return [end(commitment, metered, sums, terms) for commitment, metered in told]


def end(
    commitment: Commitment, metered_milliwh: int | None, sums: Mapping[Side, Sums], terms: Terms
) -> End:
    """Settle one commitment of an interval whose sums are known."""
    collateral = collateral_up(commitment, terms.penalty_percent)
    if not commitment.stands_at(terms.price_per_kwh):
        return End(lapsed=True, delivered_milliwh=0, collateral=collateral, charged=0, received=0)
    energy = delivered(commitment, metered_milliwh)
    own, other = sums[commitment.side], sums[commitment.side.other]
    matched = min(own.delivered_milliwh, other.delivered_milliwh)
    parts = _penalty_parts(commitment, energy, metered_milliwh is None, other, terms)
    received = 0
    if commitment.side is Side.CONSUMER:
        parts += _of_all_up(matched, energy, own) * _PERCENT
    else:
        received = proceeds_down(_of_all_down(matched, energy, own), terms.price_per_kwh)
    received += _of_all_down(_pot_down(other, own, commitment.side, terms), energy, own)
    return End(
        lapsed=False, delivered_milliwh=energy, collateral=collateral,
        charged=_share_up(parts, terms.price_per_kwh), received=received,
    )  # fmt: skip


def performance_bps(delivered_milliwh: int, committed_milliwh: int) -> int:
    """Give how much of what was ever committed was delivered, in ten-thousandths, rounded down."""
    if committed_milliwh == 0:
        return WHOLE_BPS
    return WHOLE_BPS * delivered_milliwh // committed_milliwh


def _sums(told: Iterable[tuple[Commitment, int | None]]) -> Sums:
    committed = energy = silent = 0
    for commitment, metered in told:
        committed += commitment.amount_milliwh
        energy += delivered(commitment, metered)
        silent += commitment.amount_milliwh if metered is None else 0
    return Sums(committed_milliwh=committed, delivered_milliwh=energy, silent_milliwh=silent)


def _penalty_parts(
    commitment: Commitment, energy_milliwh: int, silent: bool, other: Sums, terms: Terms
) -> int:
    """Give the hundredths of milliwatt-hours whose price a commitment pays for being short."""
    if other.delivered_milliwh == 0:
        return 0
    if silent and commitment.side is Side.CONSUMER:
        return commitment.amount_milliwh * _PERCENT
    return (commitment.amount_milliwh - energy_milliwh) * terms.penalty_percent


def _pot_down(short: Sums, harmed: Sums, side: Side, terms: Terms) -> int:
    """Give what the short side's penalties come to for `side`, whose sums are `harmed`."""
    if harmed.delivered_milliwh == 0:
        return 0
    silent = short.silent_milliwh if side is Side.PRODUCER else 0
    missing = short.committed_milliwh - short.delivered_milliwh - silent
    parts = missing * terms.penalty_percent + silent * _PERCENT
    return parts * terms.price_per_kwh // (MILLIWH_PER_KWH * _PERCENT)


def _of_all_down(whole: int, energy_milliwh: int, own: Sums) -> int:
    return whole * energy_milliwh // own.delivered_milliwh if energy_milliwh else 0


def _of_all_up(whole: int, energy_milliwh: int, own: Sums) -> int:
    return -(-whole * energy_milliwh // own.delivered_milliwh) if energy_milliwh else 0


def _share_up(parts_milliwh: int, price_per_kwh: int) -> int:
    return -(-parts_milliwh * price_per_kwh // (MILLIWH_PER_KWH * _PERCENT))
