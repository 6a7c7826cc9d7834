"""Decide on a home's order for an interval from what may happen in it: a newsvendor's choice.

Against no market, at a price p between feed-in f and retail r, an order over E that is filled
brings, for an outcome x (import of a buyer, export of a seller, never below 0),

    buyer:   r min(x, E) + u max(E - x, 0) - p E
    seller:  p E + f min(max(x - E, 0), E) - r max(E - x, 0) - f x

because a shortfall is settled at retail and an excess at feed-in, a seller's up to one more E; what
a buyer leaves undrawn at u, a tick below feed-in (`settlement`). Both are concave in E; the mean
over the forecast's outcomes is greatest where its slope changes sign. For a buyer that is the
quantile (r - p) / (r - u) of its need, the critical fractile of the newsvendor (Arrow, Harris and
Marschak, Econometrica 19, 1951); a seller's is (p - f) / (r - f) of its surplus, raised where it
may have more than twice its order.

Truthful by default: the limit is what the order's last watt-hour is worth to the home, and that is
the expected price: below it a seller would do better with less, above it a buyer. All who expect
alike stand on one tick, where the long side is filled in proportion, and a seller that asks for
more cannot raise the price for all. Parameters may set limits of their own, which only narrow it.
Money is base units, energy whole units of the auction; decides nothing about time (see `gate`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from node.core.auction.clearing import Bid, Kind, Offer, Order
from node.core.auction.tariff import HIGHEST_TICK, Tariff
from node.core.units import MILLIWH_PER_KWH, format_tokens, format_wh


@dataclass(frozen=True, slots=True, kw_only=True)
class BiddingTerms:
    """Hold what the parameters and the contract say.

    `buy_limits_per_kwh` has a home's own limit for each kind that it would buy (None: truthful);
    `sells` is what its meter may sell, `sell_limit_per_kwh` the least that it takes. An order is
    placed, changed or cancelled only for an expected gain of `least_gain` (what sending costs).
    """

    unit_milliwh: int
    least_units: int
    least_gain: int
    buy_limits_per_kwh: Mapping[Kind, int | None]
    sells: Kind | None
    sell_limit_per_kwh: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Hold the order that is best, or none, what it is expected to bring, and why."""

    order: Order | None
    gain: int
    reason: str


class Change(Enum):
    """Say what to do about an order that stands."""

    KEEP = "keep"
    PLACE = "place"
    REPLACE = "replace"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Hold what to do, the order that is to stand then, and why."""

    change: Change
    order: Order | None
    reason: str


def decide(
    outcomes_milliwh: Sequence[int],
    expected_ticks: Mapping[Kind, int],
    tariff: Tariff,
    terms: BiddingTerms,
) -> Decision:
    """Give the order with the greatest expected gain, on one side; none where it is not worth it.

    `outcomes_milliwh` are equally likely: need above zero, surplus below.
    """
    if not outcomes_milliwh:
        return Decision(order=None, gain=0, reason="no order: too little is known for a forecast")
    sides: list[Order | None] = [_best_bid(outcomes_milliwh, expected_ticks, tariff, terms)]
    if terms.sells is not None:
        expected = expected_ticks[terms.sells]
        sides.append(_best_offer(outcomes_milliwh, terms.sells, expected, tariff, terms))
    best: Decision | None = None
    for order in sides:
        if order is None:
            continue
        gain = expected_gain(order, outcomes_milliwh, expected_ticks, tariff, terms)
        if gain >= max(1, terms.least_gain) and (best is None or gain > best.gain):
            best = Decision(order=order, gain=gain, reason=_words(order, gain, tariff, terms))
    least = format_wh(terms.least_units * terms.unit_milliwh)
    return best or Decision(
        order=None, gain=0, reason=f"no order: none of {least} or more is expected to gain enough"
    )


def revise(
    standing: Order | None,
    outcomes_milliwh: Sequence[int],
    expected_ticks: Mapping[Kind, int],
    tariff: Tariff,
    terms: BiddingTerms,
) -> Revision:
    """Say whether a newer forecast changes an order enough: by the gain that sending costs.

    An interval takes one side of an account, so an order that would change sides is cancelled.
    """
    wanted = decide(outcomes_milliwh, expected_ticks, tariff, terms)
    if standing is None:
        change = Change.KEEP if wanted.order is None else Change.PLACE
        return Revision(change=change, order=wanted.order, reason=wanted.reason)
    now = expected_gain(standing, outcomes_milliwh, expected_ticks, tariff, terms)
    same_side = type(wanted.order) is type(standing)
    better = wanted.gain if same_side else 0
    if better - now < max(1, terms.least_gain):
        return Revision(
            change=Change.KEEP,
            order=standing,
            reason=f"kept: another order would gain {format_tokens(better - now)} more, too little",
        )
    if same_side:
        return Revision(change=Change.REPLACE, order=wanted.order, reason=wanted.reason)
    return Revision(
        change=Change.CANCEL,
        order=None,
        reason=f"cancelled: by the newer forecast it would bring {format_tokens(now)}",
    )


def expected_gain(
    order: Order,
    outcomes_milliwh: Sequence[int],
    expected_ticks: Mapping[Kind, int],
    tariff: Tariff,
    terms: BiddingTerms,
) -> int:
    """Give the mean gain of an order that is filled, in base units, rounded down; can be negative.

    At the expected price, or at its limit where that is worse than expected for the other side.
    """
    energy = order.energy_units * terms.unit_milliwh
    if isinstance(order, Bid):
        kind = _preferred(order)
        price = tariff.price_per_kwh(min(order.tick(kind), expected_ticks[kind]))
        value = _bid_value(energy, outcomes_milliwh, tariff) - price * energy * len(
            outcomes_milliwh
        )
    else:
        price = tariff.price_per_kwh(max(order.tick, expected_ticks[order.kind]))
        value = _offer_value(energy, outcomes_milliwh, tariff, price)
    return value // (len(outcomes_milliwh) * MILLIWH_PER_KWH)


def _best_bid(
    outcomes: Sequence[int],
    expected_ticks: Mapping[Kind, int],
    tariff: Tariff,
    terms: BiddingTerms,
) -> Bid | None:
    """Buy as much as is best at the price expected of the kind that is preferred."""
    own = {
        kind: HIGHEST_TICK if limit is None else tariff.bid_tick(limit)
        for kind, limit in terms.buy_limits_per_kwh.items()
    }
    if not any(own.values()):
        return None
    kind = max(own, key=lambda one: (own[one], -one.value))
    price = tariff.price_per_kwh(min(own[kind], expected_ticks[kind]))
    retail, span = tariff.retail_per_kwh, tariff.retail_per_kwh - tariff.undrawn_per_kwh
    drops = [(max(0, outcome), span) for outcome in outcomes]
    units = _best_energy(len(outcomes) * (retail - price), drops) // terms.unit_milliwh
    if units < terms.least_units:
        return None
    ticks = {one: min(tick, expected_ticks[kind]) for one, tick in own.items()}
    return Bid(
        solar_tick=ticks.get(Kind.SOLAR, 0), chp_tick=ticks.get(Kind.CHP, 0), energy_units=units
    )


def _best_offer(
    outcomes: Sequence[int], kind: Kind, expected_tick: int, tariff: Tariff, terms: BiddingTerms
) -> Offer | None:
    """Sell as much as is best at the expected price, or at the least that the home takes."""
    tick = expected_tick
    if terms.sell_limit_per_kwh is not None:
        if terms.sell_limit_per_kwh > tariff.retail_per_kwh:
            return None
        tick = max(tick, tariff.offer_tick(terms.sell_limit_per_kwh))
    feed_in, span = tariff.feed_in_per_kwh, tariff.retail_per_kwh - tariff.feed_in_per_kwh
    surplus = [max(0, -outcome) for outcome in outcomes]
    drops = [(found // 2, 2 * feed_in) for found in surplus] + [(found, span) for found in surplus]
    slope = len(outcomes) * (tariff.price_per_kwh(tick) + feed_in)
    units = _best_energy(slope, drops) // terms.unit_milliwh
    return Offer(kind=kind, tick=tick, energy_units=units) if units >= terms.least_units else None


def _best_energy(slope: int, drops: Sequence[tuple[int, int]]) -> int:
    """Walk up a concave function's kinks (energy, fall of the slope) to its highest point."""
    for energy, fall in sorted(drops):
        slope -= fall
        if slope <= 0:
            return energy
    return 0


def _bid_value(energy: int, outcomes: Sequence[int], tariff: Tariff) -> int:
    """Give what a filled bid spares over all outcomes, before its price, times MILLIWH_PER_KWH."""
    used = sum(min(energy, max(0, outcome)) for outcome in outcomes)
    over = len(outcomes) * energy - used
    return used * tariff.retail_per_kwh + over * tariff.undrawn_per_kwh


def _offer_value(energy: int, outcomes: Sequence[int], tariff: Tariff, price: int) -> int:
    """Give a filled offer's gain over all outcomes, times MILLIWH_PER_KWH."""
    gain = len(outcomes) * price * energy
    for outcome in outcomes:
        surplus = max(0, -outcome)
        paid = min(max(0, surplus - energy), energy) - surplus
        gain += tariff.feed_in_per_kwh * paid - tariff.retail_per_kwh * max(0, energy - surplus)
    return gain


def _preferred(bid: Bid) -> Kind:
    return Kind.CHP if bid.chp_tick > bid.solar_tick else Kind.SOLAR


def _words(order: Order, gain: int, tariff: Tariff, terms: BiddingTerms) -> str:
    energy = format_wh(order.energy_units * terms.unit_milliwh)
    brings = f"expected to bring {format_tokens(gain)} more than the grid alone"
    if isinstance(order, Offer):
        least = format_tokens(tariff.price_per_kwh(order.tick))
        return f"offers {energy} of {order.kind.name.lower()} at {least}/kWh or more: {brings}"
    wishes = [
        f"{kind.name.lower()} up to {format_tokens(tariff.price_per_kwh(order.tick(kind)))}/kWh"
        for kind in Kind
        if order.tick(kind)
    ]
    return f"bids for {energy}, {' or '.join(wishes)}: {brings}"
